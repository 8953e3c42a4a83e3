import SluiceModel

/// A CloudSlang step does not navigate on a result that its callee can give.
struct UnhandledResult: LintRule {
    let code = "OO403"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step does not handle a result of what it calls."
    let fix = "Add the result to the step's navigate; only SUCCESS and FAILURE have defaults."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.filter(\.isCloudSlang).flatMap { subject in
            subject.graph.steps.filter { $0.kind != .parallelMultiStep }.flatMap { step -> [LintFinding] in
                guard let called = step.called, let callee = context.documents(id: called).first else { return [] }
                let handled = Set(step.transitions.map(\.response) + ["SUCCESS", "FAILURE"])
                return callee.document.responses.map(\.name).filter { !handled.contains($0) }.map { result in
                    finding(
                        "the step '\(shown(step.name))' does not handle the result '\(shown(result))' of "
                            + shown(called),
                        in: subject, line: step.line)
                }
            }
        }
    }
}
