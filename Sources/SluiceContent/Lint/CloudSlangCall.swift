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
    var isFailureHandler: Bool { subject.isFailureHandler(step) }
}

extension LintSubject {
    /// Whether a step is that of CloudSlang's `on_failure`.
    func isFailureHandler(_ step: FlowStep) -> Bool {
        isCloudSlang && step.id == graph.steps.last?.id
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
                guard let called = step.called else { return nil }
                guard let callee = document(id: called) else {
                    // Who has no gate pack at hand is told what the gate can answer all the same.
                    return called == PackGate.cloudSlangName
                        ? CloudSlangCall(subject: subject, step: step, callee: .cloudSlangGate) : nil
                }
                return callee.isCloudSlang
                    ? CloudSlangCall(subject: subject, step: step, callee: callee.document) : nil
            }
        }
    }
}

extension FlowDocument {
    /// What callers have to know of `sluice.maintenance_gate` (ContentPack/…/maintenance_gate.sl).
    fileprivate static var cloudSlangGate: FlowDocument {
        var gate = FlowDocument(
            id: PackGate.cloudSlangName, name: "maintenance_gate", path: "", kind: .cloudSlangFlow)
        gate.inputs = [FlowBinding(name: "flow_id", kind: "input", isRequired: true)]
        gate.outputs = ["gate_reason", "gate_ticket", "sluice_fallback", "gate_pass"].map {
            FlowExpression(name: $0, field: "")
        }
        gate.responses = PackGate.responses.map { FlowResponse(name: $0.uppercased(), type: "") }
        return gate
    }
}
