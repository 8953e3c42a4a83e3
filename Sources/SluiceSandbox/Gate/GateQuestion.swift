/// One question of a gate step, ready to be sent.
public struct GateQuestion: Sendable {
    public let executionID: Int64
    /// Nil, or how long Sluice may wait with its answer.
    public let longPollSeconds: Int?
    /// The members of `POST /v1/launches`.
    public let members: [String: LooseValue]

    /// `askId`, the same for every repeat.
    public var askID: String { members["askId"]?.asText ?? "" }
}

extension SandboxExecution {
    /// The question as it stands now; nil when the execution is not at its gate.
    func question(longPollSeconds: Int) -> GateQuestion? {
        guard let asking, stage == .atGate else { return nil }
        let pass = inputs[SandboxFlow.passInputName]
        let own = inputs.filter { $0.key != SandboxFlow.passInputName }
        let secret = flow.inputs.filter { $0.isEncrypted && own[$0.name] != nil }.map(\.name)
        let waits = flow.atHold == .wait
        var members: [String: LooseValue] = [
            "flow": .text(flow.id), "source": "flow", "launcher": waits ? "caller" : "sluice",
            "askId": .text(asking.askID), "runId": .text(String(id)), "flowPath": .text(flow.path),
            "inputs": .object(own.mapValues(LooseValue.text)),
            "sensitiveInputs": .list(secret.map(LooseValue.text)),
        ]
        if let pass { members["pass"] = .text(pass) }
        if let ticket = asking.ticket { members["ticket"] = .text(ticket) }
        return GateQuestion(executionID: id, longPollSeconds: waits ? longPollSeconds : nil, members: members)
    }
}
