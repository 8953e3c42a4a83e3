/// A place in release order: by priority from high to low, then by arrival.
public struct ReleasePlace: Hashable, Sendable {
    public var priority: Priority
    /// As the store counts arrivals.
    public var arrival: Int64

    public init(priority: Priority, arrival: Int64) {
        self.priority = priority
        self.arrival = arrival
    }
}
