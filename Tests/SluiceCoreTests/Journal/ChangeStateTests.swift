import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// What a restart makes of each state on record and of what is there now.
@Suite struct ChangeStateTests {
    /// What the journal says.
    enum Recorded: CaseIterable {
        /// Planned, and never sent.
        case planned
        case intended, applied, done
        case reverting
        /// Its making was never read back.
        case revertingUnverified
        case asking, decided, reverted, gone
    }

    /// How the object is now.
    enum Seen: CaseIterable {
        case before, ours
        /// One of our fields is as before, the other as ours.
        case partly
        /// Somebody changed one of our fields.
        case others
        /// It is as ours, and somebody changed a field that is not.
        case oursAndEdited
        case missing
        /// It is as ours, and carries another controller's mark.
        case marked
    }

    /// - Returns: The state that it ends in without an operator, and how often it is sent.
    private static func expected(_ recorded: Recorded, _ seen: Seen) -> (JournalState, Int) {
        switch (recorded, seen) {
        case (.done, _): (.done, 0)
        case (.asking, _), (.decided, _): (.conflict, 0)
        case (.reverted, _): (.reverted, 0)
        case (.gone, _), (_, .missing): (.gone, 0)
        case (.planned, .ours), (.planned, .oursAndEdited): (.reverted, 0)
        case (.planned, .before), (.planned, .partly), (.planned, .others): (.done, 1)
        case (.planned, .marked), (.intended, .marked), (.reverting, .marked), (.revertingUnverified, .marked):
            (.conflict, 0)
        case (.intended, .before), (.intended, .partly): (.done, 1)
        case (.intended, .others), (.applied, .others), (.reverting, .others), (.revertingUnverified, .others):
            (.conflict, 0)
        case (.intended, .ours), (.intended, .oursAndEdited): (.done, 0)
        case (.applied, .before), (.applied, .partly): (.conflict, 0)
        case (.applied, .ours), (.applied, .oursAndEdited), (.applied, .marked): (.done, 0)
        case (.reverting, .before), (.revertingUnverified, .before): (.reverted, 0)
        case (.reverting, _), (.revertingUnverified, _): (.reverted, 1)
        }
    }

    private static func entry(_ recorded: Recorded, at now: Timestamp) -> JournalEntry {
        var entry = JournalEntry(
            ChangeWorld.plan(1)[1], of: ChangeWorld.mine, at: now, by: ChangeWorld.ann, cause: "upgrade")
        guard recorded != .planned else { return entry }
        entry.before = ChangeWorld.policyObject(0)
        entry.checksum = JournalEntry.checksum(of: entry.before, nil)
        entry.attempt = 1
        switch recorded {
        case .planned, .intended: break
        case .applied: entry.state = .applied
        case .done: entry.state = .done
        case .reverting, .revertingUnverified: entry.state = .reverting
        case .asking, .decided: entry.state = .conflict
        case .reverted: entry.state = .reverted
        case .gone: entry.state = .gone
        }
        if recorded == .decided {
            entry.decision = JournalDecision(.keep, fields: ["days"], by: ChangeWorld.ann, at: now, reason: "so be it")
        }
        if recorded == .done || recorded == .reverting {
            entry.after = entry.wanted
            entry.doneAt = now
        }
        if recorded == .reverting || recorded == .revertingUnverified {
            entry.attempt = 0
            entry.returnOrderedAt = now
        }
        return entry
    }

    private static func world(_ recorded: Recorded, _ seen: Seen) -> ChangeWorld {
        var world = ChangeWorld(["csa/p0": ChangeWorld.policyObject(0)])
        let entry = entry(recorded, at: world.now.wall)
        world.disk[entry.id] = entry
        let key = "csa/p0"
        if seen != .before, seen != .partly, seen != .others { world.edit(key, "days", "x") }
        if seen != .before { world.edit(key, "automatic", "false") }
        switch seen {
        case .before, .ours, .partly: break
        case .others: world.edit(key, "days", "7")
        case .oursAndEdited: world.edit(key, "approvers", "eve")
        case .missing: world.objects = [:]
        case .marked: world.markers[key] = MaintenanceID("m_other")
        }
        return world
    }

