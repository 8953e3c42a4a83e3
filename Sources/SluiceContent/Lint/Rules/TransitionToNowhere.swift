import SluiceModel

/// An arrow leads to a step that is not there.
struct TransitionToNowhere: LintRule {
    let code = "OO203"
    let severity = Diagnostic.Severity.error
    let summary = "A transition leads to a step that does not exist."
    let fix = "Draw the transition again, or delete it."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject in
            // A CloudSlang step navigates to the flow's results, too.
            let ends = Set(subject.isCloudSlang ? subject.document.responses.map(\.name) : [])
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
}
