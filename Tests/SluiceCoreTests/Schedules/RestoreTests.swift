import SluiceCore
import SluiceModel
import Testing

/// A restore through the freeze's machine and journal.
@Suite struct RestoreTests {
    /// 1 and 2 are off and were on, 3 is on and was off, 4 is as it was.
    private static func world() -> FreezeWorld {
        FreezeWorld([
            FreezeWorld.schedule("1", isEnabled: false), FreezeWorld.schedule("2", isEnabled: false),
            FreezeWorld.schedule("3"), FreezeWorld.schedule("4"),
        ])
    }

    private static func restore(_ world: inout FreezeWorld) {
        let wishes = world.central.prefix(3).map { sight in
            RestoreRequest.Wish(sight: sight, isEnabled: sight.id.text != "3")
        }
        world.run(
            .restoreRequested(
                RestoreRequest(ref: .init(7), wishes: wishes, by: Principal("ann"), reason: "back as it was")))
    }

    private static func expectRestored(_ world: FreezeWorld, _ place: String = "") {
        #expect(world.central.map(\.isEnabled) == [true, true, false, true], "\(place)")
        for id in ["1", "2", "3", JournalEntry.wholeObject] {
            #expect(world.entry(id)?.state == .reverted, "\(place) \(id)")
        }
        #expect(world.entry("4") == nil && world.machine.phase == .idle, "\(place)")
        #expect(world.disk.values.allSatisfy { $0.gapFrom == nil }, "nothing was frozen, so nothing was missed")
    }

    @Test("R31: switches what it is told, reads each back, and ends with nothing open")
    func restores() {
        var world = Self.world()
        Self.restore(&world)
        world.settle()
        Self.expectRestored(world)
        #expect(world.answers == [.accepted])
        #expect(world.switches.count == 3)
    }

    @Test func endsTheSameAfterACrashAtAnyEffect() {
        var undisturbed = Self.world()
        Self.restore(&undisturbed)
        undisturbed.settle()
        for number in 1...undisturbed.effectCount {
            for isAfter in [false, true] {
                var world = Self.world()
                world.crashAt = (number, isAfter)
                Self.restore(&world)
                world.settle()
                // Before the order is on disk nothing was promised.
                if world.disk.isEmpty {
                    #expect(world.central == Self.world().central && number <= 3, "\(number)")
                } else {
                    Self.expectRestored(world, "effect \(number), \(isAfter ? "after" : "before")")
                }
            }
        }
    }

    @Test("R31: what a person does in between wins and is reported")
    func leavesWhatAPersonDid() {
        var world = Self.world()
        world.fates = [.take, .take]
        // After the first switch: 1 is edited before its turn, 3 is enabled again.
        world.person[1] = { world in
            world.edit("1")
            world.set("3", isEnabled: true)
        }
        Self.restore(&world)
        world.settle()
        #expect(world.central.map(\.isEnabled) == [false, true, true, true])
        #expect(world.entry("1")?.state == .conflict && world.entry("1")?.cause.contains("input host") == true)
        #expect(world.entry("3")?.state == .conflict && world.entry("3")?.cause.contains("enabled it again") == true)
        #expect(world.machine.phase == .idle)
    }

    @Test func waitsForAThaw() {
        var world = Self.world()
        world.freeze()
        Self.restore(&world)
        #expect(world.answers == [.accepted, .frozen])
        world.thaw()
        world.settle()
        #expect(world.central == Self.world().central)
        world.run(.restoreRequested(RestoreRequest(ref: .init(8), wishes: [], by: Principal("ann"), reason: "none")))
        #expect(world.answers.last == .nothingToDo)
    }
}
