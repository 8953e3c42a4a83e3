import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// From planned to completed, and back from everywhere.
@Suite struct MaintenanceCourseTests {
    private static func course(_ systems: MaintenancePlan.Systems) -> [MaintenancePhase] {
        switch systems {
        case .both:
            [
                .planned, .closingCSA, .drainingCSA, .closingOO, .drainingOO, .quiesced, .verifying, .reopening,
                .releasing, .completed,
            ]
        case .csaOnly: [.planned, .closingCSA, .drainingCSA, .quiesced, .reopening, .releasing, .completed]
        case .ooOnly:
            [.planned, .closingOO, .drainingOO, .quiesced, .verifying, .reopening, .releasing, .completed]
        }
    }

    private func phases(_ world: MaintenanceWorld) -> [MaintenancePhase] {
        world.stored.map(\.phase).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    @Test("with the doors open what runs in CSA is noted only after nothing new is approved by itself")
    func closesPoliciesFirstWhereOrdersAreTaken() {
        for mode in [MaintenancePlan.CSAMode.refuse, .accept] {
            var record = MaintenanceRecord.fixture(.closingCSA, .both)
            record.plan.csaMode = mode
            record.available = Set(MaintenancePart.allCases)
            let parts = MaintenanceScript.steps(of: record).flatMap { $0 }.map(\.part)
            let last: [MaintenancePart] = mode == .accept ? [.csaChanges, .csaSources] : [.csaSources, .csaChanges]
            #expect(parts == [.csaFence, .portalFence] + last)
        }
    }

    @Test(arguments: MaintenancePlan.Systems.allCases)
    func aWholeMaintenanceGoesItsCourse(systems: MaintenancePlan.Systems) {
        var world = MaintenanceWorld(.fixture(.planned, systems))
        world.send(.ordered(.fixture(.start(available: Set(MaintenancePart.allCases)))))
        world.settle()
        #expect(world.state.record.phase == .quiesced, "it waits for the operator")
        world.send(.ordered(.fixture(.resume)))
        world.settle()
        #expect(phases(world) == Self.course(systems))
        #expect(world.state.record.openedAt != nil)
        // Everything that was closed is put back.
        for part in Set(world.deeds.filter { $0.goal == .made }.map(\.part)) {
            #expect(world.deeds.last { $0.part == part }?.goal == .back, "\(part)")
        }
        #expect(world.deeds.contains { $0.part.isOfCSA } == systems.includesCSA)
    }

    @Test("the fence is up before anything behind it changes, and comes down last")
    func theFenceIsFirstAndLast() {
        var world = MaintenanceWorld(.fixture())
        world.send(.ordered(.fixture(.start(available: Set(MaintenancePart.allCases)))))
        world.settle()
        world.send(.ordered(.fixture(.resume)))
        world.settle()
        let deeds = world.deeds.filter { $0.goal == .made || $0.goal == .back }
        let isFence: (PartWish) -> Bool = { [.csaFence, .portalFence, .centralFence].contains($0.part) }
        #expect(deeds.prefix(2).allSatisfy(isFence))
        #expect(deeds.suffix(3).allSatisfy { isFence($0) && $0.goal == .back })
        let (gate, schedules) = (
            world.deeds.firstIndex(of: PartWish(.gate, .made)), world.deeds.firstIndex(of: PartWish(.schedules, .made))
        )
        #expect(gate! < schedules!)
        #expect(
            world.deeds.firstIndex(of: PartWish(.gate, .back))! < world.deeds.firstIndex(
                of: PartWish(.csaChanges, .back))!,
            "OO first on the way back")
    }

