import SluiceModel

/// A flow that schedules and people start never asks the gate.
struct EntryFlowWithoutGate: LintRule {
    let code = "OO101"
    let severity = Diagnostic.Severity.warning
    let summary = "A flow that no other flow calls has no gate step."
    let fix = "Put the gate in with `sluice pack gate`, or disable the rule for packs that never need to wait."

    func findings(in context: LintContext) -> [LintFinding] {
        context.entryFlowsOutsideGate.compactMap { subject in
            guard subject.graph.start != nil, !subject.graph.isGate.contains(true) else { return nil }
            return finding(
                "nothing calls the flow '\(shown(subject.document.name))', and it has no gate step", in: subject,
                line: subject.document.line)
        }
    }
}
