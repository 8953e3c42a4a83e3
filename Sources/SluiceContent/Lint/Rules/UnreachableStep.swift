import SluiceModel

/// A step that no path comes to.
struct UnreachableStep: LintRule {
    let code = "OO204"
    let severity = Diagnostic.Severity.warning
    let summary = "No path from the start leads to the step."
    let fix = "Connect the step, or delete it."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject -> [LintFinding] in
            let graph = subject.graph
            guard graph.start != nil else { return [] }
            let reached = graph.reached()
            return graph.steps.indices.filter { !reached[$0] }.map { place in
                finding(
                    "no path from the start leads to the step '\(shown(graph.steps[place].name))'", in: subject,
                    line: graph.steps[place].line)
            }
        }
    }
}
