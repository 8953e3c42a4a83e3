public import SluiceModel

/// One time zone: its offsets from Greenwich, and how wall times become instants.
public struct TimeZoneRules: Hashable, Sendable {
    /// The id that Java gives it.
    public let identifier: String
    private let fixedOffsetSeconds: Int

    /// Greenwich time, under the id `UTC`.
    public static let utc = TimeZoneRules(identifier: "UTC", fixedOffsetSeconds: 0)

    /// A zone whose offset never changes.
    public init(identifier: String, fixedOffsetSeconds: Int) {
        self.identifier = identifier
        self.fixedOffsetSeconds = fixedOffsetSeconds
    }

    /// Seconds east of Greenwich at an instant.
    public func offsetSeconds(at instant: Timestamp) -> Int { fixedOffsetSeconds }

    /// The instant of a wall time, given as if it were UTC, as Java's lenient calendar takes it.
    ///
    /// A time inside a gap moves on by the gap's length; a doubled time is the second one, in standard time
    /// (scheduler-xml.md section 7).
    public func instant(ofWallTime wall: Timestamp) -> Timestamp {
        Timestamp(milliseconds: wall.milliseconds - Int64(fixedOffsetSeconds) * 1000)
    }
}
