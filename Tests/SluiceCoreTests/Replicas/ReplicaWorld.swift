import SluiceModel
import SluicePorts

@testable import SluiceCore
@testable import SluiceTestKit

/// Several replicas over one store, in virtual time: the very machines, with calls that are late, lost or answered to
/// a frozen process, and clocks that run at different rates.
///
/// It keeps what a caller outside would see, and says which promise was broken.
final class ReplicaWorld {
    /// What a seed draws from.
    struct Faults {
        /// Percent of calls to the store that are lost on their way there or back.
        var lostPercent = 10
        /// Percent of ways that take up to `slow`.
        var slowPercent = 10
        var slow = 8_000_000_000
        var freezes = true
        var restarts = true
        var stopsAfter = 60_000_000_000
    }

    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    /// When something happens; of two at one time the one that was planned first.
    struct Turn: Comparable, Sendable {
        var at: Int
        var number: Int

        static func < (left: Turn, right: Turn) -> Bool { (left.at, left.number) < (right.at, right.number) }
    }

    /// Real time in nanoseconds.
    private(set) var time = 0
    private var random: SeededGenerator
    let faults: Faults
    var store = InMemoryStoreContent()
    private(set) var replicas: [SimulatedReplica] = []
    private var queue = MinHeap<Turn>()
    /// What is done at each turn that is in the queue, by its number.
    private var steps: [Int: (replica: ObjectIdentifier?, run: () -> Void)] = [:]
    private var number = 0
    private var bornCount = 0
    /// Acknowledged closes: when, and until when nobody wished to open again.
    private var closedSince: Int?
    private(set) var acknowledgedCount = 0
    private(set) var proceedCount = 0
    private(set) var effectCount = 0
    private(set) var leaderCount = 0
    /// The effect of a leader that is under way, and until when.
    private var effect: (replica: ObjectIdentifier, until: Int)?
    private var history: [String] = []
    private(set) var violation: Violation?

    init(seed: UInt64, replicaCount: Int = 3, faults: Faults = Faults()) throws {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        try store.commit([.setGate(.fixture(.open, epoch: Epoch(1)), replacing: Epoch(0))], fence: Fence(timeline: 1))
        for _ in 0..<replicaCount { bear() }
    }

