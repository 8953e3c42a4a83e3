import SluiceCore
import SluiceModel
import SluicePorts

/// Waits until no hold older than the opening is left but those that await the operator, a time of their own, or their
/// caller.
struct BacklogWorker: MaintenanceWorker {
    let store: any Store
    let clocks: any Clocks

    let parts: Set<MaintenancePart> = [.backlog]

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now().wall
        let openedAt = record.openedAt ?? now
        var query = HoldQuery(states: [.held, .released, .launching], limit: HoldQuery.limitMax)
        var waiting: [Hold] = []
        for _ in 0..<EngineLimits.backlogPageCountMax {
            let page = try await store.holds(query)
            waiting += page.holds.filter { $0.arrivedAt <= openedAt && isWaitedFor($0, at: now) }
            guard let next = page.next, page.holds.last.map({ $0.arrivedAt <= openedAt }) ?? false else { break }
            query.after = next
        }
        return PartReport(
            .init(goal: wish.goal, isReached: waiting.isEmpty, totalCount: waiting.count))
    }

    private func isWaitedFor(_ hold: Hold, at now: Timestamp) -> Bool {
        if let notBefore = hold.request.notBefore, notBefore > now { return false }
        // It may go: whether and when its caller asks again is the caller's.
        return !(hold.request.launcher == .caller && hold.state != .held)
    }
}
