import FoundationEssentials

/// Times in the forms that CSA's documents have.
enum CSATime {
    /// `2013-02-25T17:34:56.627-08:00`, in a zone that far from UTC; `Z` for UTC itself.
    static func text(_ instant: EpochMilliseconds, offsetMinutes: Int = 0) -> String {
        let zone = TimeZone(secondsFromGMT: offsetMinutes * 60) ?? .gmt
        // Half a millisecond more, because the style cuts off and a binary fraction may lie below.
        let date = Date(timeIntervalSince1970: (Double(instant) + 0.5) / 1000)
        return date.formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: zone)
                .year().month().day().timeZone(separator: .colon).time(includingFractionalSeconds: true))
    }

    /// Reads ISO 8601 with a zone; without one it is that far from UTC. Nil when it is none of the years 1 to 9999.
    static func instant(_ text: String, offsetMinutes: Int = 0) -> EpochMilliseconds? {
        guard text.utf8.count <= 40 else { return nil }
        let time = text.split(separator: "T", maxSplits: 1).last ?? ""
        let hasZone = time.contains { "Z+-".contains($0) }
        let whole = hasZone ? text : text + "Z"
        for hasFraction in [true, false] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction)
            guard let date = try? style.parse(whole) else { continue }
            let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
            guard milliseconds.isFinite, abs(milliseconds) < 2.5e14 else { return nil }
            let instant = EpochMilliseconds(milliseconds) - (hasZone ? 0 : Int64(offsetMinutes) * 60_000)
            return SandboxLimits.scheduleDates.contains(instant) ? instant : nil
        }
        return nil
    }

    /// As HTTP's `Date` field has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ instant: EpochMilliseconds) -> String {
        let parts = text(instant).split { "-T.".contains($0) }.map(String.init)
        guard parts.count >= 4, let month = Int(parts[1]), (1...12).contains(month) else { return "" }
        let days = Int((Double(instant) / 86_400_000).rounded(.down))
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7 + 7) % 7]
        let name = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][month - 1]
        return "\(weekday), \(parts[2]) \(name) \(parts[0]) \(parts[3]) GMT"
    }
}
