import SluiceModel

/// A gate step that is not handed the pass of a released launch.
struct GateWithoutPass: LintRule {
    let code = "OO107"
    let severity = Diagnostic.Severity.error
    let summary = "The gate step is not handed the pass, so that a released run would be held again."
    let fix =
        "Give the flow the optional ENCRYPTED input sluicePass, kept in the flow variable sluicePass, and bind it into "
        + "the gate step (CloudSlang: sluice_pass)."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject -> [LintFinding] in
            let gates = subject.graph.steps.filter { $0.called.map(PackGate.isGate) == true }
            guard !gates.isEmpty else { return [] }
            return [inputFinding(subject)].compactMap(\.self) + gates.compactMap { stepFinding($0, in: subject) }
        }
    }

    private func inputFinding(_ subject: LintSubject) -> LintFinding? {
        let document = subject.document
        guard let input = document.inputs.first(where: { $0.name == "sluicePass" }) else {
            return finding(
                "the flow '\(shown(document.name))' has a gate step and no input sluicePass: a released run would be "
                    + "held again",
                in: subject, line: document.line)
        }
        guard let fault = document.passInputFault else { return nil }
        let isGiven =
            subject.isCloudSlang
            ? input.kind != "private" : input.kind == "userInputBinding" || input.fromVariable != nil
        return finding(
            "the input sluicePass cannot carry the pass as it should: \(fault)", in: subject, line: input.line,
            severity: isGiven ? .warning : nil)
    }

    private func stepFinding(_ step: FlowStep, in subject: LintSubject) -> LintFinding? {
        let name = subject.isCloudSlang ? "sluice_pass" : "sluicePass"
        guard let binding = step.bindings.first(where: { $0.name == name }) else {
            return finding(
                "the gate step '\(shown(step.name))' is not handed \(name): a released run would be held again",
                in: subject, line: step.line)
        }
        guard !isTaken(binding, in: subject) else { return nil }
        return finding(
            "the gate step '\(shown(step.name))' is handed a \(name) that is not taken from a variable: a released run "
                + "would be held again",
            in: subject, line: binding.line)
    }

    /// Whether it has its value from the run, as the pass must be.
    private func isTaken(_ binding: FlowBinding, in subject: LintSubject) -> Bool {
        if binding.value?.exposed.contains("${") == true { return true }
        guard subject.isCloudSlang else {
            return binding.fromVariable != nil || !["staticBinding", "userInputBinding"].contains(binding.kind)
        }
        // A name alone stands for the variable of that name; CloudSlang has no scriptlet that could set another.
        return binding.fromVariable.map(subject.document.keptVariables.contains) ?? false
    }
}
