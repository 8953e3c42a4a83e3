public import SluiceModel

/// Dates and times as RFC 5545 writes them (sections 3.3.4 and 3.3.5), and as the API writes local times.
public enum CalendarText {
    /// A time as it stands in a text, before any zone is applied.
    public enum Time: Hashable, Sendable {
        /// A day, given as its midnight as if it were UTC.
        case date(Timestamp)
        /// A local time, given as if it were UTC.
        case local(Timestamp)
        case instant(Timestamp)
    }

    /// Reads `20261205`, `20261205T220000` or `20261205T220000Z`; nil for anything else and for days that do not exist.
    ///
    /// A leap second (`60`) reads as second 59 (RFC 5545, 3.3.12).
    public static func time(_ text: some StringProtocol) -> Time? {
        var rest = ArraySlice(text.utf8)
        guard let day = day(&rest, dash: nil) else { return nil }
        if rest.isEmpty { return .date(day) }
        guard rest.popFirst() == UInt8(ascii: "T"), let wall = clock(&rest, on: day, colon: nil) else { return nil }
        if rest.isEmpty { return .local(wall) }
        return rest.elementsEqual([UInt8(ascii: "Z")]) ? .instant(wall) : nil
    }

    /// Reads a local time such as `2026-12-05T22:00:00` or `2026-12-05T22:00`, given as if it were UTC.
    public static func localTime(_ text: some StringProtocol) -> Timestamp? {
        var rest = ArraySlice(text.utf8)
        guard let day = day(&rest, dash: UInt8(ascii: "-")), rest.popFirst() == UInt8(ascii: "T"),
            let wall = clock(&rest, on: day, colon: UInt8(ascii: ":"))
        else { return nil }
        return rest.isEmpty ? wall : nil
    }

    /// `20261205T220000`.
    public static func text(ofWall wall: Timestamp) -> String {
        String(wall.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" })
    }

    /// `20261205`.
    public static func text(ofDay day: Timestamp) -> String { String(text(ofWall: day).prefix(8)) }

    /// `2026-12-05T22:00:00`.
    public static func localText(_ wall: Timestamp) -> String { String(wall.rfc3339.prefix(19)) }

    private static func day(_ rest: inout ArraySlice<UInt8>, dash: UInt8?) -> Timestamp? {
        guard let year = number(&rest, 4), take(&rest, dash), let month = number(&rest, 2), take(&rest, dash),
            let day = number(&rest, 2), year >= 1, (1...12).contains(month), day >= 1,
            day <= CivilDate.daysInMonth(year: year, month: month)
        else { return nil }
        return Timestamp(
            milliseconds: CivilDate.daysSinceEpoch(year: year, month: month, day: day) * 86_400_000)
    }

    private static func clock(_ rest: inout ArraySlice<UInt8>, on day: Timestamp, colon: UInt8?) -> Timestamp? {
        guard let hour = number(&rest, 2), take(&rest, colon), let minute = number(&rest, 2), hour < 24, minute < 60
        else { return nil }
        var second = 0
        // Only the API's form may leave the seconds out.
        if colon == nil || !rest.isEmpty {
            guard take(&rest, colon), let given = number(&rest, 2), given <= 60 else { return nil }
            second = min(given, 59)
        }
        return Timestamp(milliseconds: day.milliseconds + Int64((hour * 60 + minute) * 60 + second) * 1000)
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ byte: UInt8?) -> Bool {
        guard let byte else { return true }
        return rest.popFirst() == byte
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ digitCount: Int) -> Int? {
        guard rest.count >= digitCount else { return nil }
        var value = 0
        for _ in 0..<digitCount {
            guard let byte = rest.popFirst(), (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte) - 48
        }
        return value
    }
}
