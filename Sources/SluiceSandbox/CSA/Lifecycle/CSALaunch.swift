/// One start of an OO flow, ready to be sent.
struct CSALaunch: Sendable {
    /// What came of it.
    enum Answer: Hashable, Sendable {
        /// 2xx; the id as OO gave it.
        case accepted(executionID: String)
        case refused(status: Int)
        case unanswered
    }

    let processID: String
    let ooURL: String
    let dialect: SandboxSettings.Dialect
    let flowID: String
    let runName: String
    let inputs: [String: String]

    /// The members of the body, in the dialect (oo-central-api.md section 3).
    var members: LooseValue {
        [
            dialect == .v1 ? "uuid" : "flowUuid": .text(flowID), "runName": .text(runName),
            "inputs": .object(inputs.mapValues(LooseValue.text)),
        ]
    }

    /// Reads OO's answer in the dialect: v1 is an object whose `errorCode` counts, v2 a bare number.
    func answer(status: Int, body: [UInt8]) -> Answer {
        guard (200..<300).contains(status) else { return .refused(status: status) }
        let value = try? SandboxCodec.decode(LooseValue.self, from: body)
        let id: String? =
            switch (dialect, value) {
            case (.v1, let value?) where value["errorCode"]?.asText ?? "NO_ERROR" == "NO_ERROR":
                value["executionId"]?.asText
            case (.v2, .integer(let id)?): String(id)
            default: nil
            }
        // A page, or an error in a 200: the flow was not started.
        return id.map { .accepted(executionID: $0) } ?? .refused(status: status)
    }
}
