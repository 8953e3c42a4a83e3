import SluiceModel

/// A CloudSlang step does not navigate on a result that its callee can give.
struct UnhandledResult: LintRule {
    let code = "OO403"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step does not handle a result of what it calls."
    let fix = "Add the result to the step's navigate; SUCCESS and FAILURE have defaults only where it is left out."

    func findings(in context: LintContext) -> [LintFinding] {
        context.cloudSlangCalls.filter { !$0.isFailureHandler }.flatMap { call in
            // The reader has made the defaults explicit.
            let handled = Set(call.step.transitions.map(\.response))
            return call.results.filter { !handled.contains($0) }.map { result in
                finding(
                    "the step '\(shown(call.step.name))' does not handle the result '\(shown(result))' of "
                        + shown(call.callee.id),
                    in: call.subject, line: call.step.line)
            }
        }
    }
}
