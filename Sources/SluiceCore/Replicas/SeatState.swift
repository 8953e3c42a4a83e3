public import SluiceModel

/// What the configuration says about a replica's seat.
public struct SeatPolicy: Hashable, Sendable {
    /// How long a renewal lets the replica decide.
    public var lease: Duration

    /// - Parameter lease: Cut to `ReplicaLimits`, and to whole milliseconds.
    public init(lease: Duration = .seconds(3)) {
        let cut = min(max(lease, ReplicaLimits.leaseMin), ReplicaLimits.leaseMax)
        self.lease = .milliseconds(cut.wholeMilliseconds)
    }

    /// Between two renewals.
    public var renewalInterval: Duration { lease / 3 }
    /// After a renewal that failed.
    public var retryInterval: Duration { lease / 12 }
}

/// What a seat is told.
public enum SeatEvent: Hashable, Sendable {
    /// Time passed. - Parameter inFlightCount: Launches let through here that may not have appeared yet.
    case ticked(inFlightCount: Int)
    /// The gate may have changed: renew now.
    case hurried
    /// This replica changed the gate: it is on record, and decides here already.
    case gateApplied(Epoch)
    /// What was asked for under this number was committed, and after that the gate was read.
    case granted(Int64, GateRecord)
    /// A conflict: the seat to join has been taken, by an earlier commit whose answer was lost; or the seat to renew is
    /// not there any more.
    case refused(Int64)
    case failed(Int64, cause: String)
    /// The database is on a newer timeline: it was restored or failed over, and what is known of the gate may be wrong.
    case outdated
    case stopping
    case left
}

/// What a seat wants done, in this order.
public enum SeatEffect: Hashable, Sendable {
    /// Commit the seat; when that has returned, read the gate; then report `.granted` with the seat's renewal number.
    case join(Replica)
    /// Commit the renewal; when that has returned, read the gate; then report `.granted`.
    case renew(ReplicaRenewal)
    /// Decide by this record from now on, before anything else happens here.
    case apply(GateRecord)
    /// The gate may decide up to then.
    case extend(Lease)
    /// The gate may not decide any more.
    case lose(cause: String)
    /// Read the timeline anew before the next commit.
    case readTimeline
    /// Take the seat away: nothing is decided here any more.
    case leave(ReplicaID)
}

/// A replica's seat: joins, renews, and holds the lease without which the gate does not decide (SLU-0007).
///
/// Why it is safe: a renewal whose read of the gate does not show a close was sent before the close's commit returned,
/// so the lease that it gives ends within a lease from that return.
public struct SeatState: Sendable {
    public let policy: SeatPolicy
    public let id: ReplicaID
    public let name: String
    public let version: String
    /// Until when the gate may decide here.
    public private(set) var lease = Lease.none
    /// The newest epoch by which the gate decides here.
    public private(set) var appliedEpoch: Epoch
    private var phase = Phase.outside
    private var inFlightCount = 0
    /// Of the newest call; grows for ever, also from one seat to the next.
    private var number: Int64 = 0
    private var call: Call?
    private var overdueCallCount = 0
    private var nextCallAt: MonotonicTime
    private var mustHurry = false
    /// Why the last call failed.
    private var failure: String?
    /// Whether the next record that is read counts even if its epoch is older.
    private var mustAdopt = false

    private enum Phase: Sendable { case outside, seated, leaving, left }

    private struct Call: Sendable {
        var number: Int64
        /// Read before it was sent: the lease counts from here.
        var begunAt: MonotonicTime
    }

    /// - Parameter appliedEpoch: By which the gate decides once it may.
    public init(
        id: ReplicaID, name: String, version: String, policy: SeatPolicy, appliedEpoch: Epoch, at now: Moment
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.policy = policy
        self.appliedEpoch = appliedEpoch
        nextCallAt = now.monotonic
    }

    /// Whether it has a seat, as far as it knows.
    public var isSeated: Bool { phase == .seated }
    /// Whether it has given its seat up.
    public var hasLeft: Bool { phase == .left }

    /// When a tick is needed next.
    public var wakeAt: MonotonicTime {
        var wake = call.map { $0.begunAt.advanced(by: policy.lease) } ?? nextCallAt
        if case .until(let end) = lease { wake = min(wake, end) }
        return wake
    }

