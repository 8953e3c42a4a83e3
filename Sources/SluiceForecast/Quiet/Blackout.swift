public import SluiceModel

/// A span that no quiet window may touch, and who says so.
public struct Blackout: Hashable, Sendable {
    public var span: Range<Timestamp>
    /// What it is for, in its owner's words; nil when nobody said.
    public var summary: String?
    /// The calendar or file that it comes from; nil: it was named by hand.
    public var calendar: String?

    public init(span: Range<Timestamp>, summary: String? = nil, calendar: String? = nil) {
        self.span = span
        self.summary = summary
        self.calendar = calendar
    }

    /// Of an occurrence of a blackout window.
    public init(_ window: Window, _ occurrence: WindowOccurrence) {
        self.init(
            span: occurrence.start..<max(occurrence.start, occurrence.end), summary: window.summary,
            calendar: window.place?.calendar)
    }

    /// What blackout windows leave out of a span, in order of time.
    ///
    /// - Parameter limit: Most that are given; the earliest of each window come first.
    /// - Returns: `isCut` when there are more.
    /// - Throws: `WindowLedger.Refusal` when a zone or rule cannot be read.
    public static func spans(
        of windows: [Window], in span: Range<Timestamp>, limit: Int = ForecastLimits.blackoutCountMax,
        _ zones: WindowLedger.Zones
    ) throws(WindowLedger.Refusal) -> (blackouts: [Blackout], isCut: Bool) {
        var found: [Blackout] = []
        var isCut = false
        for window in windows where window.kind == .blackout && !window.isCancelled {
            let planned = try WindowLedger.planned(window, in: span, limit: limit - found.count + 1, zones)
            found += planned.occurrences.map { Blackout(window, $0) }
            isCut = isCut || planned.isCut || found.count > limit
            if isCut { break }
        }
        found.sort { $0.isBefore($1) }
        return (Array(found.prefix(limit)), isCut)
    }

    func isBefore(_ other: Blackout) -> Bool {
        (span.lowerBound, span.upperBound, calendar ?? "", summary ?? "")
            < (other.span.lowerBound, other.span.upperBound, other.calendar ?? "", other.summary ?? "")
    }
}
