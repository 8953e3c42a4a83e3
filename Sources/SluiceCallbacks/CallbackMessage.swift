internal import Crypto
internal import SluiceJSON
internal import SluiceModel

/// A callback as it is sent: a CloudEvents 1.0 document in structured mode, and what proves that it is ours.
struct CallbackMessage {
    /// The document.
    let body: [UInt8]

    static let contentType = "application/cloudevents+json; charset=utf-8"
    /// `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` with the shared secret. Whoever checks it refuses old times.
    static let signatureHeader = "Sluice-Signature"

    /// - Parameter source: The CloudEvents source: names this Sluice.
    init(_ callback: Callback, of hold: Hold, source: String) {
        let request = hold.request
        let data = JSONObject([
            ("ticket", .string("\(hold.ticket)")), ("state", .string(callback.holdState.rawValue)),
            ("cause", .string(callback.cause)), ("flow", .string(request.flow.text)),
            ("flowPath", Self.text(request.flowPath)), ("source", .string(request.source.rawValue)),
            ("launcher", .string(request.launcher.rawValue)), ("executionId", Self.text(hold.executionID?.text)),
            ("result", callback.kind == .ended ? Self.text(hold.result?.rawValue) : .null),
            ("representative", Self.text(hold.representative?.description)),
            ("idempotencyKey", Self.text(request.idempotencyKey?.text)),
            ("scheduleId", Self.text(request.scheduleID?.text)),
            ("nominalTime", Self.text(request.nominalTime?.rfc3339)), ("arrivedAt", .string(hold.arrivedAt.rfc3339)),
        ])
        let event = JSONObject([
            ("specversion", "1.0"), ("id", .string("\(callback.ticket).\(callback.number)")),
            ("source", .string(source)), ("type", .string("sluice.hold.\(callback.kind.rawValue)")),
            ("subject", .string("\(hold.ticket)")), ("time", .string(callback.at.rfc3339)),
            ("datacontenttype", "application/json"), ("data", .object(data)),
        ])
        body = Array(event.write().utf8)
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// The value of `signatureHeader`.
    func signature(at now: Timestamp, secret: Secret) -> String {
        let seconds = now.milliseconds / 1000
        let signed = Array("\(seconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Array(secret.exposed.utf8)))
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "t=\(seconds),v1=\(hex)"
    }
}