    /// Takes one event and says what is to be done, in this order.
    public mutating func step(_ event: SeatEvent, at now: Moment) -> [SeatEffect] {
        switch event {
        case .ticked(let count):
            inFlightCount = count
            return lapse(at: now) + callIfDue(at: now)
        case .hurried:
            mustHurry = true
            return callIfDue(at: now)
        case .gateApplied(let epoch):
            guard epoch > appliedEpoch else { return [] }
            appliedEpoch = epoch
            mustHurry = true
            return callIfDue(at: now)
        case .granted(let number, let gate):
            guard let call = take(number) else { return [] }
            phase = .seated
            return grant(since: call, gate, at: now)
        case .refused(let number):
            guard take(number) != nil else { return [] }
            if phase == .seated { return rejoin("its seat was taken away", at: now) }
            phase = .seated
            nextCallAt = now.monotonic
            return callIfDue(at: now)
        case .failed(let number, let cause):
            guard take(number) != nil else { return [] }
            failure = cause
            nextCallAt = now.monotonic.advanced(by: policy.retryInterval)
            return lapse(at: now)
        case .outdated:
            guard phase == .outside || phase == .seated else { return [] }
            mustAdopt = true
            return rejoin("the database was restored or failed over", at: now, before: [.readTimeline])
        case .stopping:
            guard phase != .left, phase != .leaving else { return [] }
            let hadSeat = phase == .seated || call != nil
            phase = hadSeat ? .leaving : .left
            return drop("it is stopping") + (hadSeat ? [.leave(id)] : [])
        case .left:
            if phase == .leaving { phase = .left }
            return []
        }
    }

    private mutating func callIfDue(at now: Moment) -> [SeatEffect] {
        if let call {
            guard now.monotonic >= call.begunAt.advanced(by: policy.lease) else { return [] }
            // It can give no lease any more. It may come back at any time; its number says that it is late.
            guard overdueCallCount < ReplicaLimits.overdueCallCountMax else { return [] }
            overdueCallCount += 1
            self.call = nil
        } else if !mustHurry || phase == .outside {
            guard now.monotonic >= nextCallAt else { return [] }
        }
        guard phase == .outside || phase == .seated else { return [] }
        mustHurry = false
        number += 1
        call = Call(number: number, begunAt: now.monotonic)
        guard phase == .outside else {
            return [
                .renew(
                    ReplicaRenewal(
                        id: id, number: number, at: now.wall, confirmedEpoch: appliedEpoch,
                        inFlightCount: inFlightCount))
            ]
        }
        return [
            .join(
                Replica(
                    id: id, name: name, version: version, seatedAt: now.wall, lease: policy.lease, renewal: number,
                    // Not yet: what it decides by is read after it has the seat.
                    confirmedEpoch: Epoch(0), inFlightCount: inFlightCount))
        ]
    }

    /// The call under way, if it is this one and still counts.
    private mutating func take(_ number: Int64) -> Call? {
        guard let found = call, found.number == number, phase == .outside || phase == .seated else {
            overdueCallCount = max(0, overdueCallCount - 1)
            return nil
        }
        call = nil
        return found
    }

    /// The gate's record comes first, then the lease: no decision is made by what was known before.
    private mutating func grant(since call: Call, _ gate: GateRecord, at now: Moment) -> [SeatEffect] {
        failure = nil
        var effects: [SeatEffect] = []
        if gate.epoch > appliedEpoch || mustAdopt {
            appliedEpoch = gate.epoch
            effects.append(.apply(gate))
            // Whoever closed waits for this.
            mustHurry = true
        }
        mustAdopt = false
        nextCallAt = call.begunAt.advanced(by: policy.renewalInterval)
        let end = call.begunAt.advanced(by: Mutant.isActive(.leaseOutstays) ? policy.lease * 4 : policy.lease)
        if end > now.monotonic {
            lease = .until(end)
            effects.append(.extend(lease))
        } else {
            effects += lapse(at: now)
        }
        return effects + callIfDue(at: now)
    }

    /// Says once that the lease has run out.
    private mutating func lapse(at now: Moment) -> [SeatEffect] {
        guard lease != .none, !lease.holds(at: now.monotonic) else { return [] }
        return drop("it could not be renewed in time" + (failure.map { ": \($0)" } ?? ""))
    }

    private mutating func drop(_ cause: String) -> [SeatEffect] {
        guard lease != .none else { return [] }
        lease = .none
        return [.lose(cause: cause)]
    }

    private mutating func rejoin(_ cause: String, at now: Moment, before: [SeatEffect] = []) -> [SeatEffect] {
        phase = .outside
        if call != nil {
            call = nil
            overdueCallCount += 1
        }
        nextCallAt = now.monotonic
        return drop(cause) + before + callIfDue(at: now)
    }
}
