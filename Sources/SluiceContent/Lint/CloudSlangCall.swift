/// A step of a CloudSlang flow together with the CloudSlang document it calls.
struct CloudSlangCall {
    let subject: LintSubject
    let step: FlowStep
    let callee: FlowDocument

    /// What the step can answer (cloud-slang, `CompileValidatorImpl.getPossibleResults`).
    var results: [String] {
        let names = callee.responses.map(\.name)
        guard step.kind == .parallelMultiStep else { return names }
        return names.contains("FAILURE") ? ["SUCCESS", "FAILURE"] : ["SUCCESS"]
    }

    /// Whether it is the step of `on_failure`, which may not navigate and ends with FAILURE whatever it is answered.
    var isFailureHandler: Bool {
        step.id == subject.graph.steps.last?.id
            && step.transitions.allSatisfy {
                // Only what the reader has added stands on the step's own line.
                $0.destination == "FAILURE" && $0.line == step.line
            }
    }
}

extension LintContext {
    /// Every call of a CloudSlang flow to a CloudSlang document of the packs.
    var cloudSlangCalls: [CloudSlangCall] {
        flows.filter(\.isCloudSlang).flatMap { subject in
            subject.graph.steps.compactMap { step in
                guard let called = step.called, let callee = document(id: called), callee.isCloudSlang
                else { return nil }
                return CloudSlangCall(subject: subject, step: step, callee: callee.document)
            }
        }
    }
}