    @Test("R10 abort from every phase puts everything back that was closed", arguments: MaintenancePhase.allCases)
    func abortPutsEverythingBack(phase: MaintenancePhase) {
        guard MaintenanceRules.allows(.abort, in: phase) else { return }
        var world = MaintenanceWorld(.fixture())
        if phase != .planned {
            world.send(.ordered(.fixture(.start(available: Set(MaintenancePart.allCases)))))
            world.holdAll(in: phase)
            world.settle()
            if [.verifying, .reopening].contains(phase) { world.send(.ordered(.fixture(.resume))) }
            world.settle()
        }
        #expect(world.state.record.phase == phase)
        world.held = [:]
        world.send(.ordered(.fixture(.abort)))
        world.settle()
        #expect(world.state.record.phase == .aborted && world.state.record.isAborting)
        for part in Set(world.deeds.filter { $0.goal == .made || $0.goal == .shut }.map(\.part)) {
            #expect(world.deeds.last { $0.part == part }?.goal == .back, "\(part) in \(phase)")
        }
        if phase != .planned { #expect(phases(world).suffix(3) == [.reopening, .releasing, .aborted]) }
    }

    @Test("a crash after any commit resumes to the same end", arguments: MaintenancePlan.Systems.allCases)
    func aCrashAnywhereResumes(systems: MaintenancePlan.Systems) {
        var whole = MaintenanceWorld(.fixture(.planned, systems))
        whole.send(.ordered(.fixture(.start(available: Set(MaintenancePart.allCases)))))
        whole.settle()
        whole.send(.ordered(.fixture(.resume)))
        whole.settle()
        for record in whole.stored.dropFirst() {
            var world = MaintenanceWorld(record)
            world.settle()
            if world.state.record.phase == .quiesced { world.send(.ordered(.fixture(.resume))) }
            world.settle()
            #expect(world.state.record.phase == .completed, "from \(record.phase)")
            #expect(phases(world) == Array(Self.course(systems).drop { $0 != record.phase }))
        }
    }

    @Test func aPartThatTheSiteDoesNotHaveIsNotWaitedFor() {
        var world = MaintenanceWorld(.fixture())
        world.send(.ordered(.fixture(.start(available: [.gate, .ooDrain, .backlog]))))
        world.settle()
        #expect(world.state.record.phase == .quiesced)
        #expect(Set(world.deeds.map(\.part)) == [.gate, .ooDrain])
    }

    @Test("a scoped maintenance leaves Central's doors open")
    func aScopedOneClosesNoFence() {
        var world = MaintenanceWorld(.fixture(.planned, .ooOnly) { $0.scope = .contentPack("Base") })
        world.send(.ordered(.fixture(.start(available: Set(MaintenancePart.allCases)))))
        world.settle()
        #expect(world.state.record.phase == .quiesced)
        #expect(!world.deeds.contains { $0.part == .centralFence })
    }

    @Test("R15 at its deadline the drain asks, once, and kills nothing")
    func theDeadlineAsks() {
        var world = MaintenanceWorld(.fixture(.drainingOO) { $0.drainSeconds = 3600 })
        world.held[.ooDrain] = .init(goal: .watched, isReached: false, blockers: [.fixture("execution/7")])
        world.look()
        #expect(world.state.blockers(at: world.now).map(\.name) == ["execution/7"])
        world.now = .fixture(3600)
        world.look()
        world.look()
        #expect(world.effects == ["commit draining-oo", "remind"])
        #expect(world.state.blockers(at: world.now).map(\.name) == ["execution/7", "deadline"])
        world.send(.ordered(.fixture(.extend(expectedEnd: nil, drainSeconds: 7200))))
        #expect(world.state.blockers(at: world.now).map(\.name) == ["execution/7"])
        world.now = .fixture(7200)
        world.look()
        #expect(world.effects.filter { $0 == "remind" }.count == 2, "it asks again at the new one")
    }

    @Test("R15 a plan may say that everything is put back at the deadline")
    func theDeadlineAborts() {
        var world = MaintenanceWorld(
            .fixture(.drainingCSA) {
                $0.drainSeconds = 3600
                $0.onDeadline = .abort
            })
        world.held[.csaDrain] = .init(goal: .watched, isReached: false)
        world.now = .fixture(3600)
        world.settle()
        #expect(world.state.record.phase == .aborted)
        #expect(world.effects.contains("remind"))
    }

    @Test("R35 a forgotten one reminds its owner every hour, from its expected end on")
    func aForgottenOneReminds() {
        var world = MaintenanceWorld(.fixture(.quiesced))
        for second in stride(from: Int64(0), through: 14_400 + 3 * 3600, by: 60) {
            world.now = .fixture(second)
            world.send(.ticked)
        }
        #expect(world.effects.filter { $0 == "remind" }.count == 4)
        #expect(world.state.record.phase == .quiesced)
    }

    @Test("R12 what is waived by name is not waited for any more; nothing else is")
    func aWaiverIsForOneBlocker() {
        var world = MaintenanceWorld(.fixture(.drainingOO))
        world.held[.ooDrain] = .init(
            goal: .watched, isReached: true,
            blockers: [.fixture("execution/7"), .fixture("execution/8"), .fixture("look", canBeWaived: false)])
        world.look()
        world.send(.ordered(.fixture(.waive(blocker: "execution/9"))))
        world.send(.ordered(.fixture(.waive(blocker: "look"))))
        #expect(
            world.effects.first == "refused noSuchBlocker"
                && world.effects.last?.hasPrefix("refused notWaivable") == true)
        world.send(.ordered(.fixture(.waive(blocker: "execution/7"))))
        #expect(world.state.blockers(at: world.now).map(\.name) == ["execution/8", "look"])
        world.held[.ooDrain] = .init(goal: .watched, isReached: true, blockers: [.fixture("execution/7")])
        world.settle()
        #expect(world.state.record.phase == .quiesced)
        #expect(world.state.record.waiver(of: "execution/7")?.reason == "because")
    }

