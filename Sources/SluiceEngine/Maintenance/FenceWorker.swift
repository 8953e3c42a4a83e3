import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Closes and opens the fences by what `/v1/authorize` answers; a proxy follows within `FenceBoard.answerKept`.
final class FenceWorker: MaintenanceWorker {
    private let board: FenceBoard
    private let systems: Set<FencedSystem>
    private let clocks: any Clocks
    /// Since when each fence stands as it does here.
    private let setAt = Mutex<[FencedSystem: (state: FenceState, at: MonotonicTime)]>([:])

    init(board: FenceBoard, systems: Set<FencedSystem>, clocks: any Clocks) {
        self.board = board
        self.systems = systems
        self.clocks = clocks
    }

    var parts: Set<MaintenancePart> {
        Set(MaintenancePart.allCases.filter { MaintenanceFences.system(of: $0).map(systems.contains) ?? false })
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        guard let system = MaintenanceFences.system(of: wish.part) else {
            return PartReport(.init(goal: wish.goal, isReached: true))
        }
        let state = MaintenanceFences.state(for: wish.goal, of: system, record)
        let standing = MaintenanceFences.standing(of: system, state, record)
        board.set(system, state, reason: standing.reason, expectedEnd: standing.expectedEnd)
        let now = clocks.now().monotonic
        let since = setAt.withLock { setAt in
            if let known = setAt[system], known.state == state { return known.at }
            setAt[system] = (state, now)
            return now
        }
        let isInForce =
            switch state {
            // What opens need not be waited for.
            case .open: true
            case .draining: now.since(since) >= board.closedAfter
            // It was draining before.
            case .closed: now.since(since) >= board.followedAfter
            }
        return PartReport(.init(goal: wish.goal, isReached: isInForce))
    }

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        let now = clocks.now().monotonic
        return MaintenancePart.allCases.compactMap { part in
            guard let system = MaintenanceFences.system(of: part), MaintenanceRules.isPart(part, of: plan) else {
                return nil
            }
            guard systems.contains(system) else { return missing(system, part) }
            return board.wasAsked(about: system, at: now) ? nil : notAsked(system, part)
        }
    }

    /// By which doors new work comes in where no fence is (csa-api.md section 10).
    private func missing(_ system: FencedSystem, _ part: MaintenancePart) -> PreflightFinding {
        let doors =
            switch system {
            case .csa:
                "orders in the shared catalog, changes, cancellations, user operations, delegated approvals, resuming "
                    + "and CSA's API stay open, whatever its policies say"
            case .portal: "orders, changes, cancellations and approvals come in by it"
            case .central: "starts, schedules and resuming stay open for everybody who reaches it past the facade"
            }
        return PreflightFinding(
            .warning, "fence-missing", part, "no fence stands in front of \(system.title): \(doors)",
            remedy: "name it in fence.\(system.rawValue)Listen and install what sluice fence nginx or haproxy writes, "
                + "or keep everybody away from it by other means")
    }

    private func notAsked(_ system: FencedSystem, _ part: MaintenancePart) -> PreflightFinding {
        let text =
            "no proxy has asked here about the fence of \(system.title) "
            + "for \(FenceBoard.askedWithin.components.seconds / 60) min"
        // It may have asked another replica.
        guard !board.isShared else { return PreflightFinding(.note, "fence-not-asked", part, text) }
        return PreflightFinding(
            .warning, "fence-not-asked", part, "\(text): perhaps none stands there",
            remedy: "look at it through the proxy once and try again; if it says so still, install what sluice fence "
                + "nginx or haproxy writes, and reload the proxy")
    }
}

extension FencedSystem {
    /// For operators.
    fileprivate var title: String {
        switch self {
        case .csa: "CSA"
        case .portal: "CSA's portal"
        case .central: "Central"
        }
    }
}
