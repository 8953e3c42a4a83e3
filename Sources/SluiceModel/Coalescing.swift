/// That a hold stands for the older ones with its coalesce key, from its arrival on (product.md, "Coalescing").
public struct Coalescing: Hashable, Sendable {
    /// The hold that stands for the others.
    public var representative: Ticket
    /// The key of all of them.
    public var key: CoalesceKey
    /// Whether it stands also for holds that somebody waits for (`Hold.isWaitedFor`).
    public var includesWaitedFor: Bool
    public var at: Timestamp
    public var by: Principal

    /// Most holds that one arrival ends; those that are left are for the next arrival with the key.
    public static let countMax = 1000
    /// Most holds that are followed, one standing for the other, to the one that stands for all: a pool's
    /// synchronisation each minute for a week.
    public static let chainCountMax = 10_000

    public init(representative: Ticket, key: CoalesceKey, includesWaitedFor: Bool, at: Timestamp, by: Principal) {
        self.representative = representative
        self.key = key
        self.includesWaitedFor = includesWaitedFor
        self.at = at
        self.by = by
    }

    /// Why a hold ends as `coalesced`.
    public var cause: String { "hold \(representative), the newer one with coalesce key \(key), stands for it" }
}

/// That a hold ended in failure: the newest of those that it stood for takes its place.
public struct Succession: Hashable, Sendable {
    /// The hold that failed.
    public var of: Ticket
    /// Its coalesce key.
    public var key: CoalesceKey
    /// Whether a misfire policy ended it: what decided about it decides about the other missed times of its schedule
    /// alike, so those do not come back.
    public var passesOverItsSchedule: Bool
    public var at: Timestamp
    public var by: Principal

    /// Most missed times of its schedule that are passed over.
    public static let passedOverCountMax = 10_000

    public init(of ticket: Ticket, key: CoalesceKey, passesOverItsSchedule: Bool = false, at: Timestamp, by: Principal)
    {
        of = ticket
        self.key = key
        self.passesOverItsSchedule = passesOverItsSchedule
        self.at = at
        self.by = by
    }

    /// Why a hold comes back.
    public func cause(_ state: HoldState) -> String {
        "hold \(of), which stood for it, \(state == .ended ? "did not end well" : "is \(state.rawValue)")"
    }
}

extension Hold {
    /// Whether somebody waits for its launch: its caller, or a process of CSA.
    public var isWaitedFor: Bool { request.launcher == .caller || request.csaProcessID != nil }

    /// Whether this hold may stand for another: newer, of the same coalesce key, and able to start as early.
    ///
    /// One that its caller launches stands for none: whether its caller comes is not ours to say.
    public func mayStand(for other: Hold, at now: Timestamp) -> Bool {
        guard let key = request.coalesceKey, key == other.request.coalesceKey, request.launcher == .sluice,
            arrival > other.arrival
        else { return false }
        guard let notBefore = request.notBefore, notBefore > now else { return true }
        return other.request.notBefore.map { notBefore <= $0 } ?? false
    }

    /// Whether both are missed times of one schedule, asked for by the same asker for the same flow.
    public func isMissedTime(ofScheduleOf other: Hold) -> Bool {
        isMissedTime && request.scheduleID == other.request.scheduleID && principal == other.principal
            && request.flow == other.request.flow
    }
}

extension HoldMove {
    /// Whether it ends the hold without its work done well.
    public var endsInFailure: Bool {
        switch to {
        case .expired, .discarded: true
        case .ended: update.result?.isWell != true
        case .held, .released, .launching, .running, .coalesced, .superseded, .awaitingOperator: false
        }
    }
}
