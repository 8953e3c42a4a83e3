/// What came of one question to the gate.
///
/// With `?answer=body` every decision comes as 200 with a `decision` member; 4xx means rejected; everything else is
/// trouble (product.md, "The gate step").
public enum GateAnswer: Hashable, Sendable {
    /// Go on, if it was not too long in coming; nil when the answer does not say how long it counts.
    case proceed(validForSeconds: Double?)
    case hold(ticket: String?)
    case rejected
    /// No answer, 5xx, or garbage: ask again.
    case trouble(String)
    /// Asking again is pointless: no gate is configured.
    case unreachable

    /// Reads an HTTP answer.
    init(status: Int, body: [UInt8]) {
        switch status {
        case 400..<500: self = .rejected
        case 200:
            guard let value = try? SandboxCodec.decode(LooseValue.self, from: body) else {
                self = .trouble("200 without JSON")
                return
            }
            switch value["decision"]?.asText {
            case "proceed": self = .proceed(validForSeconds: value["validForSeconds"]?.asNumber)
            case "hold": self = .hold(ticket: value["ticket"]?.asText)
            case "reject": self = .rejected
            default: self = .trouble("200 without a decision")
            }
        default: self = .trouble("status \(status)")
        }
    }
}
