import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Outside systems, a disk, a clock and chance around one `ChangeState`: performs its effects in any order, and can
/// crash between any two.
struct ChangeWorld {
    /// What becomes of one write.
    enum Fate: CaseIterable { case take, takeUnseen, refuse, fail, notSent, stale, late }

    static let mine = MaintenanceID("m_1")
    static let ann = Principal("ann")

    var objects: [String: [JournalField]] = [:]
    var markers: [String: MaintenanceID] = [:]
    var disk: [JournalID: JournalEntry] = [:]
    var notes: [AuditNote] = []
    var machine: ChangeState
    var now = Moment(wall: Timestamp(milliseconds: 1_800_000_000_000), monotonic: MonotonicTime(nanoseconds: 0))
    let policy: ChangePolicy
    var random: SeededGenerator
    /// Performed or not; those that are have their answer.
    var pending: [(effect: ChangeEffect, answer: ChangeEvent?)] = []
    var answers: [ChangeAnswer] = []
    var writes: [(object: String, fields: [JournalField])] = []
    var readCount = 0
    /// Fates of the next writes of single objects; then all are taken.
    var fates: [Fate] = []
    /// Every so many writes have a fate of chance; 0: none.
    var faultShare: UInt64 = 0
    /// What reads fail with, while it is set.
    var readTrouble: ChangeTrouble?
    var writeTrouble = ChangeTrouble.away
    /// Whether the system writes values its own way.
    var spells = false
    /// Whether a yes comes with the object.
    var answersImage = false
    /// Writes that are carried out after their answer was given up on.
    var lateWrites: [(at: MonotonicTime, object: String, fields: [JournalField])] = []
    /// Objects that are read since they were written last.
    private var fresh: Set<String> = []
    /// Objects whose last write was taken and which were not read since.
    private(set) var unread: Set<String> = []
    var effectCount = 0
    /// The process dies before, or after, the effect of this number (from 1) is performed.
    var crashAt: (number: Int, isAfter: Bool)?
    var crashCount = 0
    /// Commits of these numbers are on disk, and their answer says that they are not.
    var lostCommits: Set<Int> = []
    private var ref: UInt64 = 0

    init(_ objects: [String: [JournalField]], seed: UInt64 = 1, policy: ChangePolicy? = nil) {
        self.objects = objects
        let systems = [
            ChangeSystem("csa", callCountMax: 3, writeCountMax: 2), ChangeSystem("fence", callCountMax: 1),
        ]
        self.policy = policy ?? ChangePolicy(systems: systems)
        random = SeededGenerator(seed: seed)
        machine = ChangeState(policy: self.policy, at: now)
    }

    static func key(_ system: String, _ object: String) -> String { "\(system)/\(object)" }

