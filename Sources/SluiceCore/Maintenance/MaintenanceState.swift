public import SluiceModel

/// What the maintenance is told.
public enum MaintenanceEvent: Hashable, Sendable {
    /// What was seen while it was in a phase; what was seen in another says nothing.
    case observed(MaintenanceFacts, in: MaintenancePhase)
    case ordered(MoveOrder)
    /// What is written along with the next phase: learnt while a part was worked on.
    case learnt(MaintenanceNote)
    /// Its time came, and it could not be started.
    case startFailed(cause: String)
    case committed
    /// Another wrote it meanwhile, or what became of the commit is not known: this is what the store has.
    case reloaded(MaintenanceRecord)
    case commitFailed(cause: String)
    case ticked
}

/// What has to be on disk before a part goes on.
public enum MaintenanceNote: Hashable, Sendable {
    /// The gate's modes, before they are changed.
    case gateBefore(GateModes)
    /// The gate's modes but for CSA's sources, right before OO is closed: they may have changed since CSA was.
    case gateFound(GateModes)
    /// Which instances of CSA were in a running state when CSA closed.
    case csaInstances([CSAInstanceID])
    /// The same, read once more after that.
    case csaInstancesAfter([CSAInstanceID], at: Timestamp)
    /// CSA's drain is over for the first time: its doors are shut, and it is looked at once more.
    case doorsShut(Timestamp)
}

/// What the maintenance wants done.
public enum MaintenanceEffect: Hashable, Sendable {
    /// Write it; `.committed`, `.commitFailed` or `.reloaded` answers.
    case commit(MaintenanceRecord, replacing: Int)
    case answer(MoveOrder.Ref, MoveOutcome)
    /// Tell the owner.
    case remind(String)
}

/// One maintenance, from planned to completed: a struct machine with one commit at a time.
///
/// It says what is wanted of each part (`wishes`); whoever works on the parts reports what is seen. A phase is left
/// when its last step is reached, and is on disk before it is entered; so after a crash it goes on where it was, and
/// what was done already is seen as done.
public struct MaintenanceState: Sendable {
    /// As it is on disk.
    public private(set) var record: MaintenanceRecord
    public private(set) var facts = MaintenanceFacts()
    private var pending: Pending?
    /// Learnt while something else was being written; taken up next.
    private var notes: [MaintenanceNote] = []

    private struct Pending: Sendable {
        var record: MaintenanceRecord
        var order: MoveOrder?
        var reminder: String?
    }

    public init(record: MaintenanceRecord) { self.record = record }

    /// What is wanted of each part now.
    public var wishes: [PartWish] { MaintenanceScript.wishes(of: record, facts) }

    /// Whether it is under way, or its start is being written: another one must not be started beside it.
    public var isStarted: Bool { record.isUnderWay || pending?.record.isUnderWay == true }

    /// What it waits for: of the step it is at, those that nobody waived, then questions to a person.
    public func blockers(at now: Timestamp) -> [MaintenanceBlocker] {
        let reached = wishes.flatMap { MaintenanceScript.Standing(of: $0, record, facts).blockers }
        return Array((reached + questions(at: now)).prefix(MaintenanceLimits.blockerCountMax))
    }

    /// How many blockers there are beyond those that are named.
    public var unnamedBlockerCount: Int {
        wishes.reduce(0) { $0 + MaintenanceScript.Standing(of: $1, record, facts).unnamedBlockerCount }
    }

    /// Whether everything that the phase wants is so.
    public var isPhaseReached: Bool {
        MaintenanceScript.steps(of: record).allSatisfy { step in
            step.allSatisfy { MaintenanceScript.Standing(of: $0, record, facts).isReached }
        }
    }

    /// Takes one event and says what is to be done.
    public mutating func step(_ event: MaintenanceEvent, at now: Timestamp) -> [MaintenanceEffect] {
        switch event {
        case .observed(let seen, let phase): if phase == record.phase { facts = seen }
        case .ordered(let order): return ordered(order, at: now)
        case .learnt(let note): notes.append(note)
        case .startFailed(let cause): return startFailed(cause, at: now)
        case .committed: return committed() + advance(at: now)
        case .reloaded(let stored): return reloaded(stored) + advance(at: now)
        case .commitFailed(let cause): return commitFailed(cause)
        case .ticked: break
        }
        return advance(at: now)
    }

    // MARK: Commits

    private mutating func commit(
        _ changed: MaintenanceRecord, order: MoveOrder? = nil, reminder: String? = nil
    )
        -> [MaintenanceEffect]
    {
        var changed = changed
        changed.revision = record.revision + 1
        pending = Pending(record: changed, order: order, reminder: reminder)
        return [.commit(changed, replacing: record.revision)]
    }

    private mutating func committed() -> [MaintenanceEffect] {
        guard let done = pending else { return [] }
        pending = nil
        adopt(done.record)
        var effects: [MaintenanceEffect] = []
        if let order = done.order { effects.append(.answer(order.ref, .moved(record))) }
        if let reminder = done.reminder { effects.append(.remind(reminder)) }
        return effects
    }

    private mutating func reloaded(_ stored: MaintenanceRecord) -> [MaintenanceEffect] {
        let lost = pending
        pending = nil
        if let lost, lost.record == stored {
            adopt(stored)
            return lost.order.map { [.answer($0.ref, .moved(stored))] } ?? []
        }
        if stored.revision > record.revision { adopt(stored) }
        return lost?.order.map { [.answer($0.ref, .refused(.busy))] } ?? []
    }

