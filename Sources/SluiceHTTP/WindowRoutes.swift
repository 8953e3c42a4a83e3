import HTTPTypes
import Hummingbird
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/windows` and what is below it. Any token may look; only an operator's may change (R44).
struct WindowRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    /// What is listed when no span is given.
    static let standardSpan: Duration = .seconds(30 * 86_400)
    /// One window without a span: from a day ago on, so that what has just ended is there, however far it reaches.
    private static let shownPast: Duration = .seconds(86_400)
    private static let shownCount = 50

    private enum Length { case longer, shorter }

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("windows") { request, context in try await list(request, context) }
        group.get("windows/:id") { request, context in try await show(request, context) }
        group.post("windows") { request, context in try await plan(request, context) }
        group.post("windows/:id/cancel") { request, context in try await cancel(request, context) }
        group.post("windows/:id/extend") { request, context in try await change(.longer, request, context) }
        group.post("windows/:id/shorten") { request, context in try await change(.shorter, request, context) }
    }

    // MARK: Looking

    private func list(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.gate)
        let now = engine.clocks.now().wall
        let span = try span(request) ?? now..<now.advanced(by: Self.standardSpan)
        let found = try await storing {
            try await engine.windows.occurrences(in: span, limit: WindowLimits.listCountMax)
        }
        let ledger = engine.windows.ledger
        let shown = Set(found.occurrences.map(\.window))
        let windows = ledger.windows.filter { !$0.isCancelled || shown.contains($0.id) }
        return .json(
            .object(
                JSONObject([
                    ("banner", .array(WindowCodec.banner(ledger, at: now).map { .string($0) })),
                    ("from", .time(span.lowerBound)), ("to", .time(span.upperBound)),
                    ("windows", .array(windows.map { .object(WindowCodec.object($0)) })),
                    ("occurrences", .array(found.occurrences.map { .object(WindowCodec.object($0)) })),
                    ("isCut", .bool(found.isCut)),
                ])))
    }

    private func show(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.gate)
        return try await response(id(context), span(request))
    }

    private func response(
        _ id: WindowID, _ span: Range<Timestamp>? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        guard let window = engine.windows.ledger.window(id) else {
            throw Problem.notFound("there is no window \(id); GET /v1/windows lists those that there are")
        }
        let now = engine.clocks.now().wall
        let limit = span == nil ? Self.shownCount : WindowLimits.listCountMax
        let span = span ?? now.advanced(by: .zero - Self.shownPast)..<Timestamp(milliseconds: .max)
        let found = try await storing {
            try await engine.windows.occurrences(of: id, in: span, limit: limit)
        }
        var object = WindowCodec.object(window)
        object["occurrences"] = .array(found.occurrences.map { .object(WindowCodec.object($0)) })
        object["isCut"] = .bool(found.isCut)
        return .json(
            .object(object), status: status, headers: status == .created ? [.location: "/v1/windows/\(id)"] : [:])
    }

    /// `?from=` and `?to=`, RFC 3339; from now, for thirty days. Nil when neither is given.
    private func span(_ request: Request) throws -> Range<Timestamp>? {
        func time(_ name: String) throws -> Timestamp? {
            guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
            guard let time = Timestamp(rfc3339: String(text)) else {
                throw Problem.badRequest(
                    "invalid-value", "\(name)=\(text.prefix(60)) is not a time such as 2026-12-01T22:00:00Z")
            }
            return time
        }
        for (key, _) in request.uri.queryParameters where key != "from" && key != "to" {
            throw Problem.badRequest("unknown-fields", "\(key) is no parameter here; there are from and to")
        }
        let (first, last) = (try time("from"), try time("to"))
        guard first != nil || last != nil else { return nil }
        let from = first ?? engine.clocks.now().wall
        let to = last ?? from.advanced(by: Self.standardSpan)
        guard from < to else { throw Problem.badRequest("invalid-value", "from must be earlier than to") }
        return from..<to
    }

    private func id(_ context: SluiceRequestContext) throws -> WindowID {
        guard let id = WindowID(checking: context.parameters.get("id") ?? "") else {
            throw Problem.notFound("the path names no window; ids look like w_01KB…")
        }
        return id
    }

    // MARK: Changing

    private func plan(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        var body = try await request.json(upTo: bodyByteCountMax)
        let now = engine.clocks.now().wall
        let zones = engine.windows.zones
        let window: Window
        let isDryRun: Bool
        do throws(JSONFieldError) {
            isDryRun = try body.optionalBool("dryRun") ?? false
            window = try WindowCodec.window(
                &body, id: engine.windows.windowID(), by: identity.principal, at: now, zones)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        if isDryRun {
            return try refusing { () throws(WindowLedger.Refusal) in
                try WindowLedger.check(window, at: now, zones)
                let span = now..<Timestamp(milliseconds: .max)
                let found = try WindowLedger.planned(window, in: span, limit: 20, zones)
                var object = WindowCodec.object(window)
                object["id"] = .null
                object["occurrences"] = .array(
                    found.occurrences.map { occurrence in
                        var shown = WindowCodec.object(occurrence)
                        shown["window"] = .null
                        return .object(shown)
                    })
                object["isCut"] = .bool(found.isCut)
                return .json(.object(object))
            }
        }
        try await change { ledger, now throws(WindowLedger.Refusal) in try ledger.plan(window, at: now, zones) }
        return try await response(window.id, status: .created)
    }

    private func cancel(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let id = try id(context)
        var body = try await request.json(upTo: bodyByteCountMax)
        let (wall, reason): (Timestamp?, String)
        do throws(JSONFieldError) {
            wall = try Self.occurrence(&body)
            reason = try WindowCodec.reason(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let zones = engine.windows.zones
        try await change { ledger, now throws(WindowLedger.Refusal) in
            try ledger.cancel(id, wall: wall, by: identity.principal, reason: reason, at: now, zones)
        }
        return try await response(id)
    }

    private func change(
        _ length: Length, _ request: Request, _ context: SluiceRequestContext
    ) async throws -> Response {
        let identity = try context.require(.operator)
        let id = try id(context)
        var body = try await request.json(upTo: bodyByteCountMax)
        let (wall, seconds, reason): (Timestamp?, Int, String)
        do throws(JSONFieldError) {
            wall = try Self.occurrence(&body)
            seconds = try body.int("seconds", in: 1...Int(WindowLimits.secondsMax))
            reason = try WindowCodec.reason(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let zones = engine.windows.zones
        try await change { ledger, now throws(WindowLedger.Refusal) in
            try ledger.lengthen(
                id, wall: wall, seconds: Int64(length == .longer ? seconds : -seconds), by: identity.principal,
                reason: reason, at: now, zones)
        }
        return try await response(id)
    }

    private static func occurrence(_ body: inout JSONObjectReader) throws(JSONFieldError) -> Timestamp? {
        try body.optionalParsed(
            "occurrence", expected: "an occurrence's local time such as 2026-12-05T22:00:00"
        ) { CalendarText.localTime($0) }
    }

    /// Carries a wish out, or says what is wrong with it.
    func change(
        _ wish: @Sendable (WindowLedger, Timestamp) throws(WindowLedger.Refusal) -> WindowLedger.Outcome
    ) async throws {
        do {
            try await storing { try await engine.windows.change(wish) }
        } catch let refusal as WindowLedger.Refusal {
            throw Self.problem(refusal)
        }
    }

    private func refusing(_ body: () throws(WindowLedger.Refusal) -> Response) throws -> Response {
        do throws(WindowLedger.Refusal) { return try body() } catch { throw Self.problem(error) }
    }

    private static func problem(_ refusal: WindowLedger.Refusal) -> Problem {
        switch refusal.kind {
        case .unknown: .notFound(refusal.description)
        case .invalid: .badRequest("invalid-value", refusal.description, pointer: refusal.field)
        case .wrongState:
            Problem(
                status: .conflict, type: "wrong-state", title: "The window's state does not allow that",
                detail: refusal.description)
        }
    }
}
