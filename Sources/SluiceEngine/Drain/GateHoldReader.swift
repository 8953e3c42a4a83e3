import SluiceCore
import SluiceModel
import SluicePorts

/// Finds what the gate keeps for executions that asked it: which of them are parked, and which were told to end.
struct GateHoldReader: Sendable {
    /// Tickets of open holds, by the execution that asked.
    private var tickets: [ExecutionID: Ticket] = [:]
    /// What was last found of those that run.
    private var found: [ExecutionID: GateHold] = [:]
    /// Up to which arrival the holds were read.
    private var cursor: Int64 = 0
    /// Those that were looked at already, when not all are in one look.
    private var turn = 0

    /// - Parameter isAnew: All holds are read once more: one that came back is older than the cursor.
    mutating func read(
        _ store: any Store, of running: [ExecutionID], isAnew: Bool
    ) async throws -> [ExecutionID: GateHold] {
        if isAnew {
            cursor = 0
            tickets = [:]
        }
        for _ in 0..<DrainWatchLimits.holdPageCountMax {
            var query = HoldQuery(
                states: [.held, .released, .launching, .running, .awaitingOperator], after: cursor,
                limit: DrainWatchLimits.holdPageSize)
            query.limit = min(query.limit, HoldQuery.limitMax)
            let page = try await store.holds(query)
            for hold in page.holds {
                cursor = max(cursor, hold.arrival)
                if let run = hold.request.runID, tickets.count < DrainLimits.itemCountMax { tickets[run] = hold.ticket }
            }
            if page.next == nil { break }
        }
        let asking = running.filter { tickets[$0] != nil }
        var next: [ExecutionID: GateHold] = [:]
        let count = min(asking.count, DrainWatchLimits.holdCheckCountMax)
        let start = asking.isEmpty ? 0 : turn % asking.count
        var looked: Set<ExecutionID> = []
        for offset in 0..<count { looked.insert(asking[(start + offset) % asking.count]) }
        turn = start + count
        for id in asking {
            // One that was never looked at is in nobody's turn.
            guard looked.contains(id) || (found[id] == nil && looked.count < 2 * DrainWatchLimits.holdCheckCountMax)
            else {
                next[id] = found[id]
                continue
            }
            looked.insert(id)
            guard let ticket = tickets[id], let hold = try await store.hold(ticket), hold.request.runID == id else {
                continue
            }
            next[id] = GateHold(hold)
        }
        found = next
        return next
    }

    /// Whether the gate has had a question of it.
    func hasAsked(_ id: ExecutionID) -> Bool { tickets[id] != nil }
}