    private mutating func commitFailed(_ cause: String) -> [MaintenanceEffect] {
        let lost = pending
        pending = nil
        return lost?.order.map { [.answer($0.ref, .refused(.notWritten(cause: cause)))] } ?? []
    }

    /// What was seen for the phase before says nothing about this one.
    private mutating func adopt(_ new: MaintenanceRecord) {
        if new.phase != record.phase { facts = MaintenanceFacts() }
        record = new
    }

    // MARK: Going on

    private mutating func advance(at now: Timestamp) -> [MaintenanceEffect] {
        guard pending == nil, !record.phase.isFinal else { return [] }
        if !notes.isEmpty { return takeNotes() }
        if record.phase != .planned, let next = MaintenanceScript.next(after: record), isPhaseReached {
            var changed = record
            changed.enter(next, at: now, by: .sluice, cause: "what \(record.phase.rawValue) waits for is done")
            return commit(changed)
        }
        return timed(at: now)
    }

    private mutating func takeNotes() -> [MaintenanceEffect] {
        var changed = record
        for note in notes {
            switch note {
            // The first one is how it was found; what is seen later is our own.
            case .gateBefore(let modes): changed.gateBefore = changed.gateBefore ?? modes
            case .gateFound(let modes):
                let sources = changed.gateBefore?.scopes.filter { MaintenanceGate.isOfCSA($0.scope) } ?? []
                changed.gateBefore = GateModes(
                    whole: modes.whole, scopes: sources + modes.scopes.filter { !MaintenanceGate.isOfCSA($0.scope) })
            case .csaInstances(let ids): changed.addCSAInstances(ids)
            case .csaInstancesAfter(let ids, let time):
                changed.addCSAInstances(ids)
                changed.csaReadAt = changed.csaReadAt ?? time
            case .doorsShut(let time): changed.doorsShutAt = changed.doorsShutAt ?? time
            }
        }
        notes = []
        return changed == record ? [] : commit(changed)
    }

    private mutating func timed(at now: Timestamp) -> [MaintenanceEffect] {
        if isDraining, let deadline = record.drainDeadline, now >= deadline {
            switch record.plan.onDeadline {
            case .abort:
                var changed = record
                changed.isAborting = true
                changed.enter(
                    .reopening, at: now, by: .sluice,
                    cause: "the drain was not over by its deadline, \(deadline), and the plan says abort")
                return commit(changed, reminder: "the drain was not over by \(deadline): everything is put back")
            case .ask where record.deadlineAskedAt.map { $0 < deadline } ?? true:
                var changed = record
                changed.deadlineAskedAt = now
                return commit(
                    changed,
                    reminder: "the drain was not over by \(deadline): extend it, waive what is left, or abort")
            case .ask: break
            }
        }
        guard record.isUnderWay, now >= record.plan.expectedEnd else { return [] }
        let last = record.remindedAt ?? record.plan.expectedEnd.advanced(by: .zero - MaintenanceLimits.reminderInterval)
        guard now.since(last) >= MaintenanceLimits.reminderInterval else { return [] }
        var changed = record
        changed.remindedAt = now
        return commit(
            changed,
            reminder: "it is in \(record.phase.rawValue) and should have been over at \(record.plan.expectedEnd)")
    }

    private var isDraining: Bool {
        switch record.phase {
        case .closingCSA, .drainingCSA, .closingOO, .drainingOO: true
        case .planned, .quiesced, .verifying, .reopening, .releasing, .completed, .aborted: false
        }
    }

    /// What only a person can answer.
    private func questions(at now: Timestamp) -> [MaintenanceBlocker] {
        if record.phase == .planned, let failedAt = record.remindedAt, let step = record.steps.last {
            return [
                MaintenanceBlocker(
                    name: "start", part: .verification, text: step.cause,
                    remedy: "solve it and start it by hand (sluice maintenance start), or abort it", since: failedAt,
                    canBeWaived: false)
            ]
        }
        guard isDraining, let deadline = record.drainDeadline, now >= deadline, record.plan.onDeadline == .ask else {
            return []
        }
        return [
            MaintenanceBlocker(
                name: "deadline", part: record.phase == .drainingCSA ? .csaDrain : .ooDrain,
                text: "the drain was to be over by \(deadline); \(record.plan.owner) is asked",
                remedy: "extend it, waive what is left, or abort; nothing is cancelled by itself", since: deadline,
                canBeWaived: false)
        ]
    }

    private mutating func startFailed(_ cause: String, at now: Timestamp) -> [MaintenanceEffect] {
        guard pending == nil, record.phase == .planned else { return [] }
        var changed = record
        changed.remindedAt = now
        changed.note(at: now, by: .sluice, cause: "it was not started at its time: \(cause)")
        return commit(changed, reminder: "it was not started at its time: \(cause)")
    }

    // MARK: Orders

    private mutating func ordered(_ order: MoveOrder, at now: Timestamp) -> [MaintenanceEffect] {
        guard pending == nil else { return [.answer(order.ref, .refused(.busy))] }
        switch MaintenanceRules.moved(record, order, blockers: blockers(at: now), at: now) {
        case .success(let changed): return commit(changed, order: order)
        case .failure(let refusal): return [.answer(order.ref, .refused(refusal.refusal))]
        }
    }
}

extension MaintenanceRecord {
    fileprivate mutating func addCSAInstances(_ ids: [CSAInstanceID]) {
        csaInstances = Array(
            Set((csaInstances ?? []) + ids).sorted().prefix(MaintenanceLimits.csaInstanceCountMax))
    }
}
