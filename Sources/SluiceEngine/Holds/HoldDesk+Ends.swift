import SluiceCore
public import SluiceModel
import SluicePorts

extension HoldDesk {
    /// Puts on record that what a caller was let through with a ticket has ended, and how. Does nothing for a hold of
    /// somebody else, one that was not let through, and one that has ended: so it may be reported again.
    /// - Throws: `StoreError`.
    public func callerEnded(_ ticket: Ticket, _ result: LaunchResult, by principal: Principal) async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            guard let hold = try await store.hold(ticket), hold.request.launcher == .caller,
                hold.principal == principal, hold.state == .launching || hold.state == .running
            else { return }
            var update = HoldUpdate()
            update.result = result
            let move = HoldLife.move(
                hold, .ended, at: clocks.now().wall, by: principal,
                cause: "its caller reports its end: \(result.rawValue)", update: update)
            guard let move else { return }
            do {
                let changes = HoldLife.changes(move, of: hold)
                try await store.commit(changes, fence: fence.current)
                return onCommitted(changes)
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "hold \(ticket) is being changed by others all the time; report its end again")
    }
}
