import SluiceCore
public import SluiceModel
import SluicePorts

/// What an import of holds is to do.
public struct ImportOrder: Sendable {
    /// Who imports.
    public var by: Principal
    /// From where, in one sentence; kept in the holds' history.
    public var cause: String
    /// Whether it only says what it would do.
    public var isDryRun: Bool

    public init(by principal: Principal, cause: String, isDryRun: Bool = false) {
        by = principal
        self.cause = cause
        self.isDryRun = isDryRun
    }
}

/// What became of holds to be imported.
public struct ImportReport: Hashable, Sendable {
    /// Those that are kept here from now on; in a dry run, that would be.
    public var importedCount = 0
    /// Those whose tickets are on record here already, whatever became of them.
    public var skippedCount = 0
    /// Those that would double what is on record here.
    public var refused: [LeftOutHold] = []
    /// How many were refused in parts that were added: of those the number is kept alone.
    private var addedRefusedCount = 0

    public init() {}

    public var refusedCount: Int { refused.count + addedRefusedCount }

    /// Counts a part of the same import.
    public mutating func add(_ part: ImportReport) {
        importedCount += part.importedCount
        skippedCount += part.skippedCount
        addedRefusedCount += part.refusedCount
    }
}

extension HoldDesk {
    /// Keeps holds of another site in the order given, at most `EngineLimits.importBatchCountMax` in a commit.
    ///
    /// One whose ticket is on record here is passed over, so what was cut off is simply done again. One whose question
    /// or idempotency key made a launch here already is refused.
    /// - Parameter holds: In `held` or `coalesced`, their secrets sealed.
    /// - Throws: `StoreError`; what was committed before stays.
    public func importHolds(_ holds: [Hold], _ order: ImportOrder) async throws -> ImportReport {
        var report = ImportReport()
        var rest = holds[...]
        while !rest.isEmpty {
            let batch = rest.prefix(EngineLimits.importBatchCountMax)
            rest = rest.dropFirst(batch.count)
            let changes = batch.flatMap { self.changes(importing: $0, order) }
            let isDone = order.isDryRun ? false : try await commitImport(changes)
            if isDone {
                report.importedCount += batch.count
            } else {
                for hold in batch { try await importOne(hold, order, &report) }
            }
        }
        return report
    }

    /// Puts on record that an import has come to its end.
    public func noteImport(_ report: ImportReport, _ order: ImportOrder) async throws {
        let note = AuditNote(
            kind: "holds-imported", at: clocks.now().wall, by: order.by,
            text: "\(report.importedCount) imported, \(report.skippedCount) known, \(report.refusedCount) refused: "
                + order.cause)
        try await store.commit([.note(note)], fence: fence.current)
    }

    /// Puts on record that holds left for another site.
    public func noteExport(_ text: String, by principal: Principal) async throws {
        let note = AuditNote(kind: "holds-exported", at: clocks.now().wall, by: principal, text: text)
        try await store.commit([.note(note)], fence: fence.current)
    }

    private func importOne(_ hold: Hold, _ order: ImportOrder, _ report: inout ImportReport) async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            guard try await store.hold(hold.ticket) == nil else {
                report.skippedCount += 1
                return
            }
            if let reason = try await double(of: hold) {
                report.refused.append(LeftOutHold(ticket: hold.ticket, state: hold.state, reason: reason))
                return
            }
            let isDone = order.isDryRun ? true : try await commitImport(changes(importing: hold, order))
            guard isDone else { continue }
            report.importedCount += 1
            return
        }
        report.refused.append(
            LeftOutHold(
                ticket: hold.ticket, state: hold.state,
                reason: "another launch of its question or key is on record here"))
    }

    /// Why a hold would be the second for one launch; nil when it is not.
    private func double(of hold: Hold) async throws -> String? {
        var keys = LookupKeys(principal: hold.principal)
        if !hold.state.isFinal { keys.askID = hold.request.askID }
        keys.idempotencyKey = hold.request.idempotencyKey
        guard !keys.isEmpty else { return nil }
        let facts = try await store.facts(for: keys, at: clocks.now().wall)
        if let other = facts.askHold, !other.state.isFinal {
            return "its question has the open hold \(other.ticket) here"
        }
        switch facts.idempotency?.outcome {
        case .held(let ticket): return "its idempotency key has the hold \(ticket) here"
        case .proceeded: return "its idempotency key was let through here"
        case nil: return nil
        }
    }

    private func changes(importing hold: Hold, _ order: ImportOrder) -> [Change] {
        let now = clocks.now().wall
        var kept = hold
        kept.arrival = 0
        kept.epoch = epoch()
        kept.stateSince = now
        kept.cause = order.cause
        // Another site counts its revisions by itself.
        kept.request.flowMemory?.packRevision = nil
        var changes: [Change] = [.importHold(HoldImport(kept, at: now, by: order.by, cause: order.cause))]
        if let key = kept.request.coalesceKey, kept.state == .held, kept.request.launcher == .sluice {
            changes.append(
                .coalesce(
                    Coalescing(
                        representative: kept.ticket, key: key, includesWaitedFor: coalescesWaitedFor, at: now,
                        by: order.by)))
        }
        if let key = kept.request.idempotencyKey {
            // The body's hash was made with the other site's key.
            changes.append(
                .remember(
                    IdempotencyRecord(
                        principal: kept.principal, key: key, fingerprint: .unseen, outcome: .held(kept.ticket), at: now,
                        forgetAt: now.advanced(by: keyRetention))))
        }
        return changes
    }

    /// - Returns: Whether nothing stood against it.
    private func commitImport(_ changes: [Change]) async throws -> Bool {
        do {
            try await store.commit(changes, fence: fence.current)
            onCommitted(changes)
            return true
        } catch let error as StoreError where error.code == .conflict {
            return false
        }
    }
}
