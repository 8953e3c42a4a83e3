import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// A restore in the journal: made for good, tried once, and always settled in the end.
@Suite struct ChangeRestoreTests {
    private static let next = MaintenanceID("m_2")

    private static func restore(_ world: inout ChangeWorld, _ count: Int = 2) {
        world.ask(.restore(ChangeWorld.plan(count)))
        world.run { $0.answers == [.accepted] && $0.machine.isSettled }
    }

    /// A maintenance after it makes its changes, and puts them back to what the restore left.
    private static func maintain(_ world: inout ChangeWorld, _ count: Int = 2) {
        let before = world.objects
        world.answers = []
        world.ask(.plan(ChangeWorld.plan(count)), of: next)
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        world.ask(.revert, of: next)
        world.run { $0.answers.count == 2 && $0.machine.isSettled }
        #expect(world.objects == before)
    }

    @Test("its changes are made and read back, nothing of them is left, and a maintenance can come after it")
    func makesForGood() {
        var world = ChangeWorld.busy(2)
        Self.restore(&world)
        #expect(world.disk.count == 3 && world.disk.values.allSatisfy { $0.state == .reverted && $0.isRestore })
        #expect(world.disk.values.allSatisfy { $0.cause == "made, and read back" })
        #expect(world.value("csa/p0", "automatic") == "false" && world.value("csa/p1", "days") == "x")
        #expect(world.value("csa/p0", "approvers") == "a0", "nothing else is touched")
        #expect(world.writes.first?.object == "fence/csa", "in the order of its steps")
        world.edit("csa/p0", "automatic", "true")
        Self.maintain(&world)
    }

    @Test("what a system refuses is sent once, and left with the cause", arguments: [false, true])
    func tellsARefusal(isAnswered: Bool) throws {
        var world = ChangeWorld.busy(2)
        world.writeTrouble = .object
        world.fates = [.take, isAnswered ? .refuse : .fail]
        Self.restore(&world)
        let left = try #require(world.disk.values.first { $0.state == .conflict })
        #expect(left.cause.contains(isAnswered ? "Failed: busy" : "no answer") && left.attempt == 1, "\(left)")
        #expect(!left.isUnsettled && left.decision?.kind == .keep && left.decision?.by == ChangeWorld.ann)
        #expect(world.disk.values.count { $0.state == .reverted } == 2, "the others are made")
        Self.maintain(&world)
    }

    @Test("a yes to a lost answer is found by reading")
    func readsAfterALostAnswer() {
        var world = ChangeWorld.busy(1)
        world.fates = [.take, .takeUnseen]
        Self.restore(&world, 1)
        #expect(world.disk.values.allSatisfy { $0.state == .reverted })
    }

    @Test(
        "what a system that is away, or refuses the account, has not done is left at once, and nothing is tried again",
        arguments: ChangeTrouble.allCases, [false, true])
    func leavesAtOnce(_ trouble: ChangeTrouble, isWrite: Bool) {
        var world = ChangeWorld.busy(4)
        if isWrite {
            world.fates = [.take] + Array(repeating: .fail, count: 10)
            world.writeTrouble = trouble
        } else {
            world.readTrouble = trouble
        }
        Self.restore(&world, 4)
        let entries = world.disk.values
        #expect(entries.allSatisfy { !$0.isUnsettled })
        #expect(entries.contains { $0.state == .conflict })
        let (reads, writes) = (world.readCount, world.writes.count)
        world.settle(seconds: 1000)
        #expect(world.readCount == reads && world.writes.count == writes)
        #expect(!world.machine.troubles.contains { $0.asks }, "no operator is asked")
        world.fates = []
        world.readTrouble = nil
        Self.maintain(&world, 4)
    }

    @Test("what is so already, is not there or was changed meanwhile is settled too")
    func settlesTheRest() throws {
        var world = ChangeWorld.busy(2)
        world.objects["csa/p0"] = nil
        world.edit("csa/p1", "automatic", "false")
        world.edit("csa/p1", "days", "x")
        Self.restore(&world)
        #expect(try #require(world.entry("csa/p0")).state == .gone)
        #expect(try #require(world.entry("csa/p1")).cause == "it was so already: nothing is changed")
        #expect(!world.writes.contains { $0.object == "csa/p1" })
    }

    @Test("it waits for no maintenance: one with open changes keeps it out, and it keeps one out")
    func oneAtATime() {
        var world = ChangeWorld.busy(1)
        world.ask(.plan(ChangeWorld.plan(1)))
        world.run { $0.machine.isMade }
        world.ask(.restore(ChangeWorld.plan(1)), of: Self.next)
        world.run { $0.answers == [.accepted, .taken(by: ChangeWorld.mine)] }
        world = ChangeWorld.busy(1)
        world.ask(.restore(ChangeWorld.plan(1)))
        world.run(until: { $0.answers == [.accepted] })
        if !world.machine.isSettled {
            world.ask(.plan(ChangeWorld.plan(1)), of: Self.next)
            #expect(world.answers.last == .taken(by: ChangeWorld.mine))
        }
    }

    @Test("killed before or after any effect it goes on to its end", arguments: [false, true])
    func survivesCrashes(isAfter: Bool) {
        for number in 1...60 {
            var world = ChangeWorld.busy(2, seed: UInt64(number))
            world.crashAt = (number, isAfter)
            world.ask(.restore(ChangeWorld.plan(2)))
            world.run { $0.machine.isSettled && $0.machine.isRead }
            guard !world.disk.isEmpty else { continue }
            #expect(world.disk.values.allSatisfy { $0.state == .reverted }, "\(number): \(world.disk.values)")
        }
    }

    @Test("whatever becomes of its writes, it ends, and says of each what is so")
    func endsUnderFaults() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var world = ChangeWorld.busy(5, seed: seed)
            world.faultShare = 2
            world.writeTrouble = [.object, .away, .unauthorized][Int(seed % 3)]
            world.ask(.restore(ChangeWorld.plan(5)))
            world.run { $0.answers == [.accepted] && $0.machine.isSettled }
            for entry in world.disk.values where entry.state == .reverted {
                let key = ChangeWorld.key(entry.system, entry.object)
                #expect(entry.wanted.allSatisfy { world.value(key, $0.name) == $0.value }, "\(seed): \(entry)")
            }
        }
    }
}
