import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Systems that fail, orders that cannot be carried out, and what comes after what.
@Suite struct ChangeTroubleTests {
    private static func settled(_ world: inout ChangeWorld) {
        world.ask(.revert)
        world.run { $0.answers.last == .accepted && $0.machine.isSettled }
    }

    @Test(
        "whatever becomes of a write, it is read before anything is sent again",
        arguments: ChangeWorld.Fate.allCases)
    func readsFirst(fate: ChangeWorld.Fate) {
        var world = ChangeWorld.busy(1)
        let before = world.objects
        // The fence's making, the policy's making, and the same on the way back.
        for _ in 0..<2 { world.fates.append(fate) }
        world.ask(.plan(ChangeWorld.plan(1)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        #expect(world.value("csa/p0", "automatic") == "false")
        #expect(world.value("fence/csa", "mode") == "closed")
        world.fates = [fate, fate]
        Self.settled(&world)
        world.settle()
        #expect(world.objects == before)
        #expect(world.disk.values.allSatisfy { $0.state == .reverted })
    }

    @Test("a system that refuses for ever is an operator's after a named number of tries")
    func givesUp() throws {
        var world = ChangeWorld.busy(1)
        world.fates = [.take] + Array(repeating: .refuse, count: 20)
        world.ask(.plan(ChangeWorld.plan(1)))
        world.settle()
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == .conflict)
        #expect(entry.cause.contains("sent \(ChangeLimits.attemptCountMax) times"))
        #expect(entry.cause.contains("Failed: busy"))
        #expect(world.fates.count == 20 - ChangeLimits.attemptCountMax)
        #expect(!world.machine.isMade)
        world.fates = []
        world.ask(.decide(entry.id, .putBack))
        world.run { $0.machine.isMade }
        #expect(world.value("csa/p0", "automatic") == "false")
    }

    @Test(
        "whoever refuses our account is asked once, and again only when an operator says so",
        arguments: [true, false])
    func stopsAtOnce(isRead: Bool) {
        var world = ChangeWorld.busy(4)
        let system = isRead ? "fence" : "csa"
        if isRead {
            world.readTrouble = .unauthorized
        } else {
            world.fates = [.take, .fail]
            world.writeTrouble = .unauthorized
        }
        world.ask(.plan(ChangeWorld.plan(4)))
        world.settle()
        let (reads, writes) = (world.readCount, world.writes.count)
        world.settle(seconds: 4000)
        #expect(world.readCount == reads)
        #expect(world.writes.count == writes)
        #expect(world.machine.troubles.contains { $0.asks && $0.system == system })
        world.readTrouble = nil
        world.ask(.resume(system: system))
        world.run { $0.machine.isMade }
        #expect(world.machine.troubles.isEmpty)
    }

    @Test("the first call to a system goes alone, and a refused account is not tried by several")
    func asksOnceWhenNothingIsProven() {
        var world = ChangeWorld.busy(4)
        world.readTrouble = .unauthorized
        let plan = ChangeWorld.plan(4).filter { $0.system == "csa" }
        world.ask(.plan(plan))
        world.settle(seconds: 4000)
        #expect(world.readCount == 1)
    }

    @Test("a system that is away is asked again after longer and longer waits, and goes on where it was")
    func waits() {
        var world = ChangeWorld.busy(3)
        world.readTrouble = .away
        world.ask(.plan(ChangeWorld.plan(3)))
        world.settle(seconds: 1000)
        #expect(world.readCount < 25)
        #expect(world.machine.troubles.count == 1)
        world.readTrouble = nil
        world.run { $0.machine.isMade }
        #expect(world.machine.troubles.isEmpty)
    }

    @Test(
        "a system that spells values its own way is compared with what it made of them", arguments: [true, false])
    func knowsSpelling(answersImage: Bool) {
        var world = ChangeWorld.busy(2)
        let before = world.objects
        world.spells = true
        world.answersImage = answersImage
        world.ask(.plan(ChangeWorld.plan(2)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        #expect(world.entry("csa/p0")?.state == .done)
        #expect(world.entry("csa/p0")?.after.value(of: "automatic") == "FALSE")
        world.spells = false
        Self.settled(&world)
        #expect(world.objects == before)
        #expect(world.disk.values.allSatisfy { $0.state == .reverted })
    }

    @Test("steps are made in their order and put back in theirs; what waits for an operator holds up the rest")
    func keepsTheOrder() throws {
        var world = ChangeWorld.busy(2)
        world.ask(.plan(ChangeWorld.plan(2)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        #expect(world.writes.map(\.object) == ["fence/csa", "csa/p0", "csa/p1"])
        world.edit("csa/p0", "days", "7")
        world.ask(.revert)
        world.settle()
        #expect(world.writes.dropFirst(3).map(\.object) == ["csa/p1"], "the fence stays up")
        #expect(world.machine.isReturning)
        #expect(!world.machine.isSettled)
        world.ask(.decide(try #require(world.entry("csa/p0")).id, .keep))
        world.run { $0.machine.isSettled }
        #expect(world.writes.dropFirst(3).map(\.object) == ["csa/p1", "csa/p0", "fence/csa"])
        #expect(world.writes[4].fields == [JournalField("automatic", "true")])
        #expect(world.value("csa/p0", "days") == "7")
    }

    @Test("a second controller is refused, and what is over is not begun again")
    func refusesTheSecond() {
        var world = ChangeWorld.busy(1)
        let other = MaintenanceID("m_2")
        world.ask(.plan(ChangeWorld.plan(1)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        world.ask(.plan(ChangeWorld.plan(1)), of: other)
        world.ask(.revert, of: other)
        world.ask(.plan(ChangeWorld.plan(1)))
        world.settle(seconds: 5)
        #expect(world.answers == [.accepted, .taken(by: ChangeWorld.mine), .taken(by: ChangeWorld.mine), .accepted])
        #expect(world.disk.count == 2)
        Self.settled(&world)
        world.ask(.plan(ChangeWorld.plan(1)))
        world.ask(.revert, of: MaintenanceID("m_3"))
        world.ask(.plan(ChangeWorld.plan(1)), of: other)
        world.run { $0.machine.owner == other && $0.machine.isMade && $0.disk.count == 4 }
        #expect(world.answers.suffix(3) == [.returning, .nothingToDo, .accepted])
    }

    @Test("an object that carries a mark is left alone until an operator says otherwise")
    func leavesWhatIsMarked() throws {
        var world = ChangeWorld.busy(1)
        world.markers["csa/p0"] = MaintenanceID("m_9")
        world.ask(.plan(ChangeWorld.plan(1)))
        world.settle()
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == .conflict)
        #expect(entry.cause.contains("m_9"))
        world.ask(.decide(entry.id, .putBack))
        world.run { $0.machine.isMade }
        #expect(world.markers["csa/p0"] == ChangeWorld.mine)
        Self.settled(&world)
        #expect(world.markers["csa/p0"] == nil)
    }

    @Test("an abort before anything was sent changes nothing")
    func abortsEarly() {
        var world = ChangeWorld.busy(3)
        let before = world.objects
        world.readTrouble = .away
        world.ask(.plan(ChangeWorld.plan(3)))
        world.run { $0.answers == [.accepted] }
        Self.settled(&world)
        #expect(world.writes.isEmpty)
        #expect(world.objects == before)
        #expect(world.disk.values.allSatisfy { $0.state == .reverted })
    }

    @Test("an operator may give up on what does not get on, and the rest goes on")
    func givesUpByHand() throws {
        var world = ChangeWorld.busy(1)
        world.ask(.plan(ChangeWorld.plan(1)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        world.readTrouble = .unauthorized
        world.ask(.revert)
        world.settle()
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == .reverting)
        world.ask(.decide(entry.id, .keep))
        world.settle()
        world.readTrouble = nil
        world.ask(.resume(system: "fence"))
        world.run { $0.machine.isSettled }
        #expect(world.entry("csa/p0")?.state == .conflict)
        #expect(world.value("csa/p0", "automatic") == "false")
        #expect(world.value("fence/csa", "mode") == "open")
    }

    @Test(
        "R35 what is gone is looked for once more on an operator's word, and put back when it shows again",
        arguments: [true, false], [true, false])
    func looksOnceMore(isBack: Bool, isGoneEarly: Bool) throws {
        var world = ChangeWorld.busy(2)
        let before = world.objects
        world.ask(.plan(ChangeWorld.plan(2)))
        var kept: [JournalField]?
        if isGoneEarly {
            // Its making was taken, and the answer is lost: it is gone before it can be read back.
            world.fates = [.take, .takeUnseen]
            for _ in 0..<5_000 where !world.writes.contains(where: { $0.object == "csa/p0" }) { world.turn() }
            kept = world.objects.removeValue(forKey: "csa/p0")
        }
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        if !isGoneEarly { kept = world.objects.removeValue(forKey: "csa/p0") }
        world.ask(.revert)
        world.run { $0.machine.isSettled && $0.answers.count == 2 }
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == .gone && entry.isLost)
        world.ask(.decide(entry.id, .keep))
        world.settle(seconds: 5)
        #expect(world.answers.last == .notAsked, "there is nothing to keep")
        // Settled, so that nothing of it is in memory after a restart.
        world.die()
        if isBack { world.objects["csa/p0"] = kept }
        world.ask(.decide(entry.id, .putBack))
        world.run { $0.answers.last == .accepted && $0.machine.isSettled }
        #expect(world.entry("csa/p0")?.state == (isBack ? .reverted : .gone))
        if isBack { #expect(world.objects == before) }
        #expect(world.notes.contains { $0.kind == "journal-decided" })
    }

    @Test("what was never there is not looked for")
    func looksForNothing() throws {
        var world = ChangeWorld.busy(1)
        world.objects["csa/p0"] = nil
        world.ask(.plan(ChangeWorld.plan(1)))
        world.run { $0.answers == [.accepted] && $0.machine.isMade }
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == .gone && !entry.isLost)
        world.ask(.decide(entry.id, .putBack))
        world.settle(seconds: 5)
        #expect(world.answers.last == .notAsked)
    }

    @Test("a plan that cannot be carried out is refused whole, and says why")
    func refusesBadPlans() {
        func change(_ vary: (inout PlannedChange) -> Void) -> PlannedChange {
            var change = ChangeWorld.plan(1)[1]
            vary(&change)
            return change
        }
        let plans: [(plan: [PlannedChange], word: String)] = [
            ([change { $0.system = "sap" }], "no system sap"), ([change { $0.object = "" }], "no id"),
            ([change { _ in }, change { _ in }], "twice"), ([change { $0.wanted = [] }], "0 fields"),
            ([change { $0.wanted += $0.wanted }], "a field twice"),
            ([change { $0.wanted = [JournalField("sensitive input password", "x")] }], "secret"),
            (Array(repeating: change { _ in }, count: ChangeLimits.planCountMax + 1), "more than"),
        ]
        for (plan, word) in plans {
            var world = ChangeWorld.busy(1)
            world.ask(.plan(plan))
            world.settle(seconds: 5)
            guard case .invalid(let cause)? = world.answers.last else {
                Issue.record("\(word): \(world.answers)")
                continue
            }
            #expect(cause.contains(word))
            #expect(world.disk.isEmpty)
        }
    }

    @Test("wishes beyond the limit are refused")
    func isBusy() {
        var world = ChangeWorld.busy(1)
        for _ in 0...ChangeLimits.waitingRequestCountMax { world.ask(.revert) }
        #expect(world.answers == [.busy])
    }

    @Test("secrets and long values are not shown")
    func hidesSecrets() {
        let secret = JournalField(JournalField.sensitivePrefix + "password", "hunter2")
        #expect(secret.shown == "sensitive input password=(secret)")
        #expect(
            JournalField("a", String(repeating: "x", count: 500)).shownValue.count == JournalField.shownCountMax + 1)
    }
}
