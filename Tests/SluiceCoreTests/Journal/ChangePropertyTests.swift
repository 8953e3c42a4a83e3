import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Crashes, lost answers and other people, by seed: what holds whatever happens.
@Suite(.timeLimit(.minutes(10)))
struct ChangePropertyTests {
    private static let count = 4

    /// One maintenance with people and faults.
    private struct Round {
        var world: ChangeWorld
        let initial: [String: [JournalField]]
        var random: SeededGenerator
        /// The last value that a person gave a field.
        var edits: [String: [String: String]] = [:]
        var editCount = 0
        let editShare: UInt64
        let crashShare: UInt64

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed &* 77)
            world = ChangeWorld.busy(ChangePropertyTests.count, seed: seed)
            initial = world.objects
            world.faultShare = [0, 2, 5][Int(seed % 3)]
            world.answersImage = seed % 2 == 0
            editShare = [0, 9, 25][Int(seed / 3 % 3)]
            crashShare = [0, 13, 40][Int(seed / 9 % 3)]
        }

        mutating func chance(_ share: UInt64) -> Bool { share > 0 && random.next() % share == 0 }

        /// A person changes any field, ours among them; but not between our write and the reading of it where the
        /// system does not tell its after-image, nor while a write of ours is still on its way: nobody could tell.
        mutating func edit() {
            let number = Int(random.next() % UInt64(ChangePropertyTests.count))
            let key = "csa/p\(number)"
            let name = ["automatic", "days", "approvers"][Int(random.next() % 3)]
            let isOurs = name != "approvers"
            guard !isOurs || !(world.unread.contains(key) && !world.answersImage),
                !isOurs || !world.lateWrites.contains(where: { $0.object == key })
            else { return }
            editCount += 1
            let value = "person \(editCount)"
            edits[key, default: [:]][name] = value
            world.edit(key, name, value)
        }

        /// The operator keeps what a person made, and overwrites what is nobody's.
        mutating func decide() {
            guard let entry = world.machine.entries.first(where: { $0.state == .conflict && $0.isUnsettled }) else {
                return
            }
            let isTheirs = entry.found.contains { $0.value.hasPrefix("person") }
            world.ask(.decide(entry.id, isTheirs ? .keep : .putBack))
        }

        mutating func phase(_ order: ChangeRequest.Order, mayEndEarly: Bool, until isMet: (ChangeState) -> Bool) {
            for turn in 0..<40_000 {
                let isAccepted = world.answers.last == .accepted || world.answers.last == .nothingToDo
                if world.pending.isEmpty, !isAccepted {
                    world.answers = []
                    world.ask(order)
                } else if world.pending.isEmpty, isMet(world.machine) {
                    return
                }
                if mayEndEarly, isAccepted, turn > 20, chance(97) { return }
                if chance(editShare) { edit() }
                if chance(crashShare) { world.die() }
                if world.pending.isEmpty { decide() }
                world.turn()
            }
            Issue.record(
                "\(order) did not end: \(world.machine.entries.map { "\($0.object) \($0.state) \($0.cause)" })")
        }
    }

    @Test(
        "R31 whatever dies, is lost or is changed by others: ours is put back, theirs stays",
        arguments: UInt64(0)..<300)
    func putsBackOursAndKeepsTheirs(seed: UInt64) {
        var round = Round(seed: seed)
        round.phase(.plan(ChangeWorld.plan(Self.count)), mayEndEarly: seed % 5 == 0) { $0.isMade }
        if seed % 5 != 0 {
            for (key, fields) in round.world.objects where key.hasPrefix("csa") && round.edits[key] == nil {
                #expect(fields.value(of: "automatic") == "false", "\(key)")
            }
        }
        round.world.answers = []
        round.phase(.revert, mayEndEarly: false) { $0.isSettled }
        // What is still on its way somewhere arrives.
        round.world.settle()
        for (key, before) in round.initial {
            for field in before {
                let expected = round.edits[key]?[field.name] ?? field.value
                #expect(round.world.value(key, field.name) == expected, "\(key) \(field.name)")
            }
        }
        for entry in round.world.disk.values { #expect(!entry.isUnsettled, "\(entry.object) \(entry.state)") }
        let writeCount = round.world.writes.count
        let disk = round.world.disk
        round.world.answers = []
        round.world.ask(.revert)
        round.world.settle()
        #expect(round.world.writes.count == writeCount, "a second run is a no-op")
        #expect(round.world.disk == disk)
    }

    @Test("a crash before and after every effect leaves a journal that goes on to the same end")
    func goesOnAfterACrashAnywhere() {
        var clean = ChangeWorld.busy(2)
        Self.trip(&clean)
        let total = clean.effectCount
        #expect(total > 20)
        for number in 1...total {
            for isAfter in [false, true] {
                var world = ChangeWorld.busy(2)
                world.crashAt = (number, isAfter)
                Self.trip(&world)
                #expect(world.crashCount == 1)
                #expect(world.objects == clean.objects, "effect \(number), after: \(isAfter)")
                #expect(
                    world.disk.values.allSatisfy { $0.state == .reverted }, "effect \(number), after: \(isAfter)")
            }
        }
    }

    @Test("a commit whose answer is lost leaves the same end")
    func goesOnAfterALostCommit() {
        var clean = ChangeWorld.busy(2)
        Self.trip(&clean)
        for number in 1...clean.effectCount {
            var world = ChangeWorld.busy(2)
            world.lostCommits = [number]
            Self.trip(&world)
            #expect(world.objects == clean.objects, "effect \(number)")
            #expect(world.disk.values.allSatisfy { $0.state == .reverted }, "effect \(number)")
        }
    }

    /// There and back; whoever orders asks again until it is accepted.
    private static func trip(_ world: inout ChangeWorld) {
        for (order, isForth) in [(ChangeRequest.Order.plan(ChangeWorld.plan(2)), true), (.revert, false)] {
            world.answers = []
            world.ask(order)
            for _ in 0..<5_000 {
                let isDone = isForth ? world.machine.isMade : world.machine.isSettled
                if world.pending.isEmpty {
                    if world.answers.contains(.accepted), isDone { break }
                    if !world.answers.contains(.accepted), world.machine.isRead { world.ask(order) }
                }
                world.turn()
            }
            if isForth { #expect(world.machine.isMade) } else { #expect(world.machine.isSettled) }
        }
    }
}
