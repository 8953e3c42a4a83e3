import Crypto
import SluiceJSON
public import SluicePluginKit

/// What goes over the wire to a webhook and back (Plugins/Webhook/README.md). Version 1.
enum WebhookWire {
    /// Header with the seconds since 1970 that the signature is made at.
    static let timestampHeader = "Sluice-Timestamp"
    /// Header with `v1=` and the hexadecimal HMAC-SHA256 of `TIMESTAMP.BODY`.
    static let signatureHeader = "Sluice-Signature"

    /// The body of a question. Only the inputs that the configuration names are in it, and never a secret.
    static func question(_ launch: LaunchView, at now: Timestamp, inputs: [PathGlob]) -> [UInt8] {
        var sent = JSONObject()
        for input in launch.inputs where inputs.contains(where: { $0.matches(input.name) }) {
            if let value = input.value { sent[input.name] = .string(value) }
        }
        let object = JSONObject([
            ("format", 1), ("at", .string(now.rfc3339)),
            (
                "launch",
                .object(
                    JSONObject([
                        ("flow", .string(launch.flow.text)), ("flowPath", .optional(launch.flowPath)),
                        ("contentPack", .optional(launch.contentPack)), ("source", .string(launch.source.rawValue)),
                        ("launcher", .string(launch.launcher.rawValue)),
                        ("principal", .string(launch.principal.text)),
                        ("requestedBy", .optional(launch.requestedBy)), ("onBehalfOf", .optional(launch.onBehalfOf)),
                        ("tenant", .optional(launch.tenant?.text)), ("runId", .optional(launch.runID?.text)),
                        ("parentRunId", .optional(launch.parentRunID?.text)),
                        ("csaInstanceId", .optional(launch.csaInstanceID?.text)),
                        ("csaProcessId", .optional(launch.csaProcessID?.text)),
                        ("scheduleId", .optional(launch.scheduleID?.text)),
                        ("nominalTime", .optional(launch.nominalTime?.rfc3339)),
                        ("runName", .optional(launch.runName)),
                        ("orderingKey", .optional(launch.orderingKey?.text)),
                        ("coalesceKey", .optional(launch.coalesceKey?.text)),
                        ("priority", .int(launch.priority.level)),
                        ("notBefore", .optional(launch.notBefore?.rfc3339)),
                        ("expiresAt", .optional(launch.expiresAt?.rfc3339)),
                        ("idempotencyKey", .optional(launch.idempotencyKey?.text)), ("inputs", .object(sent)),
                    ]))
            ),
        ])
        return object.bytes()
    }

    /// `v1=` and the signature of a body at a time.
    static func signature(_ body: [UInt8], at seconds: Int64, secret: [UInt8]) -> String {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: secret))
        hmac.update(data: Array("\(seconds).".utf8))
        hmac.update(data: body)
        let digits = Array("0123456789abcdef")
        return hmac.finalize().reduce(into: "v1=") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// Reads an answer. Strict: an unknown field or a wrong type is named by its JSON pointer.
    ///
    /// `{}` says nothing; `{"reject": "REASON"}`; or `{"annotate": {…}, "remark": "…"}`.
    static func answer(_ body: [UInt8]) throws -> Interception {
        var answer = try JSONObjectReader(try JSONReader.read(body))
        let reason = try answer.optionalString("reject")
        let remark = try answer.optionalString("remark")
        let added = try answer.optionalObject("annotate")
        try answer.finish()
        if let reason {
            guard added == nil, !reason.isEmpty else {
                throw answer.invalid("reject", "needs a reason, and no annotate beside it")
            }
            return .reject(reason: reason)
        }
        guard var added else { return .annotate(LaunchAnnotations(), remark: remark) }
        let key = "1 to \(IdentifierLimits.byteCountMax) bytes without control characters"
        let time = "an RFC 3339 time such as 2026-12-01T22:00:00Z"
        var annotations = LaunchAnnotations()
        annotations.orderingKey = try added.optionalParsed("orderingKey", expected: key) { OrderingKey(checking: $0) }
        annotations.coalesceKey = try added.optionalParsed("coalesceKey", expected: key) { CoalesceKey(checking: $0) }
        annotations.notBefore = try added.optionalParsed("notBefore", expected: time) { Timestamp(rfc3339: $0) }
        annotations.expiresAt = try added.optionalParsed("expiresAt", expected: time) { Timestamp(rfc3339: $0) }
        annotations.priority = try added.optionalInt("priority", in: Priority.range).flatMap { Priority($0) }
        annotations.misfirePolicy = try added.optionalParsed(
            "misfirePolicy", expected: "one of skip, latest, all, or not-older-than 2h"
        ) { MisfirePolicy(text: $0) }
        try added.finish()
        return .annotate(annotations, remark: remark)
    }
}
