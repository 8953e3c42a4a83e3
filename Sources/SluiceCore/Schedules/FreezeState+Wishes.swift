public import SluiceModel

/// Carrying out what people order.
extension FreezeState {
    mutating func begin(_ pending: PendingRequest, at now: Moment) -> [FreezeEffect] {
        forgetPlans(at: now)
        hurry(at: now)
        return switch pending {
        case .freeze(let request): beginFreeze(request, at: now)
        case .thaw(let request): beginThaw(request, at: now)
        case .restore(let request): beginRestore(request, at: now)
        case .waive(let request): beginWaive(request, at: now)
        }
    }

    /// Only what is on its way back can be waived, by its id: before that, a thaw ends the waiting.
    private mutating func beginWaive(_ request: FreezeRequest, at now: Moment) -> [FreezeEffect] {
        var chosen: [JournalEntry] = []
        var others: [ScheduleID] = []
        for id in request.selection.ids {
            if let entry = entries[id], entry.state == .reverting || entry.isRestore {
                chosen.append(entry)
            } else {
                others.append(id)
            }
        }
        guard others.isEmpty else { return [.answer(request.ref, .notReverting(others))] + advance(at: now) }
        let moves = chosen.filter { !$0.isWaived }.map { entry in
            Move(entry: entry.waived(by: request.by, reason: request.reason), replacing: entry.state)
        }
        guard !moves.isEmpty else { return [.answer(request.ref, .accepted)] + advance(at: now) }
        return commit(Commit(moves: moves, request: (request.ref, .accepted)))
    }

    /// An order that is being reverted from its beginning: what is to be enabled is thawed as ever, what is to be
    /// disabled is switched and read back.
    private mutating func beginRestore(_ request: RestoreRequest, at now: Moment) -> [FreezeEffect] {
        guard order == nil else { return [.answer(request.ref, .frozen)] + advance(at: now) }
        guard !request.wishes.isEmpty else { return [.answer(request.ref, .nothingToDo)] + advance(at: now) }
        var order = JournalEntry(
            system: FreezeState.system, object: JournalEntry.wholeObject, title: "schedules",
            intended: FreezeState.restored, at: now.wall, by: request.by, cause: request.reason)
        order.state = .reverting
        closed = EntryTable()
        let moves = request.wishes.map { wish in
            var entry = JournalEntry(
                system: FreezeState.system, object: wish.sight.id.text, title: wish.sight.title,
                before: wish.sight.image, record: wish.sight.record,
                intended: "\(FreezeState.restored): enabled=\(wish.isEnabled)", at: now.wall, by: request.by,
                cause: request.reason)
            entry.state = wish.isEnabled ? .reverting : .intended
            entry.attempt = wish.isEnabled ? 0 : 1
            return Move(entry: entry, replacing: nil)
        }
        let commit = Commit(moves: moves, order: order, request: (request.ref, .accepted))
        work = .committing(commit)
        return [.commit([.journal(order, replacing: nil)] + moves.map(\.change))]
    }

    private mutating func beginFreeze(_ request: FreezeRequest, at now: Moment) -> [FreezeEffect] {
        passCount = 0
        guard var order else {
            let fresh = JournalEntry(
                system: FreezeState.system, object: JournalEntry.wholeObject, title: "schedules",
                before: request.selection.fields, intended: FreezeState.intended, at: now.wall, by: request.by,
                cause: request.reason)
            closed = EntryTable()
            work = .committing(Commit(moves: [], order: fresh, request: (request.ref, .accepted)))
            return [.commit([.journal(fresh, replacing: nil)])]
        }
        let isThawing =
            order.state == .reverting
            || entries.list.contains {
                $0.state == .reverting && request.selection.matches($0)
            }
        guard !isThawing else { return [.answer(request.ref, .thawing)] + advance(at: now) }
        let before = order.state
        // What the order before this one called back may not be listed yet.
        let called = before == .intended ? calledBack.map { $0.extended(by: request.selection) } : nil
        // Whoever had them frozen before has to know them again.
        let mark = MaintenanceGate.mark(in: order.cause).flatMap { request.reason.hasSuffix($0) ? nil : " \($0)" }
        order = order.moved(to: .intended, at: now.wall, cause: request.reason + (mark ?? ""))
        order.since = now.wall
        order.before = selection.extended(by: request.selection).fields + (called ?? request.selection).calledBackFields
        order.by = request.by
        // Whoever orders a freeze again means all of it that is enabled, whoever enabled it.
        closed = EntryTable(closed.list.filter { !request.selection.matches($0) })
        work = .committing(Commit(moves: [], order: order, request: (request.ref, .accepted)))
        return [.commit([.journal(order, replacing: before)])]
    }

    private mutating func beginThaw(_ request: FreezeRequest, at now: Moment) -> [FreezeEffect] {
        guard let order, order.state != .reverting else {
            return [.answer(request.ref, order == nil ? .nothingToDo : .accepted)] + advance(at: now)
        }
        if request.selection.isAll {
            var thawing = order.moved(to: .reverting, at: now.wall, cause: request.reason)
            thawing.by = request.by
            work = .committing(Commit(moves: [], order: thawing, request: (request.ref, .accepted)))
            return [.commit([.journal(thawing, replacing: order.state)])]
        }
        let chosen = entries.list.filter { $0.state != .reverting && request.selection.matches($0) }
        guard !chosen.isEmpty else { return [.answer(request.ref, .nothingToDo)] + advance(at: now) }
        let moves = chosen.map { entry in
            Move(entry: entry.reverting(at: now.wall, by: request.by, cause: request.reason), replacing: entry.state)
        }
        work = .committing(Commit(moves: moves, order: nil, request: (request.ref, .accepted)))
        return [.commit(moves.map(\.change))]
    }

    /// What the newest order besides the first one names: its closed entries from before it count no more.
    private var calledBack: ScheduleSelection? { order.flatMap { ScheduleSelection(calledBackFields: $0.before) } }

    /// Whether a closed entry is from before an order that freezes its schedule again and is not carried out yet.
    func isCalledBack(_ entry: JournalEntry) -> Bool {
        guard let order, order.state == .intended, entry.since <= order.since, let calledBack else { return false }
        return calledBack.matches(entry)
    }
}

extension ScheduleSelection {
    /// Whether it names the schedule of an entry.
    public func matches(_ entry: JournalEntry) -> Bool {
        matches(
            id: ScheduleID(entry.object), flow: entry.field("flow").map { FlowID($0) }, path: entry.field("flowPath"))
    }

    /// As fields of an order beside those of its whole selection.
    var calledBackFields: [JournalField] {
        [JournalField("again", "")] + fields.map { JournalField("again \($0.name)", $0.value) }
    }

    /// Reads what `calledBackFields` gives; nil when there are none.
    init?(calledBackFields fields: [JournalField]) {
        guard fields.contains(where: { $0.name == "again" }) else { return nil }
        self.init(
            fields: fields.compactMap { field in
                field.name.hasPrefix("again ") ? JournalField(String(field.name.dropFirst(6)), field.value) : nil
            })
    }
}
