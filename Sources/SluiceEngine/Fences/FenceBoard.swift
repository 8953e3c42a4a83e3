public import SluiceModel
import Synchronization

/// How each system's fence stands now: what `/v1/authorize` answers from, without the store.
///
/// The maintenance sets it, after it has journalled what it is about to do; each replica has a board of its own. Until
/// `load` nothing is known, and a fence then keeps to the last answer it had: a Sluice that comes back after a crash in
/// the middle of a maintenance must not open a fence by chance.
public final class FenceBoard: Sendable {
    private struct State {
        var standings: [FencedSystem: FenceStanding] = [:]
        var isLoaded = false
        /// When a proxy asked about a system last, here.
        var askedAt: [FencedSystem: MonotonicTime] = [:]

        func standing(of system: FencedSystem) -> FenceStanding? {
            standings[system] ?? (isLoaded ? FenceStanding(system: system, state: .open) : nil)
        }
    }

    private let state = Mutex(State())
    /// Whether other replicas answer, too: they read the phase from the store.
    let isShared: Bool

    private let keptFor: Duration

    /// - Parameter keptFor: How long a proxy goes by its last answer while nobody answers it.
    public init(isShared: Bool = false, keptFor: Duration = .zero) {
        self.isShared = isShared
        self.keptFor = keptFor
    }

    /// Starts from what is durable: systems that it does not name are open.
    public func load(_ standings: [FenceStanding]) {
        state.withLock { state in
            state.standings = standings.reduce(into: [:]) { $0[$1.system] = $1 }
            state.isLoaded = true
        }
    }

    /// In force for every question that comes after this returns.
    ///
    /// A proxy may go by an answer that it got before for `answerKept`; only after that is nothing new under way.
    public func set(_ system: FencedSystem, _ state: FenceState, reason: String, expectedEnd: Timestamp?) {
        let standing = FenceStanding(system: system, state: state, reason: reason, expectedEnd: expectedEnd)
        self.state.withLock { $0.standings[system] = standing }
    }

    /// Sets what nobody works on to what a record says.
    /// - Returns: Whether one of them was open until now.
    func hold(_ standings: [FenceStanding]) -> Bool {
        state.withLock { state in
            var wasOpen = false
            for standing in standings where state.standings[standing.system]?.state != standing.state {
                wasOpen = wasOpen || (state.standings[standing.system]?.state ?? .open) == .open
                state.standings[standing.system] = standing
            }
            return wasOpen
        }
    }

    /// Takes over reason and end of a standing, where the fence stands so: a person gave a maintenance more time.
    public func refresh(_ standing: FenceStanding) {
        state.withLock { state in
            guard state.standings[standing.system]?.state == standing.state else { return }
            state.standings[standing.system] = standing
        }
    }

    /// How a system's fence stands; nil when that is not known yet.
    public func standing(of system: FencedSystem) -> FenceStanding? {
        state.withLock { $0.standing(of: system) }
    }

    /// The same for a proxy that asks; that one did is remembered.
    public func answer(of system: FencedSystem, at now: MonotonicTime) -> FenceStanding? {
        state.withLock { state in
            state.askedAt[system] = now
            return state.standing(of: system)
        }
    }

    /// Whether a proxy has asked about a system within `askedWithin`: else perhaps none stands there.
    func wasAsked(about system: FencedSystem, at now: MonotonicTime) -> Bool {
        state.withLock { $0.askedAt[system].map { now.since($0) <= Self.askedWithin } ?? false }
    }

    /// nginx asks with the requests that come, HAProxy all the time; within so long somebody looks at CSA.
    static let askedWithin: Duration = .seconds(900)

    /// After that a state is in force at each replica, and each proxy knows it.
    var followedAfter: Duration {
        Self.answerKept + (isShared ? EngineLimits.maintenanceReloadInterval * 2 : .zero)
    }

    /// After that a fence that was open is closed whatever happens to Sluice: a proxy that has not asked since goes by
    /// "open" when nobody answers it, and nginx, whose cache on disk never holds a refusal, does so again after its own
    /// restart.
    var closedAfter: Duration { followedAfter + keptFor }

    /// How long a proxy may keep an answer while Sluice is there: nginx's shortest, and three checks of HAProxy.
    public static let answerKept: Duration = .seconds(2)
}
