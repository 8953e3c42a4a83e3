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
            return graph.steps.indices.filter { !reached[$0] && !isFailureHandler($0, of: subject) }.map { place in
                finding(
                    "no path from the start leads to the step '\(shown(graph.steps[place].name))'", in: subject,
                    line: graph.steps[place].line)
            }
        }
    }

    /// Whether it may be the step that CloudSlang's `on_failure` names: always the last, and come to by default.
    private func isFailureHandler(_ place: Int, of subject: LintSubject) -> Bool {
        guard subject.isCloudSlang, place == subject.graph.steps.count - 1 else { return false }
        return subject.graph.steps.contains { step in
            let failures = step.transitions.filter { $0.response == "FAILURE" }
            return failures.isEmpty || step.transitions.contains { $0.destination == "on_failure" }
        }
    }
}