    @Test(
        "every state on record with everything that may be there", arguments: Recorded.allCases, Seen.allCases)
    func goesOnFromWhatIsThere(recorded: Recorded, seen: Seen) throws {
        var world = Self.world(recorded, seen)
        let first = world.objects
        world.tell(.ticked)
        if recorded == .decided || recorded == .reverted || recorded == .gone {
            // Nothing is open: whoever asks for it is told what is on record.
            world.ask(.revert)
        }
        world.settle()
        let (state, writeCount) = Self.expected(recorded, seen)
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.state == state, "\(entry.cause)")
        #expect(world.writes.count == writeCount)
        if writeCount == 0 { #expect(world.objects == first) }
        if state == .done, recorded != .done {
            #expect(world.value("csa/p0", "automatic") == "false")
            #expect(world.value("csa/p0", "days") == "x")
        }
        if state == .reverted, writeCount > 0 {
            #expect(world.value("csa/p0", "automatic") == "true")
            #expect(world.value("csa/p0", "days") == "0")
            #expect(world.value("csa/p0", "approvers") == (seen == .oursAndEdited ? "eve" : "a0"))
        }
        if state == .conflict, seen == .others, recorded != .asking, recorded != .decided {
            #expect(entry.found == [JournalField("days", "7")], "the rest is not in question")
            #expect(entry.cause.contains("days is 7, was 0, ours is x"))
        }
        let disk = world.disk
        world.machine = ChangeState(policy: world.policy, at: world.now)
        world.tell(.ticked)
        world.settle()
        #expect(world.disk.keys == disk.keys)
        #expect(world.disk.values.allSatisfy { disk[$0.id]?.state == $0.state }, "a second run is a no-op")
        #expect(world.writes.count == writeCount)
    }

    @Test("an operator's decision: theirs stays and the rest goes on, or ours is put back; with who and why")
    func doesAsTheOperatorDecides() throws {
        for kind in JournalDecision.Kind.allCases {
            var world = Self.world(.reverting, .others)
            world.tell(.ticked)
            world.settle()
            let asking = try #require(world.entry("csa/p0"))
            #expect(asking.isUnsettled)
            world.ask(.decide(asking.id, kind))
            world.run { $0.machine.isSettled }
            #expect(world.answers == [.accepted])
            #expect(world.value("csa/p0", "days") == (kind == .keep ? "7" : "0"))
            #expect(world.value("csa/p0", "automatic") == "true", "what does not clash is put back")
            let entry = try #require(world.entry("csa/p0"))
            #expect(entry.state == .reverted)
            #expect(entry.decision?.kind == kind)
            #expect(entry.decision?.by == ChangeWorld.ann)
            #expect(world.notes.map(\.kind) == ["journal-decided"])
            #expect(world.notes.first?.text.contains("upgrade") == true)
            world.ask(.decide(asking.id, kind))
            world.settle(seconds: 5)
            #expect(world.answers.last == .notAsked)
        }
    }

    @Test("what changes after an operator decided to overwrite it is asked about again")
    func asksAgain() throws {
        var world = Self.world(.reverting, .others)
        world.tell(.ticked)
        world.settle()
        world.edit("csa/p0", "days", "8")
        world.ask(.decide(try #require(world.entry("csa/p0")).id, .putBack))
        world.settle()
        let entry = try #require(world.entry("csa/p0"))
        #expect(entry.isUnsettled)
        #expect(entry.state == .conflict)
        #expect(entry.found == [JournalField("days", "8")])
        #expect(world.writes.isEmpty)
    }

    @Test("a damaged before-image is not put back blindly")
    func seesADamagedRow() throws {
        var world = Self.world(.reverting, .ours)
        let id = try #require(world.disk.keys.first)
        world.disk[id]?.before[0].value = "maybe"
        world.tell(.ticked)
        world.settle()
        #expect(world.disk[id]?.state == .conflict)
        #expect(world.disk[id]?.cause.contains("damaged") == true)
        #expect(world.writes.isEmpty)
    }
}
