import SluiceCore
import SluiceModel
import Testing

/// What a freeze and a thaw make of a Central that refuses for a while, and of orders that follow each other.
@Suite struct FreezeRetryTests {
    private static let three = [
        FreezeWorld.schedule("1"), FreezeWorld.schedule("2", isEnabled: false),
        FreezeWorld.schedule("3", path: "Library/B/y"),
    ]

    @Test(
        "R31: a thaw goes on for as long as Central refuses, says why, and waits longer and longer", arguments: 1...40)
    func thawsAfterAnOutage(minutes: Int) {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.isOut = true
        world.thaw()
        world.settle(seconds: 60 * minutes)
        #expect(world.machine.phase == .thawing && world.settlements.isEmpty)
        #expect(world.machine.troubleCause?.contains("schedule 1 (s1) is not yet enabled") == true)
        #expect(world.machine.troubleCause?.contains("no answer") == true)
        #expect(world.switches.count { $0.isEnabled } <= 8 + minutes, "an account must not be locked out")
        if minutes == 7 { world.machine = FreezeState(policy: world.policy, at: world.now) }
        world.isOut = false
        world.settle(seconds: 180)
        #expect(world.central == Self.three && world.machine.phase == .idle)
        #expect(world.machine.troubleCause == nil)
        #expect(world.settlements.map(\.isOurs) == [true, true], "their missed times are ours to launch")
    }

