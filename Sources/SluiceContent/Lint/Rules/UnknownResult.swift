import SluiceModel

/// A CloudSlang step navigates or breaks on a result that its callee never gives.
struct UnknownResult: LintRule {
    let code = "OO407"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step navigates or breaks on a result that its callee does not have."
    let fix =
        "Drop it, or write the callee's results; a step without navigate takes SUCCESS and FAILURE, a loop "
        + "without break FAILURE."

    func findings(in context: LintContext) -> [LintFinding] {
        context.cloudSlangCalls.flatMap { call -> [LintFinding] in
            let results = call.results
            let step = call.step
            let unknown = call.isFailureHandler ? [] : step.transitions.filter { !results.contains($0.response) }
            // Only a plain loop breaks (cloud-slang, `CompileValidatorImpl.validateBreakSection`).
            let breaks = step.kind == .step ? step.loop?.breaks.filter { !results.contains($0) } ?? [] : []
            return unknown.map {
                finding(
                    "the step '\(shown(step.name))' navigates on '\(shown($0.response))', which "
                        + "\(shown(call.callee.id)) never gives",
                    in: call.subject, line: $0.line)
            }
                + breaks.map {
                    finding(
                        "the loop of step '\(shown(step.name))' breaks on '\(shown($0))', which "
                            + "\(shown(call.callee.id)) never gives",
                        in: call.subject, line: step.line)
                }
        }
    }
}