    @Test func notesAreOnDiskOnceAndTheFirstGateCounts() {
        var world = MaintenanceWorld(.fixture(.closingOO))
        let open = GateModes(
            whole: ScopeMode(scope: nil, mode: .open, since: .evening, by: .sluice, reason: "first"), scopes: [])
        var closed = open
        closed.whole.mode = .hold
        world.send(.learnt(.gateBefore(open)))
        world.send(.learnt(.gateBefore(closed)))
        world.send(.learnt(.csaInstances([CSAInstanceID("b"), CSAInstanceID("a")])))
        world.send(.learnt(.csaInstances([CSAInstanceID("a")])))
        #expect(world.state.record.gateBefore == open)
        #expect(world.state.record.csaInstances == [CSAInstanceID("a"), CSAInstanceID("b")])
        #expect(world.effects == ["commit closing-oo", "commit closing-oo"])
    }

    @Test func aPlanThatDoesNotHoldTogetherIsRefused() {
        let bad: [(String, (inout MaintenancePlan) -> Void)] = [
            ("title is empty", { $0.title = "" }), ("reason is empty", { $0.reason = "" }),
            ("owner is empty", { $0.owner = "" }),
            ("owner has 501 bytes", { $0.owner = String(repeating: "x", count: 501) }),
            ("scope pack:Base needs systems: oo", { $0.scope = .contentPack("Base") }),
            ("does not come after the start", { $0.expectedEnd = .evening }),
            ("more than 31 days", { $0.expectedEnd = .fixture(32 * 86_400) }),
            ("drainDeadline of 5 s", { $0.drainSeconds = 5 }),
        ]
        for (text, edit) in bad {
            let plan = MaintenancePlan.fixture(.both, edit)
            #expect(plan.problems(at: .evening).count == 1)
            #expect(plan.problems(at: .evening).first?.contains(text) == true, "\(text)")
            var state = MaintenanceState(record: .fixture(.planned, .both, edit))
            let effects = state.step(.ordered(.fixture(.start(available: []))), at: .evening)
            #expect(effects.first?.text.hasPrefix("refused invalid") == true)
        }
        #expect(MaintenancePlan.fixture().problems(at: .evening).isEmpty)
        let ofCSA: [(String, (inout MaintenancePlan) -> Void)] = [
            ("csaMode: accept", { $0.csaMode = .accept }),
            ("unpublishOfferings: true", { $0.unpublishesOfferings = true }),
            ("replayParkedRequests: false", { $0.replaysParkedRequests = false }),
        ]
        for (key, edit) in ofCSA {
            let words = ["\(key) needs CSA among the systems, which are oo"]
            #expect(MaintenancePlan.fixture(.ooOnly, edit).problems(at: .evening) == words)
            for systems in [MaintenancePlan.Systems.both, .csaOnly] {
                #expect(MaintenancePlan.fixture(systems, edit).problems(at: .evening).isEmpty)
            }
        }
    }

    @Test func itIsStartedAsSoonAsItsStartIsBeingWritten() {
        var state = MaintenanceState(record: .fixture(.planned))
        #expect(!state.isStarted)
        guard case .commit(let record, _)? = state.step(.ordered(.fixture(.start(available: []))), at: .evening).first
        else {
            Issue.record("it is not written")
            return
        }
        #expect(state.isStarted && !state.record.isUnderWay && record.isUnderWay)
        _ = state.step(.commitFailed(cause: "no store"), at: .evening)
        #expect(!state.isStarted, "it may be tried again, or another one started")
    }

    @Test func itsStoryIsBounded() {
        var record = MaintenanceRecord.fixture(.quiesced)
        for second in 0..<500 { record.note(at: .fixture(Int64(second)), by: .sluice, cause: "extended") }
        #expect(record.steps.count == MaintenanceLimits.stepCountMax)
        #expect(record.steps.first?.phase == .planned && record.steps.last?.at == .fixture(499))
    }
}

extension MaintenanceWorld {
    /// Parts report that they work on, so that a phase is not left.
    mutating func holdAll(in phase: MaintenancePhase) {
        guard phase != .quiesced, let last = MaintenanceScript.steps(of: .fixture(phase)).last?.first else { return }
        // Of the fences only the last goal.
        held[last.part] = .init(goal: last.goal, isReached: false)
    }
}
