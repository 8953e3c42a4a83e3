import SluiceCore
import SluiceModel
import Testing

/// Giving up on schedules that Central does not switch.
@Suite struct FreezeWaiveTests {
    private static let three = [
        FreezeWorld.schedule("1"), FreezeWorld.schedule("2", isEnabled: false), FreezeWorld.schedule("3"),
    ]

    /// Frozen, and thawed but for the third.
    private func stuck() -> FreezeWorld {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.refused = ["3"]
        world.thaw()
        world.settle()
        return world
    }

    @Test("R31: a thaw ends without a schedule that was waived, which is reported and never said to be as before")
    func endsAThaw() {
        var world = stuck()
        world.freeze()
        #expect(world.answers.last == .thawing && world.machine.phase == .thawing)
        let sentCount = world.switches.count
        world.waive("3")
        world.settle()
        #expect(world.answers.last == .accepted && world.machine.phase == .idle)
        #expect(world.switches.count == sentCount, "nothing is sent for it any more")
        #expect(world.isEnabled("3") == false && world.isEnabled("1") == true)
        let entry = world.entry("3")
        #expect(entry?.state == .conflict && entry?.isWaived == true)
        #expect(
            entry?.cause == "waived by ann: upgrade; it is left disabled; its last try failed: no answer",
            "\(String(describing: entry))")
        #expect(world.settlements.last.map { $0.isOurs || !$0.exists } == false, "its missed times are recorded")
        let order = world.entry(JournalEntry.wholeObject)
        #expect(order?.cause.hasSuffix("; 1 waived, and left as Central has it") == true)
        world.refused = []
        world.freeze()
        #expect(world.answers.last == .accepted && world.machine.phase == .frozen)
        world.thaw()
        world.settle()
        #expect(world.isEnabled("1") == true && world.isEnabled("3") == false, "it is not ours to enable")
    }

    @Test("a waiver that was answered outlives a crash at any effect")
    func outlivesACrash() {
        for number in 1...8 {
            for isAfter in [false, true] {
                var world = stuck()
                world.crashAt = (world.effectCount + number, isAfter)
                world.waive("3")
                world.settle()
                // A wish that was not answered is made again, as its maker would.
                if world.answers.last != .accepted || world.machine.phase != .idle { world.waive("3") }
                world.settle()
                #expect(world.machine.phase == .idle, "effect \(number), after \(isAfter)")
                #expect(world.entry("3")?.state == .conflict && world.isEnabled("3") == false)
            }
        }
    }

    @Test("only what is on its way back is waived")
    func refusesOthers() {
        var world = FreezeWorld(Self.three)
        world.waive("1")
        #expect(world.answers.last == .notReverting([ScheduleID("1")]))
        world.freeze()
        world.waive("1", "99")
        #expect(world.answers.last == .notReverting([ScheduleID("1"), ScheduleID("99")]))
        world.settle()
        #expect(world.machine.phase == .frozen && world.entry("1")?.state == .done)
        world = stuck()
        world.waive("3", "2")
        #expect(world.answers.last == .notReverting([ScheduleID("2")]))
        world.settle()
        #expect(world.machine.phase == .thawing && world.entry("3")?.isWaived == false)
    }

    @Test("what was enabled all the same ends as ever, what was deleted as deleted")
    func tellsWhatItSees() {
        var world = stuck()
        world.set("3", isEnabled: true)
        world.waive("3")
        world.settle()
        #expect(world.machine.phase == .idle && world.isEnabled("3") == true)
        #expect(world.entry("3")?.cause.contains("left") == false, "\(String(describing: world.entry("3")))")
        world = stuck()
        world.central.removeAll { $0.id.text == "3" }
        world.waive("3")
        world.settle()
        #expect(world.entry("3")?.state == .conflict && world.entry("3")?.cause.contains("deleted") == true)
        #expect(world.machine.phase == .idle)
    }

    @Test("a restore goes on without what is waived, to be enabled or disabled")
    func endsARestore() {
        var world = FreezeWorld(Self.three)
        world.refused = ["1", "2"]
        world.restore([
            .init(sight: world.central[0], isEnabled: false), .init(sight: world.central[1], isEnabled: true),
            .init(sight: world.central[2], isEnabled: false),
        ])
        world.settle()
        #expect(world.machine.phase == .thawing && world.isEnabled("3") == false)
        world.waive("1", "2")
        world.settle()
        #expect(world.machine.phase == .idle)
        #expect(world.entry("1")?.cause.contains("it is left enabled") == true)
        #expect(world.entry("2")?.cause.contains("it is left disabled") == true)
        #expect(world.entry("3")?.state == .reverted)
    }
}
