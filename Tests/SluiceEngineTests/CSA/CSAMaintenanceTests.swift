import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A maintenance of CSA and OO between fakes: what is changed in CSA comes back as it was, whatever happens meanwhile.
@Suite(.timeLimit(.minutes(10)))
struct CSAMaintenanceTests {
    @Test("R31 CSA is closed, drained, and put back field by field")
    func goesItsCourse() async throws {
        let site = try CSAMaintenanceBench()
        let before = try await site.image()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            let closed = site.world.fake.policies
            #expect(closed.filter(\.isAutomatic).map(\.id.text) == ["nobody"], "it names no approver")
            #expect(try await site.offering("delegated-offer").policyIDs?.contains("delegated") == false)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.image() == before)
        }
    }

    @Test("offerings go out of their catalogs and come back with the policies that CSA forgot")
    func unpublishes() async throws {
        let site = try CSAMaintenanceBench()
        let before = try await site.image()
        try await site.run { bench in
            let id = try await site.start(bench) { $0.unpublishesOfferings = true }
            try await site.advance(bench, to: .quiesced, id)
            #expect(try await site.world.offerings(of: CSAMaintenanceBench.catalog).isEmpty)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.image() == before)
        }
    }

    @Test(
        "R10 aborted from any phase everything is as it was",
        arguments: [
            MaintenancePhase.closingCSA, .drainingCSA, .closingOO, .drainingOO, .quiesced, .verifying, .reopening,
        ])
    func aborts(from phase: MaintenancePhase) async throws {
        let site = try CSAMaintenanceBench()
        let central = site.setup.central
        let before = try await site.image()
        // What keeps it in its phase; nothing does in `quiesced`, which a person ends.
        let reading = "policies/\(CSAWorld.consumer.id)"
        let away = CSAError(.unreachable, "CSA is away")
        let instance = site.world.addInstance("i-1", "ACTIVE", of: site.world.addPerson("ann"))
        var running: ExecutionID?
        switch phase {
        case .closingCSA: site.world.fail(reading, away)
        case .drainingCSA: site.world.set(instance, "DEPLOYING")
        case .closingOO: central.failReads(CentralError(.unreachable, "Central is away"))
        case .drainingOO: running = central.addExecution(flow: FlowID("plain"))
        default: break
        }
        try await site.run { [running] bench in
            let id = try await site.start(bench)
            if phase == .verifying || phase == .reopening {
                try await site.advance(bench, to: .quiesced, id)
                if phase == .verifying { central.failReads(CentralError(.unreachable, "Central is away")) }
                if phase == .reopening { site.world.fail(reading, away) }
                try await site.move(.resume, id, bench)
            }
            try await site.advance(bench, to: phase, id, step: .milliseconds(250))
            await bench.advance(by: .seconds(3), step: .milliseconds(250))
            let outcome = try await bench.engine.maintenance.order(
                .abort, of: id, by: CSAMaintenanceBench.ann, reason: "not tonight")
            guard case .moved(let aborted)? = outcome else {
                Issue.record("\(String(describing: outcome))")
                return
            }
            #expect(aborted.isAborting)
            #expect(aborted.steps.dropLast().last?.phase == phase, "it was aborted from there")
            site.world.fail(reading, nil)
            site.world.set(instance, "ACTIVE")
            central.failReads(nil)
            if let running { central.end(running) }
            try await site.advance(bench, to: .aborted, id)
            #expect(try await site.image() == before)
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .open)
        }
    }

    /// More than a whole maintenance makes by a few.
    static let commitCount = 110

    /// The journal's steps and the phases are commits: the service dies after each of them in turn, with whatever was
    /// on its way to CSA going through or not.
    @Test("R34 killed after any commit it goes on, and nothing stays changed", arguments: 1...commitCount)
    func survivesACrash(after count: Int) async throws {
        let site = try CSAMaintenanceBench()
        let before = try await site.image()
        let first = try await site.runUntilItDies(after: count)
        let isOver = try await first.store.maintenances(limit: 1).first?.phase == .completed
        if count == Self.commitCount { #expect(isOver, "it makes more commits than that") }
        guard let id = first.id else { return }
        site.setup.store = first.store
        try await site.run { bench in
            try await site.until("quiesced again", bench, id) {
                let phase = try await bench.store.maintenance(id)?.phase
                if phase == .planned {
                    try await site.move(.start(available: bench.engine.maintenance.parts), id, bench)
                }
                return phase == .quiesced || phase == .completed
            }
            if try await bench.store.maintenance(id)?.phase == .quiesced {
                #expect(site.world.fake.policies.filter(\.isAutomatic).map(\.id.text) == ["nobody"])
                try await site.move(.resume, id, bench)
            }
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.image() == before)
        }
    }

    @Test("R31 another's edit of other fields stays, and ours are put back")
    func keepsAnEdit() async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            try site.edit("automatic") { $0.approvers.append("deputy") }
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            let policy = try #require(site.policy("automatic"))
            #expect(policy.isAutomatic && policy.approvers == ["boss", "deputy"])
        }
    }

    @Test("R31 a clash asks the operator, and his word decides", arguments: JournalDecision.Kind.allCases)
    func asksOnAClash(_ decision: JournalDecision.Kind) async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            try site.edit("timed") { $0.automaticPeriodDays = 9 }
            try await site.move(.resume, id, bench)
            let keeper = try #require(bench.engine.keeper)
            try await bench.advance(by: .seconds(1)) { !keeper.asking().isEmpty }
            let entry = try #require(keeper.asking().first)
            let name = "journal/\(entry.id)"
            let view = try #require(try await bench.engine.maintenance.view(id))
            #expect(view.record.phase == .reopening)
            try await bench.advance(by: .milliseconds(250)) {
                try await bench.engine.maintenance.view(id)?.blockers.contains { $0.name == name } ?? false
            }
            _ = await keeper.decide(
                entry.id, decision, of: id, by: CSAMaintenanceBench.ann, reason: "because")
            try await site.advance(bench, to: .completed, id)
            let policy = try #require(site.policy("timed"))
            #expect(policy.automaticPeriodDays == (decision == .keep ? 9 : 3))
        }
    }

    @Test("R31 a policy that is added while CSA drains is closed; one that a person opens again is told, not fought")
    func watchesWhileItDrains() async throws {
        let site = try CSAMaintenanceBench()
        let person = site.world.addPerson("ann")
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: person)
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            site.add("late", isAutomatic: true)
            try await bench.advance(by: .seconds(1)) { site.policy("late")?.isAutomatic == false }
            try site.edit("automatic") { $0.isAutomatic = true }
            try await bench.advance(by: .seconds(1)) {
                try await bench.engine.maintenance.view(id)?.blockers.contains {
                    $0.name == "csa-policy/automatic" && $0.canBeWaived
                } ?? false
            }
            site.world.set(instance, "ACTIVE")
            await bench.advance(by: .seconds(120), step: .seconds(2))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA, "it waits for the waiver")
            #expect(site.policy("automatic")?.isAutomatic == true, "it is not fought")
            try await site.move(.waive(blocker: "csa-policy/automatic"), id, bench)
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(site.policy("late")?.isAutomatic == true && site.policy("automatic")?.isAutomatic == true)
        }
    }

    @Test("an offering that is published while CSA drains is closed too, and comes back as it was published")
    func watchesOfferings() async throws {
        let site = try CSAMaintenanceBench()
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            site.publish("late-offer", policy: "delegated")
            try await bench.advance(by: .seconds(5)) {
                try await site.offering("late-offer").policyIDs?.contains("delegated") == false
            }
            site.world.set(instance, "ACTIVE")
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.offering("late-offer").policyIDs == ["delegated"])
        }
    }

    @Test("an account that CSA refuses stops everything until a person has it tried again")
    func waitsForTheAccount() async throws {
        let site = try CSAMaintenanceBench()
        let fake = site.world.fake
        site.setup.csa?.readAccount = { fake.refuseAccount(false) }
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            fake.refuseAccount(true)
            try await site.move(.resume, id, bench)
            let keeper = try #require(bench.engine.keeper)
            try await site.until("it asks", bench, id) { keeper.status().troubles.contains(where: \.asks) }
            await bench.advance(by: .seconds(600), step: .seconds(10))
            #expect(try await bench.store.maintenance(id)?.phase == .reopening)
            try bench.engine.retryCSA()
            for system in CSAChangePlan.systems {
                _ = await keeper.resume(system, of: id, by: CSAMaintenanceBench.ann, reason: "unlocked")
            }
            try await site.advance(bench, to: .completed, id)
            #expect(site.policy("automatic")?.isAutomatic == true)
        }
    }

    @Test("R5 R6 an instance that ran when CSA closed goes on, and no other does")
    func continuesWhatRan() async throws {
        let site = try CSAMaintenanceBench()
        let person = site.world.addPerson("ann")
        let running = site.world.addInstance("i-1", "DEPLOYING", of: person)
        let resting = site.world.addInstance("i-2", "ACTIVE", of: person)
        @Sendable func launch(_ instance: CSAInstanceID, _ source: LaunchSource = .csa) -> LaunchRequest {
            var request = LaunchRequest(flow: FlowID("plain"), source: source)
            request.csaInstanceID = instance
            return request
        }
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            #expect(try await bench.ask(launch(running)).decision == .proceed(.continuation))
            // The gate step of a flow that CSA started asks as a flow.
            #expect(try await bench.ask(launch(running, .flow)).decision == .proceed(.continuation))
            #expect(try await bench.ask(launch(resting)).hold != nil, "it was at rest")
            #expect(try await bench.ask(launch(CSAInstanceID("i-3"), .flow)).hold != nil, "it was not there yet")
            site.world.set(running, "ACTIVE")
            #expect(try await bench.ask(launch(running)).hold != nil, "it has come to rest")
        }
    }

    @Test("CSA is told of launches that expired, were discarded or coalesced; none is left waiting")
    func answersWhatNeverRan() async throws {
        let site = try CSAMaintenanceBench()
        for name in ["p-expired", "p-runs"] {
            site.world.fake.put(ProcessInstance(id: CSAProcessID(name), state: .active))
        }
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            for name in ["p-expired", "p-runs"] {
                var request = LaunchRequest(flow: FlowID("plain"), source: .resourcePoolSync)
                request.csaProcessID = CSAProcessID(name)
                if name == "p-expired" {
                    request.expiresAt = bench.clocks.now().wall.advanced(by: .seconds(30))
                }
                #expect(try await bench.ask(request).hold != nil)
            }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            let expired = try await site.world.fake.processInstance(CSAProcessID("p-expired"))
            #expect(expired?.state == .error && expired?.returnCode == .failure)
            #expect(expired?.status?.contains("expired") == true)
            // Its flow answers that one itself.
            #expect(try await site.world.fake.processInstance(CSAProcessID("p-runs"))?.state == .active)
        }
    }

    @Test("requests that waited only for us are decided as their policies would have, oldest first")
    func replaysParkedRequests() async throws {
        let site = try CSAMaintenanceBench()
        let person = CSAUser(userName: "ann", organizationName: "CONSUMER")
        let boss = CSAUser(userName: "boss", organizationName: "CONSUMER")
        try await site.run { bench in
            let id = try await site.start(bench) { $0.csaMode = .accept }
            try await site.advance(bench, to: .quiesced, id)
            for name in ["r-3", "r-1", "r-2"] {
                var request = CSARequest(
                    id: CSARequestID(name), name: name, state: .pendingApproval, submitter: "ann")
                let time = bench.clocks.now().wall.advanced(by: .seconds(Int64(name.last?.wholeNumberValue ?? 0)))
                request.createdAt = time
                var approval = CSAApproval(
                    id: CSAApprovalID("a-\(name)"), catalogID: CSAMaintenanceBench.catalog)
                approval.createdAt = time
                approval.requestID = request.id
                site.world.fake.park(request, of: person, for: boss, approval)
            }
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            let decided = site.world.fake.changes.compactMap { change -> String? in
                if case .decide(let id, let decision) = change { "\(id) \(decision.word)" } else { nil }
            }
            #expect(decided == ["a-r-1 APPROVED", "a-r-2 APPROVED", "a-r-3 APPROVED"])
        }
    }
}
