public import SluiceModel

/// Makes a maintenance's changes of outside systems and puts them back (issue E 2, csa-api.md 11 and 12): each is on
/// disk before it is sent, is sent once for each reading, is believed only when it is read back, and on the way back
/// what somebody else changed meanwhile wins, or an operator decides.
///
/// A struct machine: one commit at a time and a bounded number of calls, each answered by one event, so that a crash
/// between any two of them leaves a journal from which `recovered` goes on to the same end. Its size grows with the
/// maintenance's changes.
public struct ChangeState: Sendable {
    public let policy: ChangePolicy
    /// Whose changes these are; nil until a plan names one.
    public internal(set) var owner: MaintenanceID?
    var table = ChangeTable()
    var lanes: [ChangeLane]
    var isRecovered = false
    var work = Work.idle
    var requests: [ChangeRequest] = []
    /// Moves to be committed, in order.
    var outgoing: [Move] = []
    /// Writes on their way: the places of their records, in the order of their orders.
    var calls: [Int: [Int]] = [:]
    var nextCall = 1
    /// The wish that is being written.
    var pendingRef: ChangeRequest.Ref?
    /// A revert waits until nothing is on its way.
    var isTurning = false
    /// Records of the present step that are not through it.
    var remainingCount = 0
    var mustFill = false
    /// The store failed: nothing is written while it lasts.
    var pause: RetryPause
    var storeFailure: String?

    enum Work: Sendable {
        case idle
        case recovering
        case committing([Move])
    }

    struct Move: Sendable {
        var entry: JournalEntry
        /// nil: it is new.
        var replacing: JournalState?
        var note: AuditNote?
        /// Whose wish is on disk with it.
        var request: ChangeRequest.Ref?
        /// Whether it is the wish's last one.
        var isLast = false

        var changes: [Change] { [.journal(entry, replacing: replacing)] + (note.map { [.note($0)] } ?? []) }
    }

    public init(policy: ChangePolicy, at now: Moment) {
        self.policy = policy
        lanes = policy.systems.map { ChangeLane($0, at: now.monotonic) }
        pause = RetryPause(at: now.monotonic)
    }

    /// Takes one event and says what is to be done.
    public mutating func step(_ event: ChangeEvent, at now: Moment) -> [ChangeEffect] {
        var effects: [ChangeEffect] = []
        switch event {
        case .requested(let request):
            guard requests.count < ChangeLimits.waitingRequestCountMax else { return [.answer(request.ref, .busy)] }
            requests.append(request)
            pause.hurry(at: now.monotonic)
        case .recovered(let entries, let owner): recovered(entries, of: owner, at: now)
        case .recoveryFailed(let cause): storeFailed(cause, at: now)
        case .committed: effects = committed(at: now)
        case .commitFailed(let cause): effects = commitFailed(cause, at: now)
        case .read(let id, let image): wasRead(id, image, at: now)
        case .readFailed(let id, let cause, let trouble): readFailed(id, cause, trouble, at: now)
        case .wrote(let call, let outcomes): wrote(call, outcomes, at: now)
        case .ticked: break
        case .hurried:
            pause.hurry(at: now.monotonic)
            for place in lanes.indices { lanes[place].pause.hurry(at: now.monotonic) }
        }
        advance(at: now, &effects)
        return effects
    }

    /// Nobody waits for the answer to a wish any more.
    /// - Returns: Whether it is withdrawn; if not, it is being written, and goes on.
    public mutating func withdraw(_ ref: ChangeRequest.Ref) -> Bool {
        let count = requests.count
        requests.removeAll { $0.ref == ref }
        return requests.count < count
    }

    /// Whether a wish is being written.
    public func isCommitting(_ ref: ChangeRequest.Ref) -> Bool { pendingRef == ref }

    /// Whether nothing is on its way; the process may stop.
    public var isQuiet: Bool {
        if case .idle = work, calls.isEmpty, !lanes.contains(where: { $0.callCount > 0 }) { true } else { false }
    }

    // MARK: The disk

    private mutating func recovered(_ entries: [JournalEntry], of owner: MaintenanceID?, at now: Moment) {
        guard case .recovering = work else { return }
        work = .idle
        isRecovered = true
        self.owner = owner
        storeFailure = nil
        pause.succeeded(at: now.monotonic)
        table = ChangeTable()
        for place in lanes.indices { lanes[place].clear() }
        for entry in entries where entry.maintenance == owner {
            // Of one object at most one entry is unsettled, whatever the clock said.
            if let place = table.place(of: entry.system, entry.object), table.records[place].entry.isUnsettled {
                continue
            }
            var record = ChangeRecord(entry, lane: lane(of: entry.system))
            if entry.checksum != nil, entry.state == .intended || entry.doneAt == nil && entry.lateUntil == nil {
                // It may have been sent, and nobody has the answer.
                record.mayComeLate(for: policy.lateDuration, at: now)
            } else if let late = entry.lateUntil {
                let left = min(late.since(now.wall), policy.lateDuration)
                record.lateUntil = now.monotonic.advanced(by: left)
            }
            table.add(record)
        }
        mustFill = true
    }