    func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ percent: Int) -> Bool { draw(1...100) <= percent }

    func log(_ text: String) {
        history.append("\(time / 1_000_000) ms: \(text)")
        if history.count > 50 { history.removeFirst() }
    }

    func fail(_ what: String) {
        guard violation == nil else { return }
        violation = Violation(description: what + "\n  " + history.joined(separator: "\n  "))
    }

    /// Runs something later; a frozen replica's turn comes when it thaws, a dead one's never.
    func after(_ delay: Int, _ replica: SimulatedReplica? = nil, _ run: @escaping () -> Void) {
        number += 1
        queue.insert(Turn(at: time + delay, number: number))
        steps[number] = (replica.map(ObjectIdentifier.init), run)
    }

    private func bear() {
        bornCount += 1
        let replica = SimulatedReplica(self, number: bornCount)
        replicas.append(replica)
        replica.loop()
    }

    /// How long one way to the store or back takes.
    func way() -> Int { chance(faults.slowPercent) ? draw(1_000_000...faults.slow) : draw(100_000...5_000_000) }

    /// A call: carried out at the store, and answered to the replica, unless lost on either way.
    func call<Answer>(
        _ replica: SimulatedReplica, _ carryOut: @escaping (inout InMemoryStoreContent) throws -> Answer,
        _ answer: @escaping (Result<Answer, StoreError>) -> Void
    ) {
        let lost = StoreError(.unknown, "lost")
        if chance(faults.lostPercent / 2) {
            return after(draw(1_000_000_000...4_000_000_000), replica) { answer(.failure(lost)) }
        }
        after(way()) { [self] in
            let result: Result<Answer, StoreError>
            do {
                result = .success(try carryOut(&store))
            } catch {
                result = .failure(error as! StoreError)
            }
            if chance(faults.lostPercent / 2) {
                after(draw(1_000_000_000...4_000_000_000), replica) { answer(.failure(lost)) }
            } else {
                after(way(), replica) { answer(result) }
            }
        }
    }

    // MARK: What is seen outside

    /// A caller asks; its first byte is sent now, and read whenever the replica is awake.
    func ask() {
        let sentAt = time
        let replica = replicas[draw(0...(replicas.count - 1))]
        let isAfterClose = closedSince.map { $0 <= sentAt } ?? false
        let close = closedSince
        after(draw(0...2_000_000), replica) { [self] in
            guard replica.decidesProceed() else { return }
            proceedCount += 1
            // Only if nobody wished to open it since.
            if isAfterClose, closedSince == close {
                fail("I1: \(replica.name) proceeds after a close was acknowledged")
            }
        }
    }

    func openingWished() { closedSince = nil }

    func closeAcknowledged(by replica: SimulatedReplica, _ acknowledgement: CloseAcknowledgement, epoch: Epoch) {
        acknowledgedCount += 1
        log("close \(epoch) acknowledged by \(replica.name), dead: \(acknowledgement.presumedDead.map(\.name))")
        // Opened again meanwhile, or about to be: then it says nothing.
        guard store.gate?.epoch == epoch, !replicas.contains(where: \.isOpening) else { return }
        closedSince = time
    }

    /// A launch is sent by a leader.
    func launchSent(by replica: SimulatedReplica) {
        if let closedSince, closedSince < time { fail("I3: \(replica.name) launches after a close was acknowledged") }
    }

    /// An outside effect of a leader that takes so long.
    func effectBegins(by replica: SimulatedReplica, lasts: Int) {
        let id = ObjectIdentifier(replica)
        if let effect, effect.replica != id, effect.until > time {
            fail("I4: \(replica.name) acts beside another leader")
        }
        effectCount += 1
        effect = (id, max(effect?.until ?? 0, time + lasts))
    }

    func tookLead(_ replica: SimulatedReplica, term: Int64) {
        leaderCount += 1
        log("\(replica.name) leads in term \(term)")
    }

    // MARK: The run

    /// Runs to the end, or to the first broken promise.
    func run() throws {
        schedule()
        while violation == nil, let next = pop() { next() }
        if let violation { throw violation }
    }

    private func schedule() {
        func every(_ range: ClosedRange<Int>, _ act: @escaping () -> Void) {
            after(draw(range)) { [self] in
                guard time < faults.stopsAfter else { return }
                act()
                every(range, act)
            }
        }
        every(1_000_000...20_000_000) { [self] in ask() }
        every(100_000_000...3_000_000_000) { [self] in
            let replica = replicas[draw(0...(replicas.count - 1))]
            after(draw(0...1_000_000), replica) { replica.change(self.chance(60) ? .hold : .open) }
        }
        if faults.freezes {
            every(500_000_000...6_000_000_000) { [self] in
                let replica = replicas[draw(0...(replicas.count - 1))]
                replica.frozenUntil = time + draw(50_000_000...9_000_000_000)
                log("\(replica.name) is frozen until \(replica.frozenUntil / 1_000_000) ms")
            }
        }
        if faults.restarts {
            every(3_000_000_000...20_000_000_000) { [self] in
                let index = draw(0...(replicas.count - 1))
                log("\(replicas[index].name) is killed")
                replicas.remove(at: index).isDead = true
                bear()
            }
        }
    }

    private func pop() -> (() -> Void)? {
        guard let turn = queue.removeFirst(), let step = steps.removeValue(forKey: turn.number) else { return nil }
        time = max(time, turn.at)
        guard let id = step.replica else { return step.run }
        guard let replica = replicas.first(where: { ObjectIdentifier($0) == id }) else { return {} }
        guard replica.frozenUntil <= time else {
            queue.insert(Turn(at: replica.frozenUntil, number: turn.number))
            steps[turn.number] = step
            return {}
        }
        return step.run
    }
}
