/// One process of Sluice while it runs, named anew at each start: a process that comes back is another replica.
public struct ReplicaID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A replica's seat: the row by which the others know that it may be answering.
///
/// As long as its seat is there and its renewal number goes on, a close waits for it (SLU-0007).
public struct Replica: Hashable, Sendable {
    public var id: ReplicaID
    /// What people call it: the host's name, or `replicas.name`. Not unique.
    public var name: String
    /// Sluice's version, for rolling upgrades.
    public var version: String
    /// On its own wall clock.
    public var seatedAt: Timestamp
    /// How long a renewal lets it decide, on its own continuous clock from before the renewal was sent. Whole
    /// milliseconds.
    public var lease: Duration
    /// Counts its renewals; 0 when it has just taken its seat.
    public var renewal: Int64
    /// Of the last renewal, on its own wall clock: for people, never compared with another's clock.
    public var renewedAt: Timestamp
    /// The newest epoch of the gate by which it decides, as it said with its last renewal.
    public var confirmedEpoch: Epoch
    /// Launches that it let through and whose start window had not passed, as it said with its last renewal.
    public var inFlightCount: Int

    public init(
        id: ReplicaID, name: String, version: String, seatedAt: Timestamp, lease: Duration, renewal: Int64 = 0,
        confirmedEpoch: Epoch = Epoch(0), inFlightCount: Int = 0
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.seatedAt = seatedAt
        self.lease = lease
        self.renewal = renewal
        renewedAt = seatedAt
        self.confirmedEpoch = confirmedEpoch
        self.inFlightCount = inFlightCount
    }

    /// This seat after a renewal; nil when the renewal is another's or is not newer than the last one.
    public func applying(_ renewal: ReplicaRenewal) -> Replica? {
        guard renewal.id == id, renewal.number > self.renewal else { return nil }
        var renewed = self
        renewed.renewal = renewal.number
        renewed.renewedAt = renewal.at
        renewed.confirmedEpoch = renewal.confirmedEpoch
        renewed.inFlightCount = renewal.inFlightCount
        return renewed
    }
}

/// What a replica says when it renews its seat.
public struct ReplicaRenewal: Hashable, Sendable {
    public var id: ReplicaID
    /// Grows with each one that is sent, whether or not the one before came through.
    public var number: Int64
    public var at: Timestamp
    /// The epoch by which it decides already.
    public var confirmedEpoch: Epoch
    public var inFlightCount: Int

    public init(id: ReplicaID, number: Int64, at: Timestamp, confirmedEpoch: Epoch, inFlightCount: Int) {
        self.id = id
        self.number = number
        self.at = at
        self.confirmedEpoch = confirmedEpoch
        self.inFlightCount = inFlightCount
    }
}

/// Who leads: one of the replicas runs the release, the windows and whatever must not be done twice.
public struct LeaderRecord: Hashable, Sendable {
    /// Counts the leaders; the fence of a leader's writes names it.
    public var term: Int64
    /// nil: it resigned, and anyone may take the lead at once.
    public var holder: ReplicaID?
    /// The holder's name for people, also after it resigned.
    public var name: String
    /// Since when it leads, or when it resigned; on its own wall clock.
    public var since: Timestamp
    /// How long a renewal lets it lead, on its own continuous clock from before the renewal was sent. Whole
    /// milliseconds.
    public var lease: Duration
    /// Counts its renewals; 0 when it has just taken the lead.
    public var renewal: Int64
    /// Of the last renewal, on the holder's wall clock: for people.
    public var renewedAt: Timestamp

    public init(
        term: Int64, holder: ReplicaID?, name: String, since: Timestamp, lease: Duration, renewal: Int64 = 0
    ) {
        self.term = term
        self.holder = holder
        self.name = name
        self.since = since
        self.lease = lease
        self.renewal = renewal
        renewedAt = since
    }

    /// What a candidate has seen of it: if it is still so, nobody renewed or took over meanwhile.
    public struct Sight: Hashable, Sendable {
        public var term: Int64
        public var renewal: Int64

        public init(term: Int64, renewal: Int64) {
            self.term = term
            self.renewal = renewal
        }
    }

    public var sight: Sight { Sight(term: term, renewal: renewal) }

    /// This record after a renewal; nil when another leads, it resigned, or the renewal is not newer than the last.
    public func applying(_ renewal: LeaderRenewal) -> LeaderRecord? {
        guard renewal.term == term, renewal.holder == holder, renewal.number > self.renewal else { return nil }
        var renewed = self
        renewed.renewal = renewal.number
        renewed.renewedAt = renewal.at
        return renewed
    }

    /// This record after its holder resigned; nil when it does not lead.
    public func resigned(by holder: ReplicaID, term: Int64, at now: Timestamp) -> LeaderRecord? {
        guard self.holder == holder, self.term == term else { return nil }
        var resigned = self
        resigned.holder = nil
        resigned.since = now
        return resigned
    }
}

/// What a leader says when it renews its lead.
public struct LeaderRenewal: Hashable, Sendable {
    public var term: Int64
    public var holder: ReplicaID
    /// Grows with each one that is sent, whether or not the one before came through.
    public var number: Int64
    public var at: Timestamp

    public init(term: Int64, holder: ReplicaID, number: Int64, at: Timestamp) {
        self.term = term
        self.holder = holder
        self.number = number
        self.at = at
    }
}

/// Who writes. A store refuses a commit whose fence is older than its mark.
public struct Fence: Hashable, Sendable {
    /// Grows when the database was restored or failed over; read with `Store.timeline()`.
    public var timeline: Int64
    /// The leader's term. nil: what any replica may write, such as a decision of the gate or an operator's order; only
    /// the timeline is checked then.
    public var term: Int64?

    public init(timeline: Int64, term: Int64? = nil) {
        self.timeline = timeline
        self.term = term
    }
}

/// The newest that a store knows of timelines and terms.
public struct FenceMark: Hashable, Sendable {
    public var timeline: Int64
    /// Of the newest leader, from the moment it took the lead.
    public var term: Int64

    public init(timeline: Int64, term: Int64) {
        self.timeline = timeline
        self.term = term
    }

    /// Of a store that no leader has written to.
    public static let fresh = FenceMark(timeline: 1, term: 0)

    /// The mark after a commit with a fence; nil when the fence is older and the commit must be refused.
    ///
    /// A newer timeline counts more than any term.
    public func accepting(_ fence: Fence) -> FenceMark? {
        guard fence.timeline >= timeline else { return nil }
        guard fence.timeline == timeline else {
            return FenceMark(timeline: fence.timeline, term: fence.term ?? term)
        }
        guard let term = fence.term else { return self }
        return term < self.term ? nil : FenceMark(timeline: timeline, term: term)
    }
}

extension Fence: CustomStringConvertible {
    /// `timeline.term`, or the timeline alone.
    public var description: String { term.map { "\(timeline).\($0)" } ?? "\(timeline)" }
}

extension FenceMark: CustomStringConvertible {
    public var description: String { "\(timeline).\(term)" }
}
