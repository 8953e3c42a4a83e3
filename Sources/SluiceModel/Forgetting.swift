/// Which holds are to be deleted because their retention is over.
public struct Forgetting: Hashable, Sendable {
    /// Those that do not, or no longer, qualify stay.
    public var tickets: [Ticket]
    /// They came to their end before this.
    public var endedBefore: Timestamp
    public var at: Timestamp
    public var by: Principal

    /// The kind of the event that says how many were deleted.
    public static let eventKind = "holds-forgotten"

    public init(tickets: [Ticket], endedBefore: Timestamp, at: Timestamp, by: Principal) {
        self.tickets = tickets
        self.endedBefore = endedBefore
        self.at = at
        self.by = by
    }

    /// That event's text.
    public func eventText(count: Int) -> String {
        "\(count) holds that ended before \(endedBefore) were deleted: their retention is over (holds.retentionDays)"
    }
}
