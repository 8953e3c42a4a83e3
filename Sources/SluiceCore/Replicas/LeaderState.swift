public import SluiceModel

/// What the configuration says about leading.
public struct LeaderPolicy: Hashable, Sendable {
    /// How long a renewal lets the leader lead; nil: one process has the store alone, and leads as long as it runs.
    public var lease: Duration?

    /// - Parameter lease: Cut to `ReplicaLimits`, and to whole milliseconds.
    public init(lease: Duration? = .seconds(60)) {
        self.lease = lease.map { lease in
            .milliseconds(min(max(lease, ReplicaLimits.leaseMin), ReplicaLimits.leaderLeaseMax).wholeMilliseconds)
        }
    }

    /// Between two renewals: several may fail before the lease is over.
    public var renewalInterval: Duration { (lease ?? .seconds(60)) / 6 }
    /// Between two looks at who leads and who has a seat, and after something failed.
    public var observeInterval: Duration { min((lease ?? .seconds(60)) / 12, .seconds(1)) }
}

/// What the lead is told.
public enum LeaderEvent: Hashable, Sendable {
    /// Time passed. - Parameter isSeated: Whether this replica's seat holds: without it it takes no lead.
    case ticked(isSeated: Bool)
    /// A read of the leader's record and the seats has returned.
    case observed(LeaderRecord?, seats: [Replica])
    case observeFailed
    /// The lead of a term was taken.
    case taken(Int64)
    /// Somebody else took it, or renewed.
    case takeRefused(Int64)
    /// The commit may have come through or not.
    case takeFailed(Int64)
    case renewed(Int64)
    case renewalRefused(Int64)
    case renewalFailed(Int64)
    /// The store refused a write of this term: a newer one is on record.
    case fenced(term: Int64)
    /// All that ran for a term has ended.
    case stopped(term: Int64)
    case stopping
    case resigned
}

/// What the lead wants done, in this order.
public enum LeaderEffect: Hashable, Sendable {
    /// Read the leader's record and the seats; report `.observed`.
    case observe
    case take(LeaderRecord, seen: LeaderRecord.Sight?)
    case renew(LeaderRenewal)
    /// Run what a leader runs, made anew from the store, with this term as fence.
    case lead(term: Int64)
    /// The lease was extended.
    case extend(Lease)
    /// Cancel what runs for this term; report `.stopped`.
    case stepDown(term: Int64, cause: String)
    /// Give the lead up: all that ran for it has ended.
    case resign(term: Int64)
    /// Take a dead replica's seat away, unless it renewed since.
    case removeSeat(Replica)
}

/// Who leads: takes the lead when it is free, renews it, and steps down in time (SLU-0007).
///
/// Why there is one leader at a time: the lead is taken only from a renewal that was seen for longer than its lease,
/// and the store takes it only if it is still that renewal. Why an old leader harms nothing even so: the store refuses
/// its term from the commit on by which the next one took the lead.
public struct LeaderState: Sendable {
    public let policy: LeaderPolicy
    public let id: ReplicaID
    public let name: String
    /// Until when it leads.
    public private(set) var lease = Lease.none
    /// The leader's record as last seen.
    public private(set) var record: LeaderRecord?
    /// The seats as last seen.
    public private(set) var seats: [Replica] = []
    private var role = Role.following
    /// Since when the record has been as it is: a read that showed it first had returned then.
    private var seenSince: MonotonicTime?
    private var watch = SeatWatch()
    private var isObserving = false
    private var nextObserveAt: MonotonicTime
    private var renewal: Call?
    private var renewalNumber: Int64 = 0
    private var nextRenewalAt: MonotonicTime
    private var isStopping = false

    private enum Role: Sendable, Equatable {
        case following
        /// A take is under way, or its outcome is not known. Its lease would count from `begunAt`.
        case taking(term: Int64, begunAt: MonotonicTime, isUnknown: Bool)
        case leading(term: Int64)
        /// What ran for it is being cancelled.
        case ending(term: Int64)
        case resigning(term: Int64)
        case gone
    }

    private struct Call: Sendable {
        var number: Int64
        var begunAt: MonotonicTime
    }

    public init(id: ReplicaID, name: String, policy: LeaderPolicy, at now: Moment) {
        self.id = id
        self.name = name
        self.policy = policy
        nextObserveAt = now.monotonic
        nextRenewalAt = now.monotonic
    }

    /// The term that it leads in; nil when it does not.
    public var term: Int64? { if case .leading(let term) = role { term } else { nil } }
    /// Why nobody leads just now, for people; nil: this one does, or another that has renewed lately.
    public func absence(at now: Moment) -> String? {
        if term != nil { return nil }
        guard let record, let holder = record.holder, holder != id, let seenSince else {
            return "no replica leads yet"
        }
        let silence = now.monotonic.since(seenSince)
        guard silence > record.lease / 2 else { return nil }
        return "replica \(record.name), which leads, has not been heard of for \(silence.components.seconds) s; "
            + "another takes over \(record.lease.words) after it was"
    }

    /// Whether it has nothing to do with the lead any more.
    public var isGone: Bool { role == .gone }

