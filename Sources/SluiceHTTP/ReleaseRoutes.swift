import HTTPTypes
import Hummingbird
import Logging
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/release`: where the release is, what is set, and a person's orders to it.
struct ReleaseRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("release") { _, context in
            _ = try context.require(.viewer)
            return try await response()
        }
        group.put("release") { request, context in try await set(request, context) }
        for order in [ReleaseOrder.pause, .continue, .abort] {
            group.post("release/\(order.word)") { request, context in try await carryOut(order, request, context) }
        }
    }

    private func set(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let expected = try expectedRevision(request)
        var body = try await request.json(upTo: bodyByteCountMax)
        let settings: ReleaseSettings
        let reason: String
        do throws(JSONFieldError) {
            var members = try body.object("settings")
            settings = try ReleaseCodec.settings(&members)
            reason = try body.reason()
            try body.finish()
        } catch {
            throw Problem(error)
        }
        return try await order(.set(settings), by: identity.principal, reason: reason, expected: expected, context)
    }

    private func carryOut(
        _ order: ReleaseOrder, _ request: Request, _ context: SluiceRequestContext
    ) async throws -> Response {
        let identity = try context.require(.operator)
        var body = try await request.json(upTo: bodyByteCountMax)
        let reason: String
        do throws(JSONFieldError) {
            reason = try body.reason()
            try body.finish()
        } catch {
            throw Problem(error)
        }
        return try await self.order(order, by: identity.principal, reason: reason, expected: nil, context)
    }

    private func order(
        _ order: ReleaseOrder, by principal: Principal, reason: String, expected: Int64?,
        _ context: SluiceRequestContext
    ) async throws -> Response {
        let outcome = try await storing {
            try await engine.releases.order(order, by: principal, reason: reason, expected: expected)
        }
        switch outcome {
        case .changed(let record):
            context.logger.notice(
                "release changed",
                metadata: ["order": "\(order.word)", "state": "\(record.stage.rawValue)", "by": "\(principal)"])
            return try await response(after: record)
        case .notPossible(let record):
            throw Problem(
                status: .conflict, type: "wrong-state", title: "The release's state does not allow that",
                detail: "it is \(record.stage.rawValue) since \(record.since.rfc3339); \(order.word) is not possible "
                    + "there",
                members: [("state", .string(record.stage.rawValue))])
        case .settingsChanged(let record):
            throw Problem(
                status: .preconditionFailed, type: "settings-changed",
                title: "The release's settings were changed meanwhile",
                detail: "they are of revision \(record.settingsRevision) now; look at them and decide again",
                members: [("settingsRevision", .int(record.settingsRevision))])
        }
    }

    /// `If-Match: "3"`, which a change of the settings needs; nil for `*`.
    private func expectedRevision(_ request: Request) throws -> Int64? {
        guard let header = request.headers[.ifMatch] else {
            throw Problem(
                status: .preconditionRequired, type: "precondition-required", title: "If-Match is required",
                detail: "send If-Match with the ETag of GET /v1/release, so that nobody's change is lost; * for any")
        }
        if header == "*" { return nil }
        let text = header.hasPrefix("\"") && header.hasSuffix("\"") ? String(header.dropFirst().dropLast()) : header
        guard let number = Int64(text) else {
            throw Problem.badRequest("invalid-value", "If-Match is not an ETag of the release, such as \"3\"")
        }
        return number
    }

    /// - Parameter written: What an order has just made of it.
    private func response(after written: ReleaseRecord? = nil) async throws -> Response {
        let (counts, found) = try await storing {
            (try await engine.store.counts(), try await engine.releaseStatus())
        }
        var status = found
        if let written, written.revision > status.record.revision { status.record = written }
        return .json(
            .object(ReleaseCodec.object(status, counts: counts)),
            headers: [.eTag: "\"\(status.record.settingsRevision)\""])
    }
}
