public import SluiceModel

/// How many launches one replica let through that may not have appeared yet.
public struct InFlightPart: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// As it says itself, or said with its last renewal.
        case told
        /// It has not been seen to renew its seat for longer than its lease: it may have let more through than it said.
        case silent
        /// Its seat is gone: whatever it let through last may still appear until then.
        case lost(until: MonotonicTime)
        /// The seats were not read for a while: a replica may have come and gone.
        case unseen(until: MonotonicTime)
    }

    /// The replica's name.
    public var name: String
    public var count: Int
    public var source: Source

    public init(name: String, count: Int, source: Source) {
        self.name = name
        self.count = count
        self.source = source
    }
}

/// Remembers what the other replicas let through, those that are gone among them.
///
/// A seat says how many launches were in flight when it was last renewed. When it goes, by its own word or because its
/// replica died, what that replica let through since is not known, so at least one launch counts for one whole start
/// window (product.md, "Closed means closed"). Each replica watches for itself, from when it was started; what was
/// before is in its own gate's count, which begins with one after a restart.
public struct InFlightOthers: Sendable {
    private struct Sight: Sendable {
        var replica: Replica
        /// When a read that showed this renewal first had returned.
        var since: MonotonicTime
    }

    private struct Loss: Sendable {
        var id: ReplicaID?
        var part: InFlightPart
        var until: MonotonicTime
    }

    private let own: ReplicaID
    private let window: Duration
    private var sights: [Sight] = []
    private var losses: [Loss] = []
    private var observedAt: MonotonicTime?

    /// - Parameter window: The start window.
    public init(own: ReplicaID, window: Duration) {
        self.own = own
        self.window = window
    }

    /// Takes what a read of the seats showed.
    /// - Parameter now: When the read had returned.
    public mutating func observe(_ seats: [Replica], at now: MonotonicTime) {
        let end = now.advanced(by: window)
        losses.removeAll { $0.until <= now }
        if let observedAt, now.since(observedAt) > ReplicaLimits.unseenDurationMax {
            let part = InFlightPart(name: "a replica that was not seen", count: 1, source: .unseen(until: end))
            losses.removeAll { $0.id == nil }
            losses.append(Loss(id: nil, part: part, until: end))
        }
        for sight in sights where !seats.contains(where: { $0.id == sight.replica.id }) {
            let count = max(1, sight.replica.inFlightCount)
            let part = InFlightPart(name: sight.replica.name, count: count, source: .lost(until: end))
            losses.append(Loss(id: sight.replica.id, part: part, until: end))
        }
        // An older read may come in after a newer one.
        losses.removeAll { loss in loss.id.map { id in seats.contains { $0.id == id } } ?? false }
        if losses.count > ReplicaLimits.lostCountMax { losses.removeFirst(losses.count - ReplicaLimits.lostCountMax) }
        sights = seats.filter { $0.id != own }.map { replica in
            let known = sights.first { $0.replica.id == replica.id && $0.replica.renewal == replica.renewal }
            return Sight(replica: replica, since: known?.since ?? now)
        }
        observedAt = now
    }

    /// Of each other replica, those that are gone last; none with a count of zero.
    public func parts(at now: MonotonicTime) -> [InFlightPart] {
        let seated = sights.map { sight in
            let isSilent = now.since(sight.since) > ReplicaLimits.silence(sight.replica.lease)
            let count = sight.replica.inFlightCount
            return InFlightPart(
                name: sight.replica.name, count: isSilent ? max(1, count) : count, source: isSilent ? .silent : .told)
        }
        return seated.filter { $0.count > 0 } + losses.filter { $0.until > now }.map(\.part)
    }

    /// How many there are altogether.
    public func count(at now: MonotonicTime) -> Int { parts(at: now).reduce(0) { $0 + $1.count } }

    /// Of those replicas alone whose seats are gone.
    public func lostCount(at now: MonotonicTime) -> Int {
        losses.reduce(0) { $1.until > now ? $0 + $1.part.count : $0 }
    }

    /// For how long the seats were not read; nil: they never were.
    public func age(at now: MonotonicTime) -> Duration? { observedAt.map { now.since($0) } }
}
