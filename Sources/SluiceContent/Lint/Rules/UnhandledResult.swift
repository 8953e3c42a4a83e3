import SluiceModel

/// A CloudSlang step does not navigate on a result that its callee can give.
struct UnhandledResult: LintRule {
    let code = "OO403"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step does not handle a result of what it calls."
    let fix = "Add the result to the step's navigate; SUCCESS and FAILURE have defaults only where it is left out."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.filter(\.isCloudSlang).flatMap { subject in
            subject.graph.steps.flatMap { step -> [LintFinding] in
                guard !isFailureHandler(step, of: subject), let called = step.called,
                    let callee = context.documents(id: called).first, callee.isCloudSlang
                else { return [] }
                // The reader has made the defaults explicit.
                let handled = Set(step.transitions.map(\.response))
                return results(of: callee.document, step).filter { !handled.contains($0) }.map { result in
                    finding(
                        "the step '\(shown(step.name))' does not handle the result '\(shown(result))' of "
                            + shown(called),
                        in: subject, line: step.line)
                }
            }
        }
    }

    /// What the step can answer (cloud-slang, `CompileValidatorImpl.getPossibleResults`).
    private func results(of callee: FlowDocument, _ step: FlowStep) -> [String] {
        let names = callee.responses.map(\.name)
        guard step.kind == .parallelMultiStep else { return names }
        return names.contains("FAILURE") ? ["SUCCESS", "FAILURE"] : ["SUCCESS"]
    }

    /// Whether it is the step of `on_failure`, which may not navigate and ends with FAILURE whatever it is answered.
    private func isFailureHandler(_ step: FlowStep, of subject: LintSubject) -> Bool {
        step.id == subject.graph.steps.last?.id
            && step.transitions.allSatisfy {
                // Only what the reader has added stands on the step's own line.
                $0.destination == "FAILURE" && $0.line == step.line
            }
    }
}
