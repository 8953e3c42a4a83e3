public import SluiceModel

extension TimeZoneRules {
    /// An instant as the wall time of this zone with its offset: `2026-12-05T22:00:00+01:00`; `Z` for Greenwich.
    public func rfc3339(_ instant: Timestamp) -> String {
        let offset = offsetSeconds(at: instant)
        let wall = instant.advanced(by: .seconds(offset)).rfc3339.dropLast()
        // Offsets of old times have seconds, which RFC 3339 cannot say.
        guard offset != 0, offset % 60 == 0 else { return instant.rfc3339 }
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return wall + (offset < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }
}
