public import SluiceModel

/// One time zone: its offsets from Greenwich, and how wall times become instants.
///
/// Offsets hold to the second from the first change that the zone's file knows; before it the file's first offset.
public struct TimeZoneRules: Sendable {
    /// The id that Java gives it.
    public let identifier: String
    let table: ZoneTable

    /// Greenwich time, under the id `UTC`.
    public static let utc = TimeZoneRules(identifier: "UTC", fixedOffsetSeconds: 0)

    /// A zone whose offset never changes.
    public init(identifier: String, fixedOffsetSeconds: Int) {
        self.init(identifier: identifier, table: ZoneTable(firstOffset: Int64(fixedOffsetSeconds)))
    }

    init(identifier: String, table: ZoneTable) {
        self.identifier = identifier
        self.table = table
    }

    /// The same rules under another id.
    public func named(_ identifier: String) -> TimeZoneRules { TimeZoneRules(identifier: identifier, table: table) }

    /// Seconds east of Greenwich at an instant.
    public func offsetSeconds(at instant: Timestamp) -> Int {
        Int(table.span(at: instant.wholeSeconds).offset)
    }

    /// The instant of a wall time, given as if it were UTC, as Java's lenient calendar takes it.
    ///
    /// A time inside a gap moves on by the gap's length; a doubled time is the second one, in standard time
    /// (scheduler-xml.md section 7).
    public func instant(ofWallTime wall: Timestamp) -> Timestamp {
        let (moved, overflow) = wall.milliseconds.subtractingReportingOverflow(
            table.offset(atWall: wall.wholeSeconds) * 1000)
        return overflow ? wall : Timestamp(milliseconds: moved)
    }

    /// The first instant after another at which the offset changes, to the second; nil when it stays.
    public func nextChange(after instant: Timestamp) -> Timestamp? {
        let end = table.span(at: instant.wholeSeconds).end
        return end == .max ? nil : Timestamp(milliseconds: end * 1000)
    }
}

extension TimeZoneRules: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.identifier == right.identifier && (left.table === right.table || left.table.isSame(as: right.table))
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}

extension Timestamp {
    /// Seconds since the epoch, rounded down.
    var wholeSeconds: Int64 { milliseconds.flooredQuotient(by: 1000) }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
