import SluiceCore
import SluiceModel
import Testing

/// A Central, a disk and a clock around one `FreezeState`: performs its effects, and can crash between any two.
struct FreezeWorld {
    /// What becomes of one switch.
    enum Fate { case take, takeUnseen, fail, ignore }

    var central: [ScheduleSight]
    var disk: [JournalID: JournalEntry] = [:]
    var machine: FreezeState
    var now: Moment
    var fates: [Fate] = []
    /// Every switch fails.
    var isOut = false
    /// What each of these fails with, while it is set.
    var listFailure: RetryPause.Kind?
    var settleFailure: RetryPause.Kind?
    /// How a switch fails that does.
    var switchFailure = RetryPause.Kind.failure
    /// Switches of these fail.
    var refused: Set<String> = []
    var answers: [FreezeAnswer] = []
    var settlements: [Settlement] = []
    var switches: [(id: ScheduleID, isEnabled: Bool, at: Timestamp)] = []
    var effectCount = 0
    var listingCount = 0
    var settleCount = 0
    /// How long a listing is on its way after Central has made it.
    var listingDelay: Duration = .zero
    /// The process dies before, or after, the effect of this number (from 1) is performed.
    var crashAt: (number: Int, isAfter: Bool)?
    var crashCount = 0
    /// What is ordered while the effect of a number is on its way.
    var wishes: [Int: (FreezeWorld) -> FreezeEvent] = [:]
    /// Commits among these effects are on disk, and their answer says that they are not.
    var lostCommits: Set<Int> = []
    /// A person, before each listing of a number.
    var person: [Int: (inout FreezeWorld) -> Void] = [:]
    let policy: FreezePolicy

    init(_ schedules: [ScheduleSight], policy: FreezePolicy = FreezePolicy()) {
        central = schedules
        self.policy = policy
        now = Moment(wall: Timestamp(milliseconds: 1_800_000_000_000), monotonic: MonotonicTime(nanoseconds: 0))
        machine = FreezeState(policy: policy, at: now)
    }

    static func schedule(_ id: String, isEnabled: Bool = true, path: String = "Library/A/x") -> ScheduleSight {
        ScheduleSight(
            id: ScheduleID(id), title: "s\(id)", flow: FlowID("flow-\(id)"), flowPath: path, isEnabled: isEnabled,
            image: [
                JournalField("flow", "flow-\(id)"), JournalField("flowPath", path), JournalField("input host", "#1"),
            ])
    }

    // MARK: A person

    mutating func set(_ id: String, isEnabled: Bool) {
        for index in central.indices where central[index].id.text == id { central[index].isEnabled = isEnabled }
    }

    mutating func edit(_ id: String) {
        for index in central.indices where central[index].id.text == id {
            central[index].image[2] = JournalField("input host", "#2")
        }
    }

    func isEnabled(_ id: String) -> Bool? { central.first { $0.id.text == id }?.isEnabled }

    /// The newest entry of a schedule.
    func entry(_ id: String) -> JournalEntry? {
        disk.values.filter { $0.object == id }.max { ($0.at, $0.attempt) < ($1.at, $1.attempt) }
    }

    // MARK: Driving

    mutating func freeze(_ selection: ScheduleSelection = .all) {
        run(.freezeRequested(request(selection)))
    }

    mutating func thaw(_ selection: ScheduleSelection = .all) { run(.thawRequested(request(selection))) }

    mutating func waive(_ ids: String...) {
        run(.waiveRequested(request(ScheduleSelection(ids: ids.map { ScheduleID($0) }))))
    }

    mutating func restore(_ wishes: [RestoreRequest.Wish]) {
        run(
            .restoreRequested(
                RestoreRequest(ref: .init(1), wishes: wishes, by: Principal("ann"), reason: "as it was")))
    }

    func request(freeze selection: ScheduleSelection) -> FreezeEvent { .freezeRequested(request(selection)) }

