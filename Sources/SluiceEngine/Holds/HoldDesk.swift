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
    let fence: FenceSource
    let minter: Minter
    /// How long an idempotency key is remembered.
    let keyRetention: Duration
    /// Whether an imported hold stands for older ones that somebody waits for, too.
    let coalescesWaitedFor: Bool
    let epoch: @Sendable () -> Epoch
    let onCommitted: @Sendable ([Change]) -> Void

    /// Makes one move, for one hold, on the record with its reason.
    /// - Parameter dropsRepresented: With `discard`: what the hold stands for is dropped with it, instead of coming
    ///   back.
    /// - Throws: `StoreError`.
    public func move(
        _ ticket: Ticket, _ move: Move, by principal: Principal, reason: String, dropsRepresented: Bool = false
    ) async throws -> Outcome {
        let order = Order(move: move, by: principal, reason: reason, dropsRepresented: dropsRepresented)
        return try await carryOut(order, on: ticket, seen: nil)
    }

    /// What is to be done to a hold, by whom and why.
    struct Order: Sendable {
        var move: Move
        var by: Principal
        var reason: String
        var dropsRepresented: Bool
    }

    /// - Parameter seen: The hold as it was read just now; nil: it is read first.
    func carryOut(_ order: Order, on ticket: Ticket, seen: Hold?) async throws -> Outcome {
        let move = order.move
        var seen = seen
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let read = if let seen { seen } else { try await store.hold(ticket) }
            seen = nil
            guard let hold = read else { return .unknownTicket }
            let now = clocks.now().wall
            var update = HoldUpdate()
            if move != .discard {
                update.releasedEpoch = epoch()
                update.retryAt = now
            }
            // A held launch that is released again and again stays released: nothing to do, nothing refused.
            guard
                let change = HoldLife.move(
                    hold, move.happening, at: now, by: order.by, cause: "\(move.rawValue): \(order.reason)",
                    update: update)
            else { return .notPossible(hold) }
            do {
                let changes: [Change] =
                    order.dropsRepresented ? [.moveHold(change)] : HoldLife.changes(change, of: hold)
                try await store.commit(changes, fence: fence.current)
                onCommitted(changes)
                return .moved(hold.applying(change) ?? hold)
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "hold \(ticket) is being changed by others all the time; try again")
    }
}
