import SluiceModel

/// A flow has a gate, and a way past it.
struct PathRoundGate: LintRule {
    let code = "OO103"
    let severity = Diagnostic.Severity.error
    let summary = "A path from the start step to an end does not pass the gate."
    let fix = "Lead every path through the gate step; the simplest way is to start with it."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.compactMap { subject in
            let graph = subject.graph
            guard graph.isGate.contains(true) else { return nil }
            let reached = graph.reached { graph.isGate[$0] }
            let end = graph.steps.indices.first {
                reached[$0] && graph.isExit[$0] && graph.steps[$0].kind != .endBranchStep
            }
            guard let end else { return nil }
            return finding(
                "the flow can end at '\(shown(graph.steps[end].name))' without having passed its gate step",
                in: subject, line: graph.steps[end].line)
        }
    }
}
