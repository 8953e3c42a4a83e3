public import SluiceModel

/// Finds the seats whose replica is gone: their renewal number has not changed for longer than their lease.
public struct SeatWatch: Sendable {
    private struct Sight: Sendable {
        var replica: Replica
        /// When a read that showed this renewal first had returned.
        var since: MonotonicTime
    }

    private var sights: [Sight] = []

    public init() {}

    /// Takes what a read showed.
    /// - Parameter now: When the read had returned.
    /// - Returns: Seats to remove, each as it was seen.
    public mutating func observe(_ seats: [Replica], own: ReplicaID, at now: MonotonicTime) -> [Replica] {
        sights = seats.filter { $0.id != own }.map { replica in
            let known = sights.first { $0.replica.id == replica.id && $0.replica.renewal == replica.renewal }
            return Sight(replica: replica, since: known?.since ?? now)
        }
        return sights.filter { now >= $0.since.advanced(by: ReplicaLimits.asSeenByOthers($0.replica.lease)) }
            .map(\.replica)
    }
}