    func lane(of system: String) -> Int? { lanes.firstIndex { $0.system.name == system } }

    private mutating func storeFailed(_ cause: String, at now: Moment) {
        work = .idle
        isRecovered = false
        storeFailure = cause
        pause.failed(.failure, at: now.monotonic)
        if !requests.isEmpty { pause.shorten(to: RetryPause.failureWaitMin, at: now.monotonic) }
    }

    private mutating func commitFailed(_ cause: String, at now: Moment) -> [ChangeEffect] {
        guard case .committing = work else { return [] }
        let ref = pendingRef
        pendingRef = nil
        storeFailed(cause, at: now)
        outgoing = []
        isTurning = false
        return ref.map { [.answer($0, .notWritten(cause: cause))] } ?? []
    }

    private mutating func committed(at now: Moment) -> [ChangeEffect] {
        guard case .committing(let moves) = work else { return [] }
        work = .idle
        storeFailure = nil
        pause.succeeded(at: now.monotonic)
        var effects: [ChangeEffect] = []
        for move in moves {
            apply(move, at: now)
            guard move.isLast, let ref = move.request else { continue }
            pendingRef = nil
            effects.append(.answer(ref, .accepted))
        }
        return effects
    }

    private mutating func apply(_ move: Move, at now: Moment) {
        let entry = move.entry
        guard let place = table.places[entry.id] else {
            table.add(ChangeRecord(entry, lane: lane(of: entry.system)))
            mustFill = true
            return
        }
        table.records[place].entry = entry
        guard move.request == nil else {
            table.records[place].forgetTries()
            mustFill = true
            return
        }
        if let lane = table.records[place].lane { lanes[lane].underWayCount -= 1 }
        let isSending = table.records[place].image != nil && (entry.state == .intended || entry.state == .reverting)
        if isSending {
            table.records[place].stage = .ready
            table.records[place].isUnsent = true
            if let lane = table.records[place].lane { lanes[lane].ready.append(place) }
        } else if entry.state == .applied {
            enqueue(place)
        } else {
            table.records[place].stage = .idle
            // An undecided conflict stays in the way of the steps after it.
            if !entry.isUnsettled || entry.state == .done { remainingCount -= 1 }
            if remainingCount <= 0 { mustFill = true }
        }
    }

    // MARK: What comes next

    private mutating func advance(at now: Moment, _ effects: inout [ChangeEffect]) {
        if isRecovered {
            begin(at: now, &effects)
        }
        if !isRecovered {
            guard case .idle = work, isQuiet, now.monotonic >= pause.until else { return }
            work = .recovering
            effects.append(.recover(requests.first?.maintenance ?? owner))
            return
        }
        if pendingRef == nil, !isTurning {
            if mustFill { fill(at: now) }
            for lane in lanes.indices { dispatch(lane, at: now, &effects) }
        }
        commit(at: now, &effects)
    }

    private mutating func commit(at now: Moment, _ effects: inout [ChangeEffect]) {
        guard case .idle = work, !outgoing.isEmpty, now.monotonic >= pause.until else { return }
        let moves = Array(outgoing.prefix(ChangeLimits.batchCountMax))
        outgoing.removeFirst(moves.count)
        work = .committing(moves)
        effects.append(.commit(moves.flatMap(\.changes)))
    }

    /// Puts what the present step has to do into its systems' lines.
    private mutating func fill(at now: Moment) {
        mustFill = false
        remainingCount = 0
        let isReturning = self.isReturning
        func isLeft(_ record: ChangeRecord) -> Bool { isReturning ? record.entry.isUnsettled : record.isUnmade }
        func step(_ entry: JournalEntry) -> Int { isReturning ? entry.returnStep : entry.step }
        guard let present = table.records.lazy.filter({ isLeft($0) }).map({ step($0.entry) }).min() else { return }
        for place in table.records.indices {
            let record = table.records[place]
            guard isLeft(record), step(record.entry) == present else { continue }
            remainingCount += 1
            let isStuck = record.isAsking || isReturning && record.entry.state != .reverting
            if case .idle = record.stage, !isStuck { enqueue(place) }
        }
    }

    /// Has a record read, when its system's turn comes.
    mutating func enqueue(_ place: Int) {
        guard let lane = table.records[place].lane else {
            table.records[place].stage = .idle
            return
        }
        table.records[place].stage = .queued
        table.records[place].image = nil
        lanes[lane].append(place)
    }

    /// Has it read at a time.
    mutating func enqueue(_ place: Int, at time: MonotonicTime) {
        guard let lane = table.records[place].lane else { return }
        table.records[place].stage = .delayed
        table.records[place].image = nil
        table.records[place].readAt = time
        lanes[lane].delayed.append(place)
        lanes[lane].nextDelayedAt = min(lanes[lane].nextDelayedAt, time)
    }
}
