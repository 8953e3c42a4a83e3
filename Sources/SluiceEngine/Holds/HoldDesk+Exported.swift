import SluiceCore
public import SluiceModel
import SluicePorts

/// That holds which were exported are to be dropped here, because another site has them now.
public struct ExportedOrder: Sendable {
    public var by: Principal
    /// Why, in one sentence; kept in the holds' history.
    public var reason: String
    public var isDryRun: Bool
    /// Whether what the holds stand for was exported with them (`HoldExport.isWithRepresented`).
    public var isWithRepresented: Bool
    /// When the file was made: what was imported here since is not what was exported here.
    public var exportedAt: Timestamp

    public init(
        by principal: Principal, reason: String, isDryRun: Bool = false, isWithRepresented: Bool,
        exportedAt: Timestamp
    ) {
        self.exportedAt = exportedAt
        by = principal
        self.reason = reason
        self.isDryRun = isDryRun
        self.isWithRepresented = isWithRepresented
    }
}

/// What became of exported holds.
public struct ExportedReport: Hashable, Sendable {
    /// Discarded; in a dry run, those that would be.
    public var discardedCount = 0
    /// Those that are over here without having been started since: discarded before, or coalesced as they were.
    public var settledCount = 0
    /// Those that are no longer as they were exported. They stay here, and must not be started elsewhere.
    public var changed: [LeftOutHold] = []
    /// How many had changed in parts that were added: of those the number is kept alone.
    private var addedChangedCount = 0

    public init() {}

    public var changedCount: Int { changed.count + addedChangedCount }

    /// Counts a part of the same order.
    public mutating func add(_ part: ExportedReport) {
        discardedCount += part.discardedCount
        settledCount += part.settledCount
        addedChangedCount += part.changedCount
    }
}

extension HoldDesk {
    /// Discards holds that are still as they were exported, each by itself; what they stand for goes with them.
    ///
    /// May be done again: what is discarded already is counted as settled.
    /// - Throws: `StoreError`; what was committed before stays.
    public func discardExported(_ holds: [Hold], _ order: ExportedOrder) async throws -> ExportedReport {
        try await withThrowingTaskGroup(of: (Int, Outlook).self) { group in
            var found: [(Int, LeftOutHold)] = []
            var report = ExportedReport()
            var next = 0
            func start() {
                guard next < holds.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await discardOne(holds[index], order)) }
            }
            for _ in 0..<EngineLimits.bulkParallelCountMax { start() }
            while let (index, outlook) = try await group.next() {
                switch outlook {
                case .discarded: report.discardedCount += 1
                case .settled: report.settledCount += 1
                case .changed(let state, let reason):
                    found.append((index, LeftOutHold(ticket: holds[index].ticket, state: state, reason: reason)))
                }
                start()
            }
            report.changed = found.sorted { $0.0 < $1.0 }.map(\.1)
            return report
        }
    }

    /// Puts on record that exported holds were discarded.
    public func noteExported(_ report: ExportedReport, _ order: ExportedOrder) async throws {
        let note = AuditNote(
            kind: "exported-holds-discarded", at: clocks.now().wall, by: order.by,
            text: "\(report.discardedCount) discarded, \(report.settledCount) settled, \(report.changedCount) no "
                + "longer as exported: \(order.reason)")
        try await store.commit([.note(note)], fence: fence.current)
    }

    private enum Outlook: Sendable {
        case discarded
        case settled
        case changed(HoldState, String)
    }

    /// Whether a hold came here with a file that was made then or later; the clocks of two sites may differ a little.
    private func isImported(_ hold: Hold, since exportedAt: Timestamp) async throws -> Bool {
        // It is the first that a hold has.
        let first = try await store.events(of: hold.ticket, after: 0, limit: 1).first
        guard let first, first.kind == HoldImport.eventKind else { return false }
        return first.at >= exportedAt.advanced(by: .zero - EngineLimits.siteClocksDifference)
    }

    private func discardOne(_ exported: Hold, _ order: ExportedOrder) async throws -> Outlook {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            guard let hold = try await store.hold(exported.ticket) else {
                return .changed(exported.state, "it is not on record here: is this the site that exported it?")
            }
            switch hold.state {
            case .discarded, .expired, .superseded: return .settled
            case .coalesced where exported.state == .coalesced: return .settled
            case .coalesced: return .changed(.coalesced, "a newer hold stands for it here")
            case .ended: return .changed(.ended, "it was launched here")
            case .released: return .changed(.released, "it was let go here and may start at any moment")
            case .launching, .running, .awaitingOperator:
                return .changed(hold.state, "it was launched here, or may have been")
            case .held: break
            }
            guard exported.state == .held else {
                return .changed(.held, "what stood for it failed here, and it is back")
            }
            guard hold.attempt == exported.attempt else { return .changed(.held, "it was launched here meanwhile") }
            guard order.isWithRepresented || hold.request.coalesceKey == nil else {
                return .changed(.held, "it may stand for holds that were not exported: export its coalesce key alone")
            }
            guard try await !isImported(hold, since: order.exportedAt) else {
                return .changed(.held, "it was imported here: discard it at the site that exported it")
            }
            guard !order.isDryRun else { return .discarded }
            let move = HoldLife.move(
                hold, .discarded, at: clocks.now().wall, by: order.by, cause: Hold.movedCause + order.reason)
            guard let move else { continue }
            do {
                // What it stands for is over with it: it came along.
                try await store.commit([.moveHold(move)], fence: fence.current)
                onCommitted([.moveHold(move)])
                return .discarded
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "hold \(exported.ticket) is being changed by others all the time; try again")
    }
}
