import SluiceModel

/// Steps that lead to each other for ever.
struct LoopWithoutExit: LintRule {
    let code = "OO206"
    let severity = Diagnostic.Severity.error
    let summary = "A loop has no way to an end of the flow."
    let fix = "Give the loop a way out: a counter, a time limit, or a transition to a return step."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject -> [LintFinding] in
            let graph = subject.graph
            let reached = graph.reached()
            let canEnd = graph.canEnd()
            let isStuck = graph.steps.indices.map { reached[$0] && !canEnd[$0] }
            guard isStuck.contains(true) else { return [] }
            let edges = graph.successors.indices.map { place in
                isStuck[place] ? graph.successors[place].filter { isStuck[$0] } : []
            }
            return circles(edges).map { circle in
                let first = graph.steps[circle[0]]
                return finding(
                    "no path leads out of the loop of \(circle.count) steps at '\(shown(first.name))'", in: subject,
                    line: first.line)
            }
        }
    }
}
