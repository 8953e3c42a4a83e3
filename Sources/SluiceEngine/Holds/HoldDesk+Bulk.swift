import SluiceCore
public import SluiceModel
public import SluicePorts

/// One order over many holds.
public struct BulkOrder: Sendable {
    public var move: HoldDesk.Move
    /// Which holds, and after which arrival; its limit is not looked at.
    public var query: HoldQuery
    /// Whether it only says what it would do.
    public var isDryRun: Bool
    public var by: Principal
    /// Why, in one sentence; kept in the holds' history.
    public var reason: String
    /// With `discard`: what the holds stand for is dropped with them, instead of coming back.
    public var dropsRepresented: Bool
    /// Most holds that are looked at, 1 to `EngineLimits.bulkHoldCountMax`.
    public var limit: Int

    public init(
        move: HoldDesk.Move, query: HoldQuery, isDryRun: Bool, by principal: Principal, reason: String,
        dropsRepresented: Bool = false, limit: Int = EngineLimits.bulkHoldCountMax
    ) {
        self.move = move
        self.query = query
        self.isDryRun = isDryRun
        by = principal
        self.reason = reason
        self.dropsRepresented = dropsRepresented
        self.limit = limit
    }
}

/// What became of an order over many holds.
public struct BulkReport: Hashable, Sendable {
    /// Holds that the filters name.
    public var matchedCount = 0
    /// Those whose state allows the move: what a run without `isDryRun` would move.
    public var possibleCount = 0
    /// Those that were moved; 0 in a dry run.
    public var movedCount = 0
    /// Those whose state does not allow it, when they were read or by the time they were to be moved.
    public var notPossibleCount = 0
    /// The first of the possible ones, as they were read.
    public var sample: [Hold] = []
    /// The cursor to go on from when there were more than the limit; nil at the end.
    public var next: Int64?
}

extension HoldDesk.Move {
    /// States that an order over many finds when it names none: to release again what is released would only fill its
    /// history.
    public var states: Set<HoldState> {
        HoldLife.sources(of: happening).subtracting(self == .release ? [.released] : [])
    }
}

extension HoldDesk {
    /// Moves every hold that the filters name, in arrival order and page by page. Each is moved by itself: one that
    /// somebody else moves meanwhile stops none of the others, and what is done is done when this fails half-way.
    /// - Throws: `StoreError`.
    public func move(_ order: BulkOrder) async throws -> BulkReport {
        var report = BulkReport()
        var query = order.query
        if query.states == nil { query.states = order.move.states }
        let limit = min(max(order.limit, 1), EngineLimits.bulkHoldCountMax)
        while report.matchedCount < limit {
            query.limit = min(HoldQuery.limitMax, limit - report.matchedCount)
            let page = try await store.holds(query)
            report.matchedCount += page.holds.count
            let possible = page.holds.filter { order.move.states.contains($0.state) }
            report.possibleCount += possible.count
            report.notPossibleCount += page.holds.count - possible.count
            report.sample += possible.prefix(EngineLimits.bulkSampleCountMax - report.sample.count)
            if !order.isDryRun {
                let movedCount = try await move(possible, order)
                report.movedCount += movedCount
                report.notPossibleCount += possible.count - movedCount
            }
            report.next = page.next
            guard let next = page.next else { break }
            query.after = next
        }
        if report.movedCount > 0 { try await note(report, order) }
        return report
    }

    /// - Returns: How many were moved.
    private func move(_ holds: [Hold], _ order: BulkOrder) async throws -> Int {
        let single = Order(
            move: order.move, by: order.by, reason: order.reason, dropsRepresented: order.dropsRepresented)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var movedCount = 0
            var rest = holds[...]
            func next() {
                guard let hold = rest.popFirst() else { return }
                group.addTask {
                    if case .moved = try await carryOut(single, on: hold.ticket, seen: hold) { true } else { false }
                }
            }
            for _ in 0..<EngineLimits.bulkParallelCountMax { next() }
            while let isMoved = try await group.next() {
                if isMoved { movedCount += 1 }
                next()
            }
            return movedCount
        }
    }

    private func note(_ report: BulkReport, _ order: BulkOrder) async throws {
        let note = AuditNote(
            kind: "bulk-\(order.move.rawValue)", at: clocks.now().wall, by: order.by,
            text: "\(report.movedCount) of \(report.matchedCount) holds (\(order.query.words)): "
                + "\(order.move.rawValue): \(order.reason)")
        try await store.commit([.note(note)], fence: fence.current)
    }
}

extension HoldQuery {
    /// The filters in words, for the audit.
    public var words: String {
        let filters: [(String, String?)] = [
            ("state", states.map { $0.map(\.rawValue).sorted().joined(separator: ",") }),
            ("source", source?.rawValue), ("flow", flow?.text), ("orderingKey", orderingKey?.text),
            ("coalesceKey", coalesceKey?.text), ("principal", principal?.text),
        ]
        let words = filters.compactMap { name, value in value.map { "\(name)=\($0)" } }
        return words.isEmpty ? "all" : words.joined(separator: " ")
    }
}
