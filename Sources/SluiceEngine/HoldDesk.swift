import SluiceCore
public import SluiceModel
import SluicePorts

/// An operator's moves on single holds.
public struct HoldDesk: Sendable {
    /// What an operator may do to a hold.
    public enum Move: String, Sendable, CaseIterable {
        /// Let it start now, whatever the mode.
        case release
        /// Drop it for good.
        case discard
        /// Try one that awaits the operator once more.
        case retry

        var happening: HoldHappening {
            switch self {
            case .release: .released
            case .discard: .discarded
            case .retry: .retried
            }
        }
    }

    /// What became of a move.
    public enum Outcome: Sendable {
        case moved(Hold)
        case unknownTicket
        /// Its state does not allow it; this is how it stands.
        case notPossible(Hold)
    }

    let store: any Store
    let clocks: any Clocks
    let fence: Fence
    let minter: Minter
    /// How long an idempotency key is remembered.
    let keyRetention: Duration
    let epoch: @Sendable () -> Epoch
    let onCommitted: @Sendable ([Change]) -> Void

    /// Makes one move, for one hold, on the record with its reason.
    /// - Throws: `StoreError`.
    public func move(_ ticket: Ticket, _ move: Move, by principal: Principal, reason: String) async throws -> Outcome {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            guard let hold = try await store.hold(ticket) else { return .unknownTicket }
            let now = clocks.now().wall
            var update = HoldUpdate()
            if move != .discard {
                update.releasedEpoch = epoch()
                update.retryAt = now
            }
            // A held launch that is released again and again stays released: nothing to do, nothing refused.
            guard
                let change = HoldLife.move(
                    hold, move.happening, at: now, by: principal, cause: "\(move.rawValue): \(reason)", update: update)
            else { return .notPossible(hold) }
            do {
                try await store.commit([.moveHold(change)], fence: fence)
                onCommitted([.moveHold(change)])
                return .moved(hold.applying(change) ?? hold)
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "hold \(ticket) is being changed by others all the time; try again")
    }
}
