import HTTPTypes
import Hummingbird
import NIOCore
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts

/// iCalendar: `/v1/windows.ics` gives the maintenance windows, `/v1/calendars/{name}` takes blackouts.
struct CalendarRoutes: Sendable {
    let windows: WindowRoutes

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("windows.ics") { _, context in try await feed(context) }
        group.put("calendars/:name") { request, context in try await importCalendar(request, context) }
    }

    private func feed(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.gate)
        let planned = windows.engine.windows.ledger.windows.filter { $0.kind == .maintenance }
        let now = windows.engine.clocks.now().wall
        let limit = WindowLimits.feedOccurrenceCountMax
        var query = OccurrenceQuery(from: now.advanced(by: .zero - WindowRoutes.standardSpan), limit: limit + 1)
        query.isAlteredOnly = true
        query.kind = .maintenance
        let asked = query
        let altered = try await storing { try await windows.engine.store.occurrences(asked) }
        var writer = ICalendarWriter(zones: windows.engine.windows.zones)
        let text = writer.write(planned, Array(altered.prefix(limit)), at: now, isCut: altered.count > limit)
        return Response(
            status: .ok, headers: [.contentType: "text/calendar; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// The zone of dates and times without one.
    private static func calendarZone(_ request: Request) throws -> String? {
        guard let zone = request.uri.queryParameters["zone"].map({ String($0) }) else { return nil }
        guard IdentifierLimits.allows(zone) else {
            throw Problem.badRequest("invalid-value", "?zone= must be an IANA time zone such as Europe/London")
        }
        return zone
    }

    /// The body is the calendar, so the reason stands in the query.
    private static func calendarReason(_ request: Request) throws -> String {
        for (key, _) in request.uri.queryParameters where key != "reason" && key != "zone" {
            throw Problem.badRequest("unknown-fields", "\(key) is no parameter here; there are reason and zone")
        }
        let reason = request.uri.queryParameters["reason"].map { String($0) } ?? ""
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= HTTPLimits.reasonByteCountMax, reason.isOneLine
        else {
            throw Problem.badRequest(
                "invalid-value",
                "?reason= is needed: 1 to \(HTTPLimits.reasonByteCountMax) bytes of text in one line, got "
                    + "\(reason.utf8.count) bytes")
        }
        return reason
    }

    private func importCalendar(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        guard let name = context.parameters.get("name")?.percentDecoded, IdentifierLimits.allows(name) else {
            throw Problem.badRequest("invalid-value", "the path names no calendar")
        }
        guard !name.hasPrefix(WindowLimits.configuredCalendarPrefix) else {
            throw Problem.badRequest(
                "invalid-value",
                "calendars called \(WindowLimits.configuredCalendarPrefix)… come from windows.blackouts of the "
                    + "configuration; change the file and send SIGHUP")
        }
        let reason = try Self.calendarReason(request)
        let zone = try Self.calendarZone(request)
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: ICalendarLimits.byteCountMax)
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: .contentTooLarge, type: "too-large", title: "The calendar is too large",
                detail: "it has more than \(ICalendarLimits.byteCountMax) bytes")
        } catch {
            throw Problem.badRequest("cut-body", "the body ended before it was whole; nothing was changed")
        }
        var reader = ICalendarReader(calendar: name, defaultZone: zone, zones: windows.engine.windows.zones)
        let reading = reader.read(Array(buffer.readableBytesView))
        let diagnostics = PackCodec.diagnostics(reading.diagnostics)
        guard !reading.hasErrors else {
            throw Problem(
                status: .unprocessableContent, type: "calendar-unreadable", title: "The calendar cannot be read",
                detail: "nothing was changed; the first error: "
                    + (reading.diagnostics.first { $0.severity == .error }?.description ?? ""),
                members: [("diagnostics", diagnostics)])
        }
        let now = windows.engine.clocks.now().wall
        let blackouts = reading.blackouts.map { blackout in
            var blackout = blackout
            blackout.id = windows.engine.windows.windowID()
            blackout.by = identity.principal
            blackout.reason = reason
            blackout.plannedAt = now
            return blackout
        }
        try await windows.change { ledger, now throws(WindowLedger.Refusal) in
            try ledger.replaceCalendar(name, with: blackouts, by: identity.principal, reason: reason, at: now)
        }
        let kept = windows.engine.windows.ledger.windows.filter { $0.place?.calendar == name && !$0.isCancelled }
        return .json(
            .object(
                JSONObject([
                    ("calendar", .string(name)), ("windows", .array(kept.map { .object(WindowCodec.object($0)) })),
                    ("diagnostics", diagnostics),
                ])))
    }
}
