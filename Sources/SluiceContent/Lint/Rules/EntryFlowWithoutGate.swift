import SluiceModel

/// A flow that schedules and people start never asks the gate.
struct EntryFlowWithoutGate: LintRule {
    let code = "OO101"
    let severity = Diagnostic.Severity.warning
    let summary = "A flow that no other flow calls has no gate step."
    let fix =
        "Put the gate in with `sluice pack gate` (of a circle, name the flow that is started with --flow), or disable "
        + "the rule for packs that never need to wait."

    /// Names shown of one circle.
    private static let nameCountMax = 8

    func findings(in context: LintContext) -> [LintFinding] {
        entries(context) + context.entryCircles.compactMap(circle)
    }

    /// A circle that nobody else calls, and none of whose flows asks the gate.
    private func circle(_ flows: [LintSubject]) -> LintFinding? {
        guard let first = flows.first(where: { $0.graph.start != nil }),
            !flows.contains(where: { $0.graph.isGate.contains(true) })
        else { return nil }
        let names = flows.prefix(Self.nameCountMax).map { "'\(shown($0.document.name))'" }
        let rest = flows.count > names.count ? " and \(flows.count - names.count) more" : ""
        return finding(
            "nothing calls the flows \(names.joined(separator: ", "))\(rest) but they each other, and none has a gate "
                + "step: whichever is started can start ungated",
            in: first, line: first.document.line)
    }

    private func entries(_ context: LintContext) -> [LintFinding] {
        context.entryFlowsOutsideGate.compactMap { subject in
            guard subject.graph.start != nil, !subject.graph.isGate.contains(true) else { return nil }
            return finding(
                "nothing calls the flow '\(shown(subject.document.name))', and it has no gate step", in: subject,
                line: subject.document.line)
        }
    }
}
