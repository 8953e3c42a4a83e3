import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Closes and opens the fences by what `/v1/authorize` answers; a proxy follows within `FenceBoard.answerKept`.
final class FenceWorker: MaintenanceWorker {
    private let board: FenceBoard
    private let systems: Set<FencedSystem>
    private let clocks: any Clocks
    /// Other replicas read the phase from the store.
    private let followDuration: Duration
    /// Since when each fence stands as it does here.
    private let setAt = Mutex<[FencedSystem: (state: FenceState, at: MonotonicTime)]>([:])

    init(board: FenceBoard, systems: Set<FencedSystem>, isShared: Bool, clocks: any Clocks) {
        self.board = board
        self.systems = systems
        self.clocks = clocks
        followDuration = isShared ? EngineLimits.maintenanceReloadInterval * 2 : .zero
    }

    var parts: Set<MaintenancePart> {
        Set(MaintenancePart.allCases.filter { MaintenanceFences.system(of: $0).map(systems.contains) ?? false })
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        guard let system = MaintenanceFences.system(of: wish.part) else {
            return PartReport(.init(goal: wish.goal, isReached: true))
        }
        let state = MaintenanceFences.state(for: wish.goal, of: system, record.plan)
        let standing = MaintenanceFences.standing(of: system, state, record)
        board.set(system, state, reason: standing.reason, expectedEnd: standing.expectedEnd)
        let now = clocks.now().monotonic
        let since = setAt.withLock { setAt in
            if let known = setAt[system], known.state == state { return known.at }
            setAt[system] = (state, now)
            return now
        }
        // What opens need not be waited for.
        let isInForce = state == .open || now.since(since) >= FenceBoard.answerKept + followDuration
        return PartReport(.init(goal: wish.goal, isReached: isInForce))
    }
}