    /// The newest entry of an object.
    func entry(_ key: String) -> JournalEntry? {
        disk.values.filter { Self.key($0.system, $0.object) == key }.max { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    func value(_ key: String, _ name: String) -> String? { objects[key]?.value(of: name) }

    mutating func edit(_ key: String, _ name: String, _ value: String) {
        objects[key] = objects[key]?.map { $0.name == name ? JournalField(name, value) : $0 }
    }

    // MARK: Driving

    mutating func ask(_ order: ChangeRequest.Order, of maintenance: MaintenanceID = mine) {
        ref += 1
        let request = ChangeRequest(
            ref: .init(ref), maintenance: maintenance, order: order, by: Self.ann, reason: "upgrade")
        tell(.requested(request))
    }

    mutating func tell(_ event: ChangeEvent) {
        for effect in machine.step(event, at: now) {
            if case .answer(_, let answer) = effect { answers.append(answer) } else { pending.append((effect, nil)) }
        }
    }

    /// Performs one effect or delivers one answer; lets a second pass when there is none.
    mutating func turn() {
        guard !pending.isEmpty else {
            now = now.advanced(by: .seconds(1))
            carryOutLateWrites()
            return tell(.ticked)
        }
        now = now.advanced(by: .milliseconds(1))
        let place = Int(random.next() % UInt64(pending.count))
        if let answer = pending[place].answer {
            pending.remove(at: place)
            return tell(answer)
        }
        effectCount += 1
        if let crash = crashAt, crash.number == effectCount {
            crashAt = nil
            if crash.isAfter { _ = perform(pending[place].effect) }
            return die()
        }
        pending[place].answer = perform(pending[place].effect)
    }

    mutating func die() {
        crashCount += 1
        pending = []
        machine = ChangeState(policy: policy, at: now)
        tell(.ticked)
    }

    /// Goes on until a condition holds; what is not there by `limit` turns is an issue.
    mutating func run(_ limit: Int = 5_000, until isMet: (ChangeWorld) -> Bool) {
        for _ in 0..<limit {
            if pending.isEmpty, isMet(self) { return }
            turn()
        }
        Issue.record("it did not end: \(machine.entries.map { "\($0.object) \($0.state): \($0.cause)" })")
    }

    mutating func settle(seconds: Int = 200) {
        let end = now.monotonic.advanced(by: .seconds(seconds))
        for _ in 0..<20_000 where now.monotonic < end { turn() }
    }

    // MARK: Effects

    private mutating func perform(_ effect: ChangeEffect) -> ChangeEvent? {
        switch effect {
        case .recover(let wanted): return recover(wanted)
        case .commit(let changes): return commit(changes)
        case .read(let id, let system, let object):
            readCount += 1
            if let readTrouble { return .readFailed(id, cause: "no", readTrouble) }
            let key = Self.key(system, object)
            fresh.insert(key)
            unread.remove(key)
            return .read(id, objects[key].map { OutsideImage(fields: $0, marker: markers[key]) })
        case .write(let call, let system, let orders):
            let outcomes = orders.map { ChangeOutcome($0.entry, write(system, $0)) }
            return .wrote(call: call, outcomes)
        case .answer: return nil
        }
    }

    private func recover(_ wanted: MaintenanceID?) -> ChangeEvent {
        let all = disk.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
        let owner = all.first { $0.isUnsettled && $0.maintenance != nil }?.maintenance ?? wanted
        return .recovered(owner == nil ? [] : all.filter { $0.maintenance == owner }, of: owner)
    }

    private mutating func commit(_ changes: [Change]) -> ChangeEvent {
        for change in changes {
            guard case .journal(let entry, let replaced) = change else { continue }
            guard disk[entry.id]?.state == replaced else { return .commitFailed(cause: "conflict") }
        }
        for change in changes {
            if case .journal(let entry, _) = change { disk[entry.id] = entry }
            if case .note(let note) = change { notes.append(note) }
        }
        return lostCommits.remove(effectCount) == nil ? .committed : .commitFailed(cause: "the connection was lost")
    }

    private mutating func write(_ system: String, _ order: ChangeOrder) -> ChangeOutcome.Result {
        let key = Self.key(system, order.object)
        if fresh.remove(key) == nil { Issue.record("\(key) was sent twice for one reading") }
        guard let entry = disk[order.entry], entry.attempt > 0,
            entry.state == .intended || entry.state == .reverting
        else {
            Issue.record("\(key) was sent without an intent on disk")
            return .refused(cause: "no")
        }
        if entry.checksum == nil { Issue.record("\(key) was sent without a before-image on disk") }
        var fate = Fate.take
        if !fates.isEmpty {
            fate = fates.removeFirst()
        } else if faultShare > 0, random.next() % faultShare == 0 {
            fate = Fate.allCases[Int(random.next() % UInt64(Fate.allCases.count))]
        }
        guard let fields = objects[key] else { return .refused(cause: "Failed: not found") }
        // The system has no conditional write: its adapter reads right before.
        if fate == .stale || fields != order.basedOn.fields { return .stale }
        switch fate {
        case .refuse: return .refused(cause: "Failed: busy")
        case .fail: return .unknown(cause: "no answer", writeTrouble)
        case .notSent: return .notSent(cause: "no connection", writeTrouble)
        case .late:
            lateWrites.append((now.monotonic.advanced(by: .seconds(40)), key, order.fields))
            return .unknown(cause: "no answer in time", .object)
        case .take, .takeUnseen, .stale: break
        }
        writes.append((key, order.fields))
        for field in order.fields { edit(key, field.name, spells ? field.value.uppercased() : field.value) }
        markers[key] = order.marker
        guard fate == .take else { return .unknown(cause: "the answer was lost", .object) }
        unread.insert(key)
        return .taken(answersImage ? objects[key].map { OutsideImage(fields: $0) } : nil)
    }

    private mutating func carryOutLateWrites() {
        for write in lateWrites where write.at <= now.monotonic {
            for field in write.fields { edit(write.object, field.name, field.value) }
        }
        lateWrites.removeAll { $0.at <= now.monotonic }
    }
}

extension ChangeWorld {
    static func policyObject(_ number: Int) -> [JournalField] {
        [
            JournalField("automatic", "true"), JournalField("days", "\(number)"),
            JournalField("approvers", "a\(number)"),
        ]
    }

    /// CSA's templates in step 1, a fence before and after them.
    static func plan(_ count: Int) -> [PlannedChange] {
        [
            PlannedChange(
                system: "fence", object: "csa", title: "door", wanted: [JournalField("mode", "closed")], step: 0,
                returnStep: 9)
        ]
            + (0..<count).map { number in
                PlannedChange(
                    system: "csa", object: "p\(number)", title: "policy \(number)",
                    wanted: [JournalField("automatic", "false"), JournalField("days", "x")], step: 1 + number % 2,
                    returnStep: 2 - number % 2)
            }
    }

    static func busy(_ count: Int, seed: UInt64 = 1) -> ChangeWorld {
        var objects = ["fence/csa": [JournalField("mode", "open"), JournalField("page", "soon")]]
        for number in 0..<count { objects["csa/p\(number)"] = policyObject(number) }
        return ChangeWorld(objects, seed: seed)
    }
}