    @Test("R31: an order to thaw that is repeated tries at once")
    func hurriesWhenAskedAgain() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.isOut = true
        world.thaw()
        world.settle(seconds: 600)
        world.isOut = false
        world.thaw()
        #expect(world.answers.last == .accepted && world.isEnabled("1") == true)
    }

    @Test("never frozen while a schedule that is ours to disable is enabled; a repeated order tries at once")
    func freezesAfterAnOutage() {
        var world = FreezeWorld(Self.three)
        world.isOut = true
        world.freeze()
        world.settle(seconds: 600)
        #expect(world.machine.phase == .freezing)
        #expect(world.machine.troubleCause?.contains("is not yet disabled") == true)
        #expect(world.machine.troubleCause?.contains("and so are 1 more") == true)
        world.isOut = false
        world.freeze()
        #expect(world.machine.phase == .frozen)
        #expect(world.central.allSatisfy { !$0.isEnabled } && world.machine.troubleCause == nil)
        world.thaw()
        world.settle()
        #expect(world.central == Self.three)
    }

    @Test("one schedule that Central refuses does not keep the others waiting")
    func goesPastOneThatIsRefused() {
        let many = (1...20).map { FreezeWorld.schedule("\($0)") }
        var world = FreezeWorld(many, policy: FreezePolicy(catchUpWindow: .zero))
        world.refused = ["7"]
        world.freeze()
        world.settle(seconds: 30)
        #expect(world.central.filter(\.isEnabled).map(\.id.text) == ["7"])
        #expect(world.machine.phase == .freezing)
        world.refused = []
        world.settle()
        #expect(world.machine.phase == .frozen)
        world.refused = ["7"]
        world.thaw()
        world.settle(seconds: 90)
        #expect(world.central.filter { !$0.isEnabled }.map(\.id.text) == ["7"])
        #expect(world.settlements.count == 19 && world.machine.phase == .thawing)
        world.set("7", isEnabled: true)
        world.settle()
        #expect(world.machine.phase == .idle, "a person may help")
    }

    @Test("R31: what a person pauses before the freeze came to it stays paused")
    func leavesAPauseDuringAnOutage() {
        var world = FreezeWorld(Self.three)
        world.fates = [.fail]
        world.person[2] = { $0.set("3", isEnabled: false) }
        world.freeze()
        world.settle()
        world.thaw()
        world.settle()
        #expect(world.isEnabled("1") == true && world.isEnabled("3") == false)
    }

    @Test(
        "R32: a later order freezes what was thawed or enabled by a person before it",
        arguments: [
            (ScheduleSelection.all, [false, false]), (ScheduleSelection(ids: [ScheduleID("1")]), [false, true]),
            (ScheduleSelection(flows: [FlowID("flow-3")]), [true, false]),
            (ScheduleSelection(paths: [PathGlob("Library/B/**")!]), [true, false]),
        ], 0...6)
    func freezesAgainWhatIsOrderedAgain(again: (ScheduleSelection, [Bool]), crash: Int) {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.set("3", isEnabled: true)
        world.settle(seconds: 40)
        world.thaw(ScheduleSelection(ids: [ScheduleID("1")]))
        world.settle()
        #expect(world.central.map(\.isEnabled) == [true, false, true] && world.machine.phase == .frozen)
        // The process dies before the first effect, the second, and so on; 0: it does not.
        if crash > 0 { world.crashAt = (world.effectCount + crash, false) }
        world.freeze(again.0)
        world.settle(seconds: 10)
        if !world.answers.suffix(1).contains(.accepted) || crash == 1 { world.freeze(again.0) }
        world.settle(seconds: 100)
        #expect([world.isEnabled("1"), world.isEnabled("3")] == again.1.map { $0 as Bool? })
        world.thaw()
        world.settle()
        #expect(world.central == Self.three)
    }

    @Test func refusesToFreezeWhatIsBeingThawed() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.thaw(ScheduleSelection(ids: [ScheduleID("1")]))
        world.freeze()
        #expect(world.answers.last == .thawing)
        world.freeze(ScheduleSelection(ids: [ScheduleID("3")]))
        #expect(world.answers.last == .accepted)
        world.settle()
        world.freeze()
        world.settle(seconds: 5)
        #expect(world.answers.last == .accepted && world.isEnabled("1") == false)
    }

    @Test("a Central that stops naming sensitive inputs, or moves a flow, has changed no schedule")
    func thawsWhenNamesAreGone() {
        func named(_ names: [String]) -> [JournalField] { names.map { JournalField("sensitive input \($0)", "kept") } }
        for (now, isThawed) in [([], true), (["key"], false), (["key", "pin", "new"], false)] as [([String], Bool)] {
            var world = FreezeWorld([FreezeWorld.schedule("1")])
            let plain = world.central[0].image
            world.central[0].image = plain + named(["key", "pin"])
            world.freeze()
            world.central[0].image = plain + named(now)
            world.thaw()
            world.settle()
            #expect(world.isEnabled("1") == isThawed, "\(now)")
        }
    }

    @Test("R31: the gap of what a person enabled ends where that was seen", arguments: [false, true])
    func endsTheGapWhereAPersonEnabled(hasFired: Bool) {
        var world = FreezeWorld([FreezeWorld.schedule("1")])
        world.freeze()
        world.settle(seconds: 100)
        let opened = world.now.wall
        world.set("1", isEnabled: true)
        let fire = opened.advanced(by: .seconds(10))
        if hasFired { world.central[0].lastFire = fire }
        world.settle(seconds: 300)
        let entry = world.entry("1")
        #expect(entry?.state == .conflict)
        let gapTo = entry?.gapTo ?? .zero
        let around = opened.advanced(by: .seconds(-31))...opened.advanced(by: .seconds(hasFired ? 0 : 31))
        #expect(around.contains(gapTo))
        #expect(entry?.uncertainTo == (hasFired ? fire : nil))
    }

    @Test("Central's clock may be behind ours by five seconds", arguments: [0, 3, 5])
    func allowsForCentralsClock(behind: Int) {
        var world = FreezeWorld([FreezeWorld.schedule("1")], policy: FreezePolicy(catchUpWindow: .seconds(1)))
        // It fired two minutes before the freeze, and says so.
        world.central[0].lastFire = world.now.wall.advanced(by: .seconds(-120 - behind))
        world.freeze()
        world.settle(seconds: 100)
        world.fates = [.takeUnseen]
        world.person[world.listingCount + 1] = {
            // It fires a tenth of a second after it was enabled.
            $0.central[0].lastFire = $0.now.wall.advanced(by: .milliseconds(Int64(100 - 1000 * behind)))
        }
        world.thaw()
        world.settle()
        let entry = world.entry("1")
        let fire = world.central[0].lastFire ?? .zero
        #expect(entry?.state == .reverted)
        #expect(entry?.uncertainTo == fire && (entry?.gapTo ?? fire) < fire, "what fired is not missed")
    }
}
