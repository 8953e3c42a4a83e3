import SluiceModel

/// A gate step asks in the name of another flow, as that of a copied flow does.
struct GateForAnotherFlow: LintRule {
    let code = "OO104"
    let severity = Diagnostic.Severity.error
    let summary = "The gate step asks for another flow than it is in."
    let fix = "Give the gate step the flow's own id: a held launch would start the other flow."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject in
            subject.graph.steps.filter { $0.called.map(PackGate.isGate) == true }.compactMap { step in
                let name = subject.isCloudSlang ? "flow_id" : "flowId"
                guard let binding = step.bindings.first(where: { $0.name == name }), let id = binding.value?.exposed,
                    !id.contains("${"), binding.fromVariable == nil,
                    lintKey(trimmed(id)) != lintKey(subject.document.id)
                else { return nil }
                return finding(
                    "the gate step '\(shown(step.name))' asks for the flow \(shown(id)), not for "
                        + shown(subject.document.id),
                    in: subject, line: binding.line)
            }
        }
    }
}
