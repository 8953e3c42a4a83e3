import SluiceModel

/// A step does not say how it goes on after an answer that its callee can give.
struct ResponseWithoutTransition: LintRule {
    let code = "OO205"
    let severity = Diagnostic.Severity.error
    let summary = "A response of what the step calls has no transition."
    let fix = "Draw a transition for every response of the operation or flow."

    func findings(in context: LintContext) -> [LintFinding] {
        var findings: [LintFinding] = []
        for subject in context.flows where !subject.isCloudSlang {
            for step in subject.graph.steps where step.kind == .step {
                if step.transitions.isEmpty {
                    findings.append(
                        finding("the step '\(shown(step.name))' has no transition", in: subject, line: step.line))
                    continue
                }
                guard !step.isSingleResponse, let called = step.called,
                    let known = context.responses(of: called)
                else { continue }
                let handled = Set(step.transitions.map(\.response))
                for response in known.names where !handled.contains(response) {
                    findings.append(
                        finding(
                            "the step '\(shown(step.name))' has no transition for the response '\(shown(response))'",
                            in: subject, line: step.line, severity: known.isCertain ? nil : .warning))
                }
            }
        }
        return findings
    }
}
