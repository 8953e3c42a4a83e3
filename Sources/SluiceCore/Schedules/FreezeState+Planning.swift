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
            let hasPlans = !outgoing.isEmpty || !settlements.isEmpty
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
            guard now.monotonic >= nextRevertAt else { return [] }
            nextRevertAt = now.monotonic.advanced(by: policy.thawInterval)
            reverts = []
            guard var entry = entries[id] else { return [] }
            entry.attempt += 1
            if entry.revertedAt == nil { entry.revertedAt = now.wall }
            if entry.gapFrom == nil, !entry.isRestore, let sight = sights?[entry.object] {
                // Thawed before its freeze was read back: it is seen to be disabled now.
                entry.doneAt = now.wall
                entry.gapFrom = max(entry.at, sight.lastFire ?? entry.at)
            }
            entry.cause = "it is being enabled again"
            return commit(Commit(moves: [Move(entry: entry, replacing: .reverting)]))
        }
        if let effects = finish(at: now) { return effects }
        if now.monotonic >= lookAt {
            // A look of the watch begins anew to count what is new.
            passCount = 0
            work = .listing(since: now.wall)
            return [.list]
        }
        return []
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
        closed = []
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
            closed = []
            work = .committing(Commit(moves: [], order: fresh, request: (request.ref, .accepted)))
            return [.commit([.journal(fresh, replacing: nil)])]
        }
        guard order.state != .reverting else { return [.answer(request.ref, .thawing)] + advance(at: now) }
        let before = order.state
        order = order.moved(to: .intended, at: now.wall, cause: request.reason)
        order.before = selection.extended(by: request.selection).fields
        order.by = request.by
        // Whoever names a schedule again wants it frozen again, though a person had enabled it.
        for id in request.selection.ids { closed.remove(id) }
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
        let chosen = entries.list.filter { entry in
            entry.state != .reverting
                && request.selection.matches(
                    id: ScheduleID(entry.object), flow: entry.field("flow").map { FlowID($0) },
                    path: entry.field("flowPath"))
        }
        guard !chosen.isEmpty else { return [.answer(request.ref, .nothingToDo)] + advance(at: now) }
        let moves = chosen.map { entry in
            Move(entry: entry.reverting(at: now.wall, by: request.by, cause: request.reason), replacing: entry.state)
        }
        work = .committing(Commit(moves: moves, order: nil, request: (request.ref, .accepted)))
        return [.commit(moves.map(\.change))]
    }

    /// The journal's word for Central.
    public static let system = "central"
    /// What is made of a schedule.
    static let intended = "enabled=false"
    /// What a restore makes of all, and how the entries of its schedules begin.
    static let restored = "as in a snapshot"
}

extension JournalEntry {
    /// A field of the before-image.
    public func field(_ name: String) -> String? { before.first { $0.name == name }?.value }

    /// Whether a snapshot is put back by it: nothing was frozen, and no time was missed.
    var isRestore: Bool { intended.hasPrefix(FreezeState.restored) }

    /// This entry with its reverting intended and not yet sent.
    func reverting(at now: Timestamp, by principal: Principal, cause: String) -> JournalEntry {
        var entry = moved(to: .reverting, at: now, cause: cause)
        entry.attempt = 0
        entry.by = principal
        return entry
    }
}

/// The entries that are open, by schedule: searched by halves, walked in order.
struct OpenEntries: Sendable {
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