    /// Takes one event and says what is to be done, in this order.
    public mutating func step(_ event: LeaderEvent, at now: Moment) -> [LeaderEffect] {
        switch event {
        case .ticked(let isSeated): return ticked(isSeated: isSeated, at: now)
        case .observed(let record, let seats): return observed(record, seats, at: now)
        case .observeFailed:
            isObserving = false
            return []
        case .taken(let term):
            guard case .taking(term, let begunAt, _) = role else { return [] }
            return begin(term, since: begunAt, at: now)
        case .takeRefused(let term):
            guard case .taking(term, _, _) = role else { return [] }
            role = isStopping ? .gone : .following
            return []
        case .takeFailed(let term):
            guard case .taking(term, let begunAt, _) = role else { return [] }
            role = .taking(term: term, begunAt: begunAt, isUnknown: true)
            nextObserveAt = now.monotonic.advanced(by: policy.observeInterval)
            return []
        case .renewed(let number):
            guard let call = renewal, call.number == number else { return [] }
            renewal = nil
            guard case .leading = role, let length = policy.lease else { return [] }
            nextRenewalAt = call.begunAt.advanced(by: policy.renewalInterval)
            lease = .until(call.begunAt.advanced(by: length))
            return [.extend(lease)] + stepDownIfOver(at: now)
        case .renewalRefused(let number):
            guard renewal?.number == number else { return [] }
            renewal = nil
            return stepDown("another replica took the lead")
        case .renewalFailed(let number):
            guard renewal?.number == number else { return [] }
            renewal = nil
            nextRenewalAt = now.monotonic.advanced(by: policy.observeInterval)
            return stepDownIfOver(at: now)
        case .fenced(let term):
            guard case .leading(term) = role else { return [] }
            return stepDown("the store has a newer leader or timeline")
        case .stopped(let term):
            guard case .ending(term) = role else { return [] }
            // What it did is over, so nobody need wait for its lease. Whoever leads by now is not touched.
            role = .resigning(term: term)
            return [.resign(term: term)]
        case .resigned:
            guard case .resigning = role else { return [] }
            role = isStopping ? .gone : .following
            nextObserveAt = now.monotonic
            return []
        case .stopping:
            isStopping = true
            switch role {
            case .following: role = .gone
            case .leading: return stepDown("it is stopping")
            case .taking(_, _, let isUnknown): if isUnknown { role = .gone }
            case .ending, .resigning, .gone: break
            }
            return []
        }
    }

    private mutating func ticked(isSeated: Bool, at now: Moment) -> [LeaderEffect] {
        var effects = stepDownIfOver(at: now)
        effects += renewIfDue(at: now)
        effects += takeIfFree(isSeated: isSeated, at: now)
        if !isObserving, !isStopping, now.monotonic >= nextObserveAt {
            isObserving = true
            nextObserveAt = now.monotonic.advanced(by: policy.observeInterval)
            effects.append(.observe)
        }
        return effects
    }

    private mutating func observed(
        _ found: LeaderRecord?, _ seats: [Replica], at now: Moment
    ) -> [LeaderEffect] {
        isObserving = false
        if seenSince == nil || found?.sight != record?.sight || found?.holder != record?.holder {
            seenSince = now.monotonic
        }
        record = found
        self.seats = seats
        let dead = watch.observe(seats, own: id, at: now.monotonic)
        switch role {
        case .taking(let term, let begunAt, true):
            // Ours is on record after all, or was not written, or somebody else's came first.
            guard found?.holder == id, found?.term == term else {
                role = .following
                return []
            }
            return begin(term, since: begunAt, at: now)
        case .leading(let term):
            if let found, found.term > term { return stepDown("replica \(found.name) took the lead") }
            return dead.map { .removeSeat($0) }
        case .following, .taking, .ending, .resigning, .gone: return []
        }
    }

    private mutating func takeIfFree(isSeated: Bool, at now: Moment) -> [LeaderEffect] {
        guard case .following = role, isSeated, !isStopping, let seenSince else { return [] }
        // What was led here before has ended, or this replica would not follow.
        if let record, record.holder != nil, record.holder != id, policy.lease != nil,
            !Mutant.isActive(.leadTakenEarly)
        {
            guard now.monotonic >= seenSince.advanced(by: ReplicaLimits.asSeenByOthers(record.lease)) else { return [] }
        }
        let term = (record?.term ?? 0) + 1
        role = .taking(term: term, begunAt: now.monotonic, isUnknown: false)
        let taken = LeaderRecord(
            term: term, holder: id, name: name, since: now.wall, lease: policy.lease ?? ReplicaLimits.leaderLeaseMax)
        return [.take(taken, seen: record?.sight)]
    }

    private mutating func begin(_ term: Int64, since begunAt: MonotonicTime, at now: Moment) -> [LeaderEffect] {
        renewal = nil
        renewalNumber = 0
        lease = policy.lease.map { .until(begunAt.advanced(by: $0)) } ?? .unending
        guard !isStopping, lease.holds(at: now.monotonic) else {
            lease = .none
            role = .resigning(term: term)
            return [.resign(term: term)]
        }
        role = .leading(term: term)
        nextRenewalAt = begunAt.advanced(by: policy.renewalInterval)
        return [.extend(lease), .lead(term: term)]
    }

    private mutating func renewIfDue(at now: Moment) -> [LeaderEffect] {
        guard case .leading(let term) = role, let length = policy.lease else { return [] }
        if let renewal {
            // One that hangs is given up after a while; its number says that it is late.
            guard now.monotonic >= renewal.begunAt.advanced(by: length / 3) else { return [] }
        } else {
            guard now.monotonic >= nextRenewalAt else { return [] }
        }
        renewalNumber += 1
        renewal = Call(number: renewalNumber, begunAt: now.monotonic)
        return [.renew(LeaderRenewal(term: term, holder: id, number: renewalNumber, at: now.wall))]
    }

    private mutating func stepDownIfOver(at now: Moment) -> [LeaderEffect] {
        guard case .leading = role, !lease.holds(at: now.monotonic) else { return [] }
        return stepDown("its lead could not be renewed in time")
    }

    private mutating func stepDown(_ cause: String) -> [LeaderEffect] {
        guard case .leading(let term) = role else { return [] }
        lease = .none
        renewal = nil
        role = .ending(term: term)
        return [.stepDown(term: term, cause: cause)]
    }
}
