import SluiceCore
import SluiceModel
import Testing

/// Freezing and thawing Central's schedules (oo-central-api.md 5.2), step by step.
@Suite struct FreezeStateTests {
    private static let three = [
        FreezeWorld.schedule("1"), FreezeWorld.schedule("2", isEnabled: false),
        FreezeWorld.schedule("3", path: "Library/B/y"),
    ]

    @Test func freezesWhatIsEnabledAndThawsJustThat() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        #expect(world.machine.phase == .frozen)
        #expect(world.answers == [.accepted])
        #expect(world.central.map(\.isEnabled) == [false, false, false])
        #expect(world.switches.map(\.id.text) == ["1", "3"])
        #expect(world.entry("1")?.state == .done && world.entry("2") == nil)
        world.thaw()
        world.settle()
        #expect(world.machine.phase == .idle)
        #expect(world.central == Self.three, "everything is as it was")
        #expect(world.entry("1")?.state == .reverted)
        #expect(world.settlements.map(\.isOurs) == [true, true])
    }

    @Test(
        "R32: whole, by selector, and one",
        arguments: [
            (ScheduleSelection.all, [false, false]), (ScheduleSelection(ids: [ScheduleID("3")]), [true, false]),
            (ScheduleSelection(flows: [FlowID("flow-1")]), [false, true]),
            (ScheduleSelection(paths: [PathGlob("Library/B/**")!]), [true, false]),
        ])
    func freezesByASelection(selection: ScheduleSelection, enabled: [Bool]) {
        var world = FreezeWorld(Self.three)
        world.freeze(selection)
        #expect([world.isEnabled("1"), world.isEnabled("3")] == enabled.map { $0 as Bool? })
        world.thaw()
        world.settle()
        #expect(world.central == Self.three)
    }

    @Test("R32: a part is thawed by itself, and the rest stays frozen")
    func thawsByASelection() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.thaw(ScheduleSelection(ids: [ScheduleID("3")]))
        world.settle()
        #expect(world.machine.phase == .frozen)
        #expect([world.isEnabled("1"), world.isEnabled("3")] == [false, true], "what was thawed is not frozen again")
        world.thaw(ScheduleSelection(ids: [ScheduleID("99")]))
        #expect(world.answers.last == .nothingToDo)
    }

    @Test func believesNoAnswerButWhatIsReadBack() {
        var world = FreezeWorld(Self.three)
        world.fates = [.takeUnseen, .fail, .take]
        world.freeze()
        world.settle()
        #expect(world.machine.phase == .frozen)
        #expect(world.switches.map(\.id.text) == ["1", "3", "3"], "an answer that was lost is no reason to send again")
        world.fates = [.takeUnseen, .fail]
        world.thaw()
        world.settle()
        #expect(world.central == Self.three)
    }

    @Test func freezesWhatIsMadeMeanwhileAndGivesUpAtALimit() {
        var world = FreezeWorld(Self.three)
        world.person[2] = { $0.central.append(FreezeWorld.schedule("4")) }
        world.freeze()
        #expect(world.isEnabled("4") == false)

        var endless = FreezeWorld(Self.three)
        for number in 1...40 {
            endless.person[number] = { $0.central.append(FreezeWorld.schedule("n\(number)")) }
        }
        endless.freeze()
        #expect(endless.machine.phase == .frozen)
        #expect(endless.machine.order?.cause.contains("incomplete") == true)
        #expect(endless.listingCount <= FreezeLimits.passCountMax + 2)
    }

    @Test("R31: what a person enabled or paused in the window stays so after it")
    func leavesAPersonsChangeAlone() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.set("1", isEnabled: true)
        world.settle(seconds: 40)
        #expect(world.isEnabled("1") == true, "the watch does not freeze it again")
        #expect(world.entry("1")?.state == .conflict)
        world.set("1", isEnabled: false)
        world.thaw()
        world.settle()
        #expect(world.isEnabled("1") == false, "a person paused it in the window")
        #expect(world.isEnabled("2") == false, "it was paused before")
        #expect(world.isEnabled("3") == true)
        #expect(world.machine.phase == .idle)
    }

    @Test("R31: a change of any other field wins over the thaw")
    func leavesAChangedScheduleDisabledAndNamesTheField() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.edit("1")
        world.central.removeAll { $0.id.text == "3" }
        world.thaw()
        world.settle()
        #expect(world.isEnabled("1") == false)
        #expect(world.entry("1")?.state == .conflict && world.entry("1")?.cause.contains("input host") == true)
        #expect(world.entry("3")?.cause.contains("deleted") == true)
        #expect(world.settlements.map(\.isOurs) == [false, false])
        #expect(world.settlements.map(\.exists) == [true, false])
    }

    @Test("R31: enabled before our thaw by a person, or disabled right after it")
    func respectsAPersonDuringTheThaw() {
        var before = FreezeWorld(Self.three)
        before.freeze()
        before.set("1", isEnabled: true)
        before.thaw()
        before.settle()
        #expect(before.entry("1")?.state == .conflict)
        #expect(!before.switches.contains { $0.isEnabled && $0.id.text == "1" }, "nothing was sent for it")

        var after = FreezeWorld(Self.three)
        after.freeze()
        after.thaw()
        after.settle(seconds: 5)
        after.set("1", isEnabled: false)
        after.settle()
        #expect(after.isEnabled("1") == false)
        #expect(after.entry("1")?.state == .reverted)
    }

    @Test func spreadsTheThawInTime() {
        let many = (1...5).map { FreezeWorld.schedule("\($0)") }
        var world = FreezeWorld(many, policy: FreezePolicy(thawInterval: .seconds(10)))
        world.freeze()
        world.thaw()
        world.settle()
        let times = world.switches.filter(\.isEnabled).map(\.at.milliseconds)
        #expect(times.count == 5)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 9_900 }, "\(times)")
        #expect(world.central == many)
    }

    @Test func knowsItsGapFromTheLastFires() {
        var world = FreezeWorld([FreezeWorld.schedule("1")])
        let begun = world.now.wall
        world.person[2] = { $0.central[0].lastFire = begun.advanced(by: .milliseconds(500)) }
        world.freeze()
        #expect(world.entry("1")?.gapFrom == begun.advanced(by: .milliseconds(500)), "it fired before it was off")
        world.thaw()
        let fired = world.now.wall.advanced(by: .seconds(5))
        world.central[0].lastFire = fired
        world.settle()
        let entry = world.entry("1")
        #expect(entry?.gapTo != nil && entry?.state == .reverted)
    }

    @Test func waitsForCentralsOwnCatchUpBeforeItSettles() {
        var world = FreezeWorld([FreezeWorld.schedule("1")], policy: FreezePolicy(catchUpWindow: .seconds(30)))
        world.freeze()
        world.thaw()
        world.settle(seconds: 20)
        #expect(world.settlements.isEmpty && world.isEnabled("1") == true)
        world.settle(seconds: 20)
        #expect(world.settlements.count == 1)
    }

    @Test func refusesAFreezeDuringAThawAndTooManyWishes() {
        var world = FreezeWorld(Self.three)
        world.thaw()
        #expect(world.answers == [.nothingToDo])
        world.freeze()
        world.thaw()
        world.freeze()
        #expect(world.answers.last == .thawing)
    }

    /// The process dies before or after each effect in turn; whatever the place, the end is the same.
    @Test func endsTheSameAfterACrashAtAnyEffect() {
        var plain = FreezeWorld(Self.three)
        plain.freeze()
        plain.settle()
        plain.thaw()
        plain.settle()
        #expect(plain.central == Self.three)
        for number in 1...plain.effectCount {
            for isAfter in [false, true] {
                var world = FreezeWorld(Self.three)
                world.crashAt = (number, isAfter)
                world.freeze()
                world.settle()
                // A wish that was not answered is made again, as its maker would.
                if world.machine.phase == .idle { world.freeze() }
                world.settle()
                #expect(world.central.allSatisfy { !$0.isEnabled }, "effect \(number), after \(isAfter): not frozen")
                world.thaw()
                world.settle()
                if world.machine.phase != .idle { world.thaw() }
                world.settle()
                #expect(world.central == Self.three, "effect \(number), after \(isAfter): not as it was")
                #expect(world.machine.phase == .idle && world.disk.values.allSatisfy { !$0.state.isOpen })
                let states = world.disk.values.map(\.state)
                #expect(!states.contains(.conflict), "effect \(number), after \(isAfter): \(states)")
            }
        }
    }

    /// Several crashes, lost answers and failures, drawn by seeds.
    @Test(arguments: UInt64(1)...200)
    func endsTheSameWhateverGoesWrong(seed: UInt64) {
        var random = FreezeDraws(seed: seed)
        let schedules = (1...6).map { FreezeWorld.schedule("\($0)", isEnabled: random.next(4) > 0) }
        var world = FreezeWorld(schedules, policy: FreezePolicy(thawInterval: .seconds(random.next(3))))
        func mess() {
            world.fates = (0..<8).map { _ in [.take, .take, .takeUnseen, .fail][random.next(4)] }
            world.crashAt = (world.effectCount + 1 + random.next(12), random.next(2) == 0)
        }
        mess()
        world.freeze()
        world.settle(seconds: 30)
        world.fates = []
        world.crashAt = nil
        if world.machine.order == nil { world.freeze() }
        world.settle()
        #expect(world.central.allSatisfy { !$0.isEnabled } && world.machine.phase == .frozen, "seed \(seed)")
        for _ in 0..<3 {
            world.crashAt = (world.effectCount + 1 + random.next(12), random.next(2) == 0)
            world.thaw()
            world.settle(seconds: 20)
        }
        world.crashAt = nil
        world.thaw()
        world.settle()
        #expect(world.central == schedules, "seed \(seed)")
        #expect(world.machine.phase == .idle, "seed \(seed)")
    }
}

/// SplitMix64, for tests.
struct FreezeDraws {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
