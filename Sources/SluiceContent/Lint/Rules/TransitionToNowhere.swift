import SluiceModel

/// An arrow leads to a step that is not there.
struct TransitionToNowhere: LintRule {
    let code = "OO203"
    let severity = Diagnostic.Severity.error
    let summary = "A transition leads to a step that does not exist."
    let fix = "Draw the transition again, or delete it."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject in
            let ends = subject.isCloudSlang ? Self.ends(of: subject.document) : []
            return subject.graph.steps.flatMap { step in
                step.transitions.filter {
                    subject.graph.place(of: $0.destination) == nil && !ends.contains($0.destination)
                }.map { transition in
                    finding(
                        "'\(shown(transition.response))' of the step '\(shown(step.name))' leads to "
                            + "'\(shown(transition.destination))', which does not exist",
                        in: subject, line: transition.line)
                }
            }
        }
    }

    /// What a CloudSlang step may navigate to besides steps.
    private static func ends(of document: FlowDocument) -> Set<String> {
        let names = document.responses.isEmpty ? ["SUCCESS", "FAILURE"] : document.responses.map(\.name)
        return Set(names + ["on_failure"])
    }
}
