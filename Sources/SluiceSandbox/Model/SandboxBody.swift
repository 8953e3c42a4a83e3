/// One run of a flow's body: the work behind the gate. Tests count these to prove that work was done at most once.
public struct SandboxBody: Codable, Hashable, Sendable {
    public let executionID: String
    public let flowID: String
    public let runName: String
    /// As given at start; the value of an encrypted input is its `sha256:` label.
    public let inputs: [String: String]
    public let startedAt: EpochMilliseconds
    /// Nil while it runs.
    public internal(set) var endedAt: EpochMilliseconds?
    /// Whether the gate could not be asked and the flow went on regardless.
    public let isFallback: Bool
}

extension SandboxBody {
    /// As the control endpoint shows it.
    var reply: LooseValue {
        [
            "executionId": .text(executionID), "flow": .text(flowID), "runName": .text(runName),
            "inputs": .object(inputs.mapValues(LooseValue.text)), "startedAt": .integer(startedAt),
            "endedAt": .integer(orNull: endedAt), "fallback": .bool(isFallback),
        ]
    }
}
