public import SluiceModel

/// Choosing the next thing to do.
extension FreezeState {
    mutating func advance(at now: Moment) -> [FreezeEffect] {
        guard case .idle = work, now.monotonic >= retryAt else { return [] }
        guard isRecovered else {
            work = .recovering
            return [.recover]
        }
        if !requests.isEmpty { return begin(requests.removeFirst(), at: now) }
        guard order != nil else { return [] }
        if !outgoing.isEmpty {
            let batch = Array(outgoing.prefix(FreezeLimits.batchCountMax))
            outgoing.removeFirst(batch.count)
            return commit(Commit(moves: batch))
        }
        if !switches.isEmpty {
            let id = switches.removeFirst()
            guard let entry = entries[id] else { return advance(at: now) }
            work = .switching(id)
            return [.switchSchedule(id, isEnabled: entry.state == .reverting)]
        }
        if !settlements.isEmpty {
            let settlement = settlements.removeFirst()
            work = .settling(settlement)
            return [.settle(settlement)]
        }
        if mustJudge, let sights {
            mustJudge = false
            judge(sights, at: now)
            let hasPlans = !outgoing.isEmpty || !switches.isEmpty || !settlements.isEmpty
            return hasPlans ? advance(at: now) : revertOrFinish(at: now)
        }
        return revertOrFinish(at: now)
    }

    private mutating func revertOrFinish(at now: Moment) -> [FreezeEffect] {
        if sights == nil {
            guard now.monotonic >= lookAt else { return [] }
            work = .listing(since: now.wall)
            return [.list]
        }
        if let id = reverts.first {
            guard now.monotonic >= max(nextRevertAt, switchAt) else { return look(at: now) }
            nextRevertAt = now.monotonic.advanced(by: policy.thawInterval)
            reverts = []
            guard var entry = entries[id] else { return [] }
            entry.attempt += 1
            // Each is sent only after a listing showed the one before it without effect.
            entry.revertedAt = now.wall
            if entry.gapFrom == nil, !entry.isRestore, let sight = sights?[entry.object] {
                // Thawed before its freeze was read back: it is seen to be disabled now.
                entry.doneAt = now.wall
                entry.gapFrom = max(entry.at, sight.lastFire ?? entry.at)
            }
            entry.cause = "it is being enabled again"
            return commit(Commit(moves: [Move(entry: entry, replacing: .reverting)]))
        }
        if let effects = finish(at: now) { return effects }
        return look(at: now)
    }

    private mutating func look(at now: Moment) -> [FreezeEffect] {
        guard now.monotonic >= lookAt else { return [] }
        // A look of the watch begins anew to count what is new.
        passCount = 0
        work = .listing(since: now.wall)
        return [.list]
    }

    /// The order's next state, when everything that belongs to the present one is done.
    private mutating func finish(at now: Moment) -> [FreezeEffect]? {
        guard let order else { return nil }
        switch order.state {
        case .reverting where entries.list.isEmpty:
            let what = order.isRestore ? "as in the snapshot" : "thawed"
            let ended = order.moved(to: .reverted, at: now.wall, cause: "all of it is \(what), or somebody else's")
            return commitOrder(ended, replacing: .reverting)
        case .intended where !entries.list.contains(where: { $0.state == .intended }):
            let isCut = passCount > FreezeLimits.passCountMax
            let frozen = order.moved(
                to: .done, at: now.wall,
                cause: isCut
                    ? "\(order.cause) (incomplete: enabled schedules kept appearing in \(passCount) listings)"
                    : order.cause)
            lookAt = now.monotonic.advanced(by: FreezeLimits.watchInterval)
            return commitOrder(frozen, replacing: .intended)
        default: return nil
        }
    }

    private mutating func commitOrder(_ order: JournalEntry, replacing state: JournalState) -> [FreezeEffect] {
        work = .committing(Commit(moves: [], order: order))
        return [.commit([.journal(order, replacing: state)])]
    }

    private mutating func commit(_ commit: Commit) -> [FreezeEffect] {
        work = .committing(commit)
        return [.commit(commit.moves.map(\.change))]
    }

    // MARK: Wishes

    private mutating func begin(_ pending: PendingRequest, at now: Moment) -> [FreezeEffect] {
        forgetPlans(at: now)
        hurry(at: now)
        return switch pending {
        case .freeze(let request): beginFreeze(request, at: now)
        case .thaw(let request): beginThaw(request, at: now)
        case .restore(let request): beginRestore(request, at: now)
        }
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
        order = order.moved(to: .intended, at: now.wall, cause: request.reason)
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

    /// The journal's word for Central.
    public static let system = "central"
    /// What is made of a schedule.
    public static let intended = "enabled=false"
    /// What a restore makes of all, and how the entries of its schedules begin.
    static let restored = "as in a snapshot"
}

extension JournalEntry {
    /// A field of the before-image.
    public func field(_ name: String) -> String? { before.first { $0.name == name }?.value }

    /// Whether a snapshot is put back by it: nothing was frozen, and no time was missed.
    var isRestore: Bool { intended.hasPrefix(FreezeState.restored) }

    /// This entry without what only Central's schedule itself is compared with.
    var slim: JournalEntry {
        var entry = self
        entry.record = nil
        entry.before = before.filter { $0.name == "flow" || $0.name == "flowPath" }
        return entry
    }

    /// Whether a switch is to be sent, or was and is not read back.
    var awaitsSwitch: Bool { attempt > 0 && (state == .intended || state == .reverting && gapTo == nil) }

    /// This entry with its reverting intended and not yet sent.
    func reverting(at now: Timestamp, by principal: Principal, cause: String) -> JournalEntry {
        var entry = moved(to: .reverting, at: now, cause: cause)
        entry.attempt = 0
        entry.by = principal
        return entry
    }
}

extension ScheduleSelection {
    /// Whether it names the schedule of an entry.
    func matches(_ entry: JournalEntry) -> Bool {
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

/// Entries by schedule: searched by halves, walked in order.
struct EntryTable: Sendable {
    private(set) var list: [JournalEntry] = []

    init(_ entries: [JournalEntry] = []) { for entry in entries { set(entry) } }

    subscript(_ id: ScheduleID) -> JournalEntry? {
        let index = place(of: id.text)
        return index < list.count && list[index].object == id.text ? list[index] : nil
    }

    mutating func set(_ entry: JournalEntry) {
        let index = place(of: entry.object)
        if index < list.count, list[index].object == entry.object {
            list[index] = entry
        } else {
            list.insert(entry, at: index)
        }
    }

    mutating func remove(_ id: ScheduleID) {
        let index = place(of: id.text)
        if index < list.count, list[index].object == id.text { list.remove(at: index) }
    }

    private func place(of object: String) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].object < object { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One listing: in Central's order, and by id.
public struct SightTable: Sendable {
    let list: [ScheduleSight]
    private var places: [ScheduleID: Int] = [:]

    public init(_ list: [ScheduleSight]) {
        self.list = list
        for (index, sight) in list.enumerated() { places[sight.id] = index }
    }

    public subscript(_ object: String) -> ScheduleSight? { places[ScheduleID(object)].map { list[$0] } }
}