    func request(thaw selection: ScheduleSelection) -> FreezeEvent { .thawRequested(request(selection)) }

    private func request(_ selection: ScheduleSelection) -> FreezeRequest {
        FreezeRequest(ref: .init(1), selection: selection, by: Principal("ann"), reason: "upgrade")
    }

    /// Ticks until nothing is to be done for longer than any wait, or the limit is reached.
    mutating func settle(seconds: Int = 120) {
        for _ in 0..<seconds {
            now = now.advanced(by: .seconds(1))
            run(.ticked)
        }
    }

    mutating func run(_ event: FreezeEvent) {
        var events = [event]
        while !events.isEmpty {
            for effect in machine.step(events.removeFirst(), at: now) {
                effectCount += 1
                if let crash = crashAt, crash.number == effectCount {
                    crashAt = nil
                    crashCount += 1
                    if crash.isAfter { _ = perform(effect) }
                    machine = FreezeState(policy: policy, at: now)
                    return
                }
                let number = effectCount
                let answer = perform(effect)
                if !machine.isQuiet, let wish = wishes.removeValue(forKey: number) { interrupt(wish(self)) }
                if case .committed? = answer, lostCommits.remove(number) != nil {
                    events.append(.commitFailed(cause: "the connection was lost"))
                } else if let answer {
                    events.append(answer)
                }
            }
        }
    }

    /// Takes a wish while an effect is on its way: it is answered at once, or waits.
    private mutating func interrupt(_ wish: FreezeEvent) {
        for effect in machine.step(wish, at: now) {
            guard case .answer(_, let answer) = effect else {
                Issue.record("a second effect began while one was on its way: \(effect)")
                return
            }
            answers.append(answer)
        }
    }

    private mutating func perform(_ effect: FreezeEffect) -> FreezeEvent? {
        now = now.advanced(by: .milliseconds(1))
        switch effect {
        case .recover:
            let open = disk.values.filter(\.state.isOpen).sorted { ($0.at, $0.id) < ($1.at, $1.id) }
            let order = open.first { $0.object == JournalEntry.wholeObject }
            let closed = disk.values.filter { !$0.state.isOpen && $0.at >= order?.at ?? $0.at }
            return .recovered(open, closed: closed.sorted { ($0.at, $0.id) < ($1.at, $1.id) })
        case .list:
            listingCount += 1
            person.removeValue(forKey: listingCount)?(&self)
            now = now.advanced(by: listingDelay)
            if let listFailure { return .listFailed(cause: "login refused", listFailure) }
            return .listed(central)
        case .commit(let changes):
            for change in changes {
                guard case .journal(let entry, let replaced) = change else { return .commitFailed(cause: "no") }
                guard disk[entry.id]?.state == replaced else { return .commitFailed(cause: "conflict") }
            }
            for case .journal(let entry, _) in changes { disk[entry.id] = entry }
            return .committed
        case .switchSchedule(let id, let isEnabled):
            switches.append((id, isEnabled, now.wall))
            let isRefused = isOut || refused.contains(id.text)
            let fate = isRefused ? .fail : fates.isEmpty ? .take : fates.removeFirst()
            if fate == .take || fate == .takeUnseen { set(id.text, isEnabled: isEnabled) }
            return fate == .take || fate == .ignore
                ? .switched(id) : .switchFailed(id, cause: "no answer", switchFailure)
        case .settle(let settlement):
            settleCount += 1
            if let settleFailure {
                return .settleFailed(settlement.entry.id, cause: "login refused", settleFailure)
            }
            guard disk[settlement.entry.id]?.state == settlement.replacing else {
                return .settleFailed(settlement.entry.id, cause: "conflict", .failure)
            }
            disk[settlement.entry.id] = settlement.entry
            settlements.append(settlement)
            return .settled(settlement.entry.id)
        case .answer(_, let answer):
            answers.append(answer)
            return nil
        }
    }
}
