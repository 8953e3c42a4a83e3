import SluiceForecast
import SluiceJSON
import SluiceModel

/// Reads and writes windows as JSON.
enum WindowCodec {
    static func object(_ window: Window) -> JSONObject {
        JSONObject([
            ("id", .string(window.id.text)), ("kind", .string(window.kind.rawValue)),
            ("summary", .string(window.summary)), ("scope", .text(window.scope)),
            ("start", .string(CalendarText.localText(window.start))), ("timeZone", .string(window.timeZone)),
            ("durationDays", .number(JSONNumber(window.days))),
            ("durationSeconds", .number(JSONNumber(window.seconds))), ("rrule", .text(window.rule)),
            ("rdates", times(window.additions)), ("exdates", times(window.exclusions)),
            ("leadTimeSeconds", .array(window.leadSeconds.map { .number(JSONNumber($0)) })),
            ("autoStart", .bool(window.startsByItself)), ("autoEnd", .bool(window.endsByItself)),
            ("calendar", .text(window.place?.calendar)), ("cancelled", .bool(window.isCancelled)),
            ("by", .string(window.by.text)), ("reason", .string(window.reason)), ("plannedAt", .time(window.plannedAt)),
            ("revision", .number(JSONNumber(window.revision))),
        ])
    }

    static func object(_ occurrence: WindowOccurrence) -> JSONObject {
        JSONObject([
            ("window", .string(occurrence.window.text)),
            ("occurrence", .string(CalendarText.localText(occurrence.wall))), ("start", .time(occurrence.start)),
            ("end", .time(occurrence.end)), ("state", .string(occurrence.state.rawValue)),
            ("stateSince", .time(occurrence.stateSince)), ("cause", .string(occurrence.cause)),
            ("changed", .bool(occurrence.isChanged)),
            ("warnedLeadTimeSeconds", .array(occurrence.warned.map { .number(JSONNumber($0)) })),
            ("gate", .text(occurrence.gate?.step.rawValue)),
        ])
    }

    private static func times(_ times: [Timestamp]) -> JSONValue {
        .array(times.map { .string(CalendarText.localText($0)) })
    }

    /// What a person is told ahead: the windows that have begun, and those that were warned of.
    static func banner(_ ledger: WindowLedger, at now: Timestamp) -> [String] {
        ledger.occurrences.compactMap { occurrence in
            guard let window = ledger.window(occurrence.window), window.kind == .maintenance else { return nil }
            switch occurrence.state {
            case .begun: return "\(window.summary): since \(occurrence.start), until \(occurrence.end)"
            case .ended where occurrence.isOpeningLate, .cancelled where occurrence.isOpeningLate:
                return "\(window.summary): over since \(occurrence.end), \(occurrence.cause)"
            case .scheduled where !occurrence.warned.isEmpty || occurrence.start <= now:
                return "\(window.summary): from \(occurrence.start) until \(occurrence.end)"
            default: return nil
            }
        }
    }

    /// A window to be planned.
    static func window(
        _ body: inout JSONObjectReader, id: WindowID, by principal: Principal, at now: Timestamp,
        _ zones: WindowLedger.Zones
    ) throws(JSONFieldError) -> Window {
        let kind = try body.optionalParsed("kind", expected: "maintenance or blackout") { Window.Kind(rawValue: $0) }
        let summary = try body.parsed(
            "summary", expected: "1 to \(WindowLimits.summaryByteCountMax) bytes of text in one line"
        ) { $0.isEmpty || $0.utf8.count > WindowLimits.summaryByteCountMax || !$0.isOneLine ? nil : $0 }
        let scope = try body.optionalParsed(
            "scope", expected: "flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME"
        ) { text in text.isOneLine ? Scope(text) : nil }
        let zone = try body.optionalParsed("timeZone", expected: "an IANA time zone such as Europe/London") {
            IdentifierLimits.allows($0) ? $0 : nil
        }
        let start = try body.parsed(
            "start", expected: "a local time such as 2026-12-05T22:00:00 with timeZone, or one in UTC with Z"
        ) { text in zone == nil ? Timestamp(rfc3339: text) : CalendarText.localTime(text) }
        let days = try body.optionalInt("durationDays", in: 0...31) ?? 0
        let seconds = try body.optionalInt("durationSeconds", in: 0...Int(WindowLimits.secondsMax)) ?? 0
        var window = Window(
            id: id, kind: kind ?? .maintenance, summary: summary, scope: scope,
            start: Timestamp(milliseconds: start.milliseconds - start.milliseconds % 1000), timeZone: zone ?? "UTC",
            days: days, seconds: Int64(seconds), by: principal, reason: "", plannedAt: now)
        window.rule = try body.optionalString("rrule")
        window.additions = try times("rdates", &body)
        window.exclusions = try times("exdates", &body)
        window.leadSeconds = try leadTimes(&body) ?? WindowLedger.standardLeads(for: window, zones)
        window.startsByItself = try body.optionalBool("autoStart") ?? false
        window.endsByItself = try body.optionalBool("autoEnd") ?? false
        if window.kind == .blackout, window.startsByItself {
            throw body.invalid("autoStart", "a blackout closes no gate; leave it out")
        }
        if window.endsByItself, !window.startsByItself {
            throw body.invalid("autoEnd", "it opens only what autoStart closed; give autoStart too, or leave it out")
        }
        window.reason = try reason(&body)
        return window
    }

    /// A reason in one line: it goes into the log.
    static func reason(_ body: inout JSONObjectReader) throws(JSONFieldError) -> String {
        let reason = try body.reason()
        guard reason.isOneLine else { throw body.invalid("reason", "expected text in one line") }
        return reason
    }

    private static func times(
        _ name: String, _ body: inout JSONObjectReader
    ) throws(JSONFieldError) -> [Timestamp] {
        let texts = try body.optionalStrings(name) ?? []
        guard texts.count <= WindowLimits.dateCountMax else {
            throw body.invalid(name, "expected at most \(WindowLimits.dateCountMax) times")
        }
        var times: [Timestamp] = []
        for text in texts {
            guard let time = CalendarText.localTime(text) else {
                throw body.invalid(name, "expected local times such as 2026-12-24T22:00:00, got \"\(text.prefix(60))\"")
            }
            times.append(time)
        }
        return times
    }

    /// The longest first, each once; nil when not given.
    private static func leadTimes(_ body: inout JSONObjectReader) throws(JSONFieldError) -> [Int64]? {
        guard let values = try body.optionalArray("leadTimeSeconds") else { return nil }
        let numbers = values.compactMap { $0.number?.int }.filter { (1...Int(WindowLimits.secondsMax)).contains($0) }
        guard numbers.count == values.count, numbers.count <= WindowLimits.leadTimeCountMax else {
            throw body.invalid(
                "leadTimeSeconds",
                "expected at most \(WindowLimits.leadTimeCountMax) numbers from 1 to \(WindowLimits.secondsMax)")
        }
        return Set(numbers).sorted(by: >).map { Int64($0) }
    }
}

extension String {
    /// Whether it ends no line and controls no terminal.
    var isOneLine: Bool {
        unicodeScalars.allSatisfy { scalar in
            !(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value))
        }
    }
}
