import SluiceModel

/// A return step ends the flow with a response that the flow does not declare.
struct UndeclaredResponse: LintRule {
    let code = "OO302"
    let severity = Diagnostic.Severity.error
    let summary = "A return step's response is not one of the flow's."
    let fix = "Add the response to the flow, or choose another for the return step."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject -> [LintFinding] in
            let declared = Set(subject.document.responses.map(\.name))
            return subject.graph.steps.filter { $0.kind == .returnStep }.compactMap { step -> LintFinding? in
                guard let used = step.transitions.first(where: { !declared.contains($0.response) }) else { return nil }
                return finding(
                    "the return step '\(shown(step.name))' gives '\(shown(used.response))', which the flow does not "
                        + "declare",
                    in: subject, line: step.line)
            }
        }
    }
}
