import SluiceCore
public import SluiceModel
import SluicePorts

/// A launch that its asker started without a decision: no answer had come, and it fails open (product.md, "The gate
/// step").
public struct FallbackReport: Hashable, Sendable {
    public var flow: FlowID
    public var source: LaunchSource
    /// What the launch was asked for with, if any answer was lost on the way.
    public var idempotencyKey: IdempotencyKey
    /// When it was started, by the asker's clock.
    public var startedAt: Timestamp
    public var scheduleID: ScheduleID?
    /// The time the schedule meant.
    public var nominalTime: Timestamp?
    public var requestedBy: String?

    public init(flow: FlowID, source: LaunchSource, idempotencyKey: IdempotencyKey, startedAt: Timestamp) {
        self.flow = flow
        self.source = source
        self.idempotencyKey = idempotencyKey
        self.startedAt = startedAt
    }
}

extension HoldDesk {
    /// Puts on record that a launch ran unasked. A hold that its lost question had made ends as `superseded`, and its
    /// key is remembered, so that it is never started a second time. May be reported again.
    /// - Throws: `StoreError`.
    public func ranUnasked(_ report: FallbackReport, by principal: Principal) async throws {
        var keys = LookupKeys(principal: principal)
        keys.idempotencyKey = report.idempotencyKey
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let now = clocks.now().wall
            let facts = try await store.facts(for: keys, at: now)
            let hold = facts.idempotencyHold
            var changes: [Change] = []
            var consequence = "no hold waited for it"
            if let hold, hold.request.flow == report.flow {
                let move = HoldLife.move(
                    hold, .superseded, at: now, by: principal,
                    cause: "its asker went on without an answer at \(report.startedAt) (fail-open)")
                if let move { changes.append(.moveHold(move)) }
                consequence =
                    move == nil
                    ? "its hold \(hold.ticket) was \(hold.state.rawValue): it may have been started twice"
                    : "its hold \(hold.ticket) is superseded"
            }
            if facts.idempotency == nil {
                let record = IdempotencyRecord(
                    principal: principal, key: report.idempotencyKey, fingerprint: .unseen,
                    outcome: .proceeded(Epoch(0), minter.passID()), at: now, forgetAt: now.advanced(by: keyRetention))
                changes.append(.remember(record))
            }
            let schedule = report.scheduleID.map { " of schedule \($0)" } ?? ""
            let time = report.nominalTime.map { " for \($0)" } ?? ""
            let note = AuditNote(
                kind: "ran-unasked", at: now, by: principal,
                text: "flow \(report.flow) from \(report.source.rawValue)\(schedule)\(time) was started at "
                    + "\(report.startedAt) without a decision; \(consequence)")
            changes.append(.note(note))
            do {
                try await store.commit(changes, fence: fence.current)
                onCommitted(changes)
                return
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "the hold of \(report.idempotencyKey) is being changed all the time; try again")
    }
}
