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
    }

    private let state = Mutex(State())

    public init() {}

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

    /// How a system's fence stands; nil when that is not known yet.
    public func standing(of system: FencedSystem) -> FenceStanding? {
        state.withLock { state in
            state.standings[system] ?? (state.isLoaded ? FenceStanding(system: system, state: .open) : nil)
        }
    }

    /// How long a proxy may keep an answer while Sluice is there: nginx's shortest, and three checks of HAProxy.
    public static let answerKept: Duration = .seconds(2)
}
