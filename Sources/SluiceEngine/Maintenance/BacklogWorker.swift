import SluiceCore
import SluiceModel
import SluicePorts

/// Waits until no hold older than the opening is left but those that await the operator, a time of their own, their
/// caller, or a part of the gate that somebody else keeps closed; and those behind one of these in their ordering key,
/// which wait with it.
struct BacklogWorker: MaintenanceWorker {
    let store: any Store
    let clocks: any Clocks
    /// Whether the gate is closed for a hold: what the maintenance had closed is open by now.
    let isClosed: @Sendable (Hold) -> Bool
    /// Why the release starts nothing, until a person acts; nil: it does.
    let obstacle: @Sendable () async throws -> String?

    let parts: Set<MaintenancePart> = [.backlog]

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now().wall
        let openedAt = record.openedAt ?? now
        var query = HoldQuery(states: [.held, .released, .launching, .awaitingOperator], limit: HoldQuery.limitMax)
        var waitingCount = 0
        // Keys with one that is not waited for, in the order of arrival.
        var stopped: Set<OrderingKey> = []
        for _ in 0..<EngineLimits.backlogPageCountMax {
            let page = try await store.holds(query)
            for hold in page.holds where hold.arrivedAt <= openedAt {
                let key = hold.request.orderingKey
                let isBehind = hold.state != .launching && (key.map(stopped.contains) ?? false)
                if !isBehind, isWaitedFor(hold, at: now) {
                    waitingCount += 1
                } else if let key {
                    stopped.insert(key)
                }
            }
            guard let next = page.next, page.holds.last.map({ $0.arrivedAt <= openedAt }) ?? false else { break }
            query.after = next
        }
        var fact = MaintenanceFacts.Fact(goal: wish.goal, isReached: waitingCount == 0, totalCount: waitingCount)
        if waitingCount > 0, let obstacle = try await obstacle() {
            fact.isReached = true
            fact.blockers = [
                MaintenanceBlocker(
                    name: "backlog/release", part: .backlog,
                    text: "\(waitingCount) holds are left, and \(obstacle)",
                    remedy: "sluice release continue, or waive this: they stay held, and are released when it goes on",
                    since: record.phaseSince, canBeWaived: true)
            ]
        }
        return PartReport(fact)
    }

    private func isWaitedFor(_ hold: Hold, at now: Timestamp) -> Bool {
        if hold.state == .awaitingOperator { return false }
        if let notBefore = hold.request.notBefore, notBefore > now { return false }
        if hold.state == .held, isClosed(hold) { return false }
        // It may go: whether and when its caller asks again is the caller's.
        return !(hold.request.launcher == .caller && hold.state != .held)
    }
}
