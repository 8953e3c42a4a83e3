import HTTPTypes
import Hummingbird
import SluiceEngine
import SluiceForecast
import SluiceModel

/// The query of a forecast, each value checked.
struct ForecastQuery {
    private let zones: ScheduleShelf.ZoneLookup
    private var values: [String: String] = [:]

    /// - Throws: A 400 problem for a name that is not one of `names`, or stands twice.
    init(_ request: Request, names: [String], zones: @escaping ScheduleShelf.ZoneLookup) throws {
        self.zones = zones
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard names.contains(name), values[name] == nil else {
                throw Problem.badRequest(
                    "unknown-fields",
                    "\(name.prefix(100)) is not asked for here, or stands twice; there are "
                        + names.joined(separator: ", "))
            }
            values[name] = String(value)
        }
    }

    func invalid(_ name: String, _ expected: String) -> Problem {
        .badRequest("invalid-value", "\(name)=\((values[name] ?? "").prefix(100)) is not \(expected)")
    }

    func missing<Value>(_ name: String) throws -> Value {
        throw Problem.badRequest("missing-field", "\(name) is needed, such as \(Self.examples[name] ?? "…")")
    }

    private static let examples = [
        "from": "2026-12-05T22:00:00Z", "to": "2026-12-06T02:00:00Z", "length": "4h", "within": "14d",
    ]

    func time(_ name: String) throws -> Timestamp? {
        guard let text = values[name] else { return nil }
        // A plus that was not escaped arrives as a blank; no RFC 3339 time has one there.
        guard let time = Timestamp(rfc3339: text.replacingBlanks) else {
            throw invalid(name, "a time such as 2026-12-05T22:00:00Z")
        }
        return time
    }

    func duration(_ name: String) throws -> Duration? {
        guard let text = values[name] else { return nil }
        guard let duration = Duration(text: text) else { throw invalid(name, "a duration such as 30m, 4h or 14d") }
        return duration
    }

    func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw invalid(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func span(_ from: Timestamp, _ to: Timestamp) throws -> Range<Timestamp> {
        guard from < to else {
            throw Problem.badRequest("invalid-value", "the span ends at \(to), which is not after its start \(from)")
        }
        let longest = Duration.seconds(ForecastLimits.spanSecondsMax)
        guard to.since(from) <= longest else {
            throw Problem.badRequest(
                "invalid-value",
                "the span is longer than \(ForecastLimits.spanSecondsMax / 86_400) days; ask for a part")
        }
        return from..<to
    }

    /// `mode=hold`, `refuse` or `current`; `scope=` as everywhere.
    func closing() throws -> ForecastDesk.Closing {
        var closing = ForecastDesk.Closing()
        if let word = values["mode"] {
            switch word {
            case "current": closing.mode = nil
            case "hold", "refuse": closing.mode = GateMode(rawValue: word)
            default: throw invalid("mode", "hold, refuse or current")
            }
        }
        if let text = values["scope"] {
            guard let scope = Scope(text) else {
                throw invalid("scope", "flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME")
            }
            closing.scope = scope
        }
        return closing
    }

    func zone() throws -> TimeZoneRules {
        guard let text = values["zone"] else { return .utc }
        guard let zone = zones(text) else { throw invalid("zone", "a zone such as Europe/Berlin or GMT+02:00") }
        return zone
    }

    func workingHours() throws -> [WorkingHours] {
        guard let text = values["workingHours"] else { return [] }
        guard let hours = WorkingHours(text) else { throw invalid("workingHours", "such as MON-FRI 08:00-18:00") }
        return [hours]
    }

    func weekdays() throws -> Set<Weekday>? {
        guard let text = values["weekdays"] else { return nil }
        guard let days = WorkingHours.days(text) else { throw invalid("weekdays", "such as SAT,SUN or MON-FRI") }
        return days
    }

    func isPicture(_ request: Request) throws -> Bool {
        switch values["format"] {
        case "svg": return true
        case "json": return false
        case nil: return request.headers[.accept]?.contains("image/svg+xml") ?? false
        default: throw invalid("format", "json or svg")
        }
    }
}

extension String {
    fileprivate var replacingBlanks: String { String(map { $0 == " " ? "+" : $0 }) }
}
