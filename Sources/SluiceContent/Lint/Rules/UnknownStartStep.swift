import SluiceModel

/// A flow names a first step that it does not have.
struct UnknownStartStep: LintRule {
    let code = "OO202"
    let severity = Diagnostic.Severity.error
    let summary = "The start step does not exist."
    let fix = "Set the start step again in Studio."

    func findings(in context: LintContext) -> [LintFinding] {
        var findings: [LintFinding] = []
        for subject in context.flows {
            let document = subject.document
            if let start = document.startStep, subject.graph.place(of: start) == nil {
                findings.append(
                    finding(
                        "the start step '\(shown(start))' is not a step of the flow", in: subject,
                        line: document.startStepLine ?? document.line))
            }
            for step in subject.graph.steps {
                for start in step.startSteps where subject.graph.place(of: start) == nil {
                    findings.append(
                        finding(
                            "the branch of '\(shown(step.name))' begins at '\(shown(start))', which is not a step",
                            in: subject, line: step.line))
                }
            }
        }
        return findings
    }
}
