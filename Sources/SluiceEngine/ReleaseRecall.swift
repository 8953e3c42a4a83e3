import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Returns to `held` what a close took the release from, beyond what the close's own commit did (`Recall.countMax`).
///
/// None of these may start: their release is void since the close. This only says so in their state, in commits that
/// keep nobody waiting.
final class ReleaseRecall: Sendable {
    private struct State {
        var gate: GateRecord
        /// The close for which all was looked through.
        var doneEpoch: Epoch?
        var isRecalling = false
    }

    private let state: Mutex<State>
    private let packs: PackShelf
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let onCommitted: @Sendable ([Change]) -> Void

    init(
        gate: GateRecord, packs: PackShelf, store: any Store, clocks: any Clocks, fence: FenceSource,
        onCommitted: @escaping @Sendable ([Change]) -> Void
    ) {
        state = Mutex(State(gate: gate))
        self.packs = packs
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.onCommitted = onCommitted
    }

    func gateChanged(_ gate: GateRecord) { state.withLock { if gate.epoch >= $0.gate.epoch { $0.gate = gate } } }

    /// Looks through what is released, once for each close. Returns at once while it does.
    /// - Throws: `StoreError`; the next call goes on.
    func recallIfDue() async throws {
        let due: GateRecord? = state.withLock { state in
            guard !state.isRecalling, state.doneEpoch != state.gate.closedEpoch, !state.gate.isAllOpen else {
                return nil
            }
            state.isRecalling = true
            return state.gate
        }
        guard let gate = due else { return }
        defer { state.withLock { $0.isRecalling = false } }
        var query = HoldQuery(states: [.released], limit: EngineLimits.recalledHoldCountMax)
        while true {
            let page = try await store.holds(query)
            try await recall(page.holds.filter { isVoid($0, gate) })
            guard let next = page.next else { break }
            query.after = next
        }
        state.withLock { $0.doneEpoch = gate.closedEpoch }
    }

    private func isVoid(_ hold: Hold, _ gate: GateRecord) -> Bool {
        if let epoch = hold.releasedEpoch, epoch >= gate.closedEpoch { return false }
        let pack = packs.inventory[hold.request.flow]?.contentPack
        return !gate.mode(for: hold.request, contentPack: pack).mode.isOpen
    }

    private func recall(_ holds: [Hold]) async throws {
        let now = clocks.now().wall
        let moves = holds.compactMap { hold in
            HoldLife.move(hold, .recalled, at: now, by: .sluice, cause: Recall.cause).map { Change.moveHold($0) }
        }
        guard !moves.isEmpty else { return }
        do {
            try await commit(moves)
        } catch let error as StoreError where error.code == .conflict {
            // Somebody moved one of them: it is left to them.
            for move in moves {
                do {
                    try await commit([move])
                } catch let error as StoreError where error.code == .conflict {
                    continue
                }
            }
        }
    }

    private func commit(_ moves: [Change]) async throws {
        try await store.commit(moves, fence: fence.current)
        onCommitted(moves)
    }
}

extension GateRecord {
    fileprivate var isAllOpen: Bool { whole.mode.isOpen && scopes.allSatisfy(\.mode.isOpen) }
}
