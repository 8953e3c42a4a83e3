import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What a hostile reading of a maintenance of CSA found.
@Suite(.timeLimit(.minutes(10)))
struct CSAMaintenanceFaultTests {
    private static let ann = CSAMaintenanceBench.ann

    private func blockers(_ id: MaintenanceID, _ bench: EngineBench) async throws -> [String] {
        try await bench.engine.maintenance.view(id)?.blockers.map(\.name) ?? []
    }

    @Test("R31 the gate comes back as it was when OO was closed, not as it was when CSA was")
    func putsBackWhatAPersonOpened() async throws {
        let site = try CSAMaintenanceBench()
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        try await site.run { bench in
            try await bench.set(.hold, reason: "the night before")
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            try await bench.set(.open, reason: "not any more")
            site.world.set(instance, "ACTIVE")
            try await site.advance(bench, to: .quiesced, id)
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .hold)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            let whole = bench.engine.gatekeeper.snapshot().record.whole
            #expect(whole.mode == .open && whole.reason == "not any more")
        }
    }

    @Test("R5 in the mode accept CSA is called dry only after its doors were shut and it was looked at once more")
    func shutsTheDoorsFirst() async throws {
        let site = try CSAMaintenanceBench()
        let adjust = site.setup.adjust
        site.setup.adjust = { configuration in
            adjust(&configuration)
            configuration.fences = [.csa, .portal, .central]
        }
        let instance = CSAInstanceID("late")
        let person = site.world.addPerson("ann")
        try await site.run { bench in
            let id = try await site.start(bench) { $0.csaMode = .accept }
            try await site.until("the doors are shut", bench, id) {
                try await bench.store.maintenance(id)?.doorsShutAt != nil
            }
            // Taken by CSA right before its doors were shut: nobody looked at it since.
            site.world.addInstance(instance.text, "CANCELLING", of: person)
            await bench.advance(by: .seconds(300), step: .seconds(1))
            let record = try #require(try await bench.store.maintenance(id))
            #expect(record.phase == .drainingOO)
            #expect(bench.engine.fences.standing(of: .csa)?.state == .draining, "callbacks still pass")
            site.world.set(instance, "CANCELLED")
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .reopening, id, step: .milliseconds(20))
            #expect(bench.engine.fences.standing(of: .csa)?.state != .open, "not before the policies are back")
            try await site.advance(bench, to: .completed, id)
        }
    }

    @Test("R12 a person who cannot log in keeps CSA from nothing but being called quiet, and is waived by name")
    func goesOnWithoutAPerson() async throws {
        let site = try CSAMaintenanceBench()
        site.world.addPerson("gone")
        site.world.fail("instances/gone", CSAError(.missing, "no such user"))
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            try await site.until("named", bench, id) { try await blockers(id, bench).contains("person:CONSUMER/gone") }
            try await site.move(.waive(blocker: "person:CONSUMER/gone"), id, bench)
            try await site.advance(bench, to: .quiesced, id)
        }
    }

    @Test("an approver who cannot log in is named, and the rest goes on")
    func namesAnApproverWhoLeft() async throws {
        let site = try CSAMaintenanceBench()
        site.world.fail("approvals/boss", CSAError(.missing, "no such user"))
        try await site.run { bench in
            let id = try await site.start(bench) { $0.csaMode = .accept }
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.until("named", bench, id) { try await blockers(id, bench).contains("parked/CONSUMER/boss") }
            try await site.move(.waive(blocker: "parked/CONSUMER/boss"), id, bench)
            try await site.advance(bench, to: .completed, id)
        }
    }

    @Test("requests under the policy that Sluice made are named, and it stays until they are decided")
    func namesWhatWaitsForSluice() async throws {
        let site = try CSAMaintenanceBench()
        let service = CSAUser(userName: "svc", organizationName: "CONSUMER")
        try await site.run { bench in
            let id = try await site.start(bench) { $0.csaMode = .accept }
            try await site.advance(bench, to: .quiesced, id)
            var request = CSARequest(
                id: CSARequestID("r-1"), name: "r-1", state: .pendingApproval, submitter: "ann")
            request.createdAt = bench.clocks.now().wall
            var approval = CSAApproval(id: CSAApprovalID("a-1"), catalogID: CSAMaintenanceBench.catalog)
            approval.createdAt = request.createdAt
            site.world.fake.park(
                request, of: CSAUser(userName: "ann", organizationName: "CONSUMER"), for: service, approval)
            try await site.move(.resume, id, bench)
            try await site.until("named", bench, id) { try await blockers(id, bench).contains("parked/holding") }
            #expect(site.world.fake.policies.contains { CSAChangePlan.isHolding($0) })
            try await site.move(.waive(blocker: "parked/holding"), id, bench)
            try await site.advance(bench, to: .completed, id)
        }
    }

    @Test("R5 what ran when CSA closed is read again after an error: an order that began meanwhile goes on")
    func readsAgainAfterTheClose() async throws {
        let site = try CSAMaintenanceBench()
        let world = site.world
        let person = world.addPerson("ann")
        world.addInstance("i-1", "DEPLOYING", of: person)
        let readCount = Mutex(0)
        world.onCall { name in
            guard name.hasPrefix("instances/") else { return }
            let count = readCount.withLock { count in
                count += 1
                return count
            }
            // It began after the first reading; the second one fails.
            if count == 2 {
                world.addInstance("i-2", "DEPLOYING", of: person)
                world.fail(name, CSAError(.unreachable, "503"))
            } else if count > 3 {
                world.fail(name, nil)
            }
        }
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            let record = try #require(try await bench.store.maintenance(id))
            #expect(record.csaInstances == [CSAInstanceID("i-1"), CSAInstanceID("i-2")])
            #expect(record.csaReadAt != nil)
        }
    }

    @Test("an offering that a person gives back its policy while CSA drains is a blocker by name")
    func tellsWhatIsOpenedAgain() async throws {
        let site = try CSAMaintenanceBench()
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            _ = try await site.world.assign(
                ApprovalPolicyID("delegated"), to: [CSAOfferingID("delegated-offer")], in: CSAMaintenanceBench.catalog)
            try await site.until("it is told", bench, id, step: .seconds(5)) {
                try await blockers(id, bench).contains { $0.hasPrefix("csa-assignments/") }
            }
            site.world.set(instance, "ACTIVE")
            await bench.advance(by: .seconds(120), step: .seconds(2))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA)
            #expect(try await site.offering("delegated-offer").policyIDs == ["delegated"], "it is not fought")
        }
    }

    @Test("a policy that CSA makes in another way than it is asked is taken away, and not made again and again")
    func makesNoHeapOfPolicies() async throws {
        let site = try CSAMaintenanceBench()
        site.world.misshapesPolicies = true
        let before = try await site.image()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.until("it is told", bench, id) {
                try await bench.engine.maintenance.view(id)?.blockers.contains {
                    $0.text.contains("as it is asked for")
                } ?? false
            }
            await bench.advance(by: .seconds(240), step: .seconds(1))
            #expect(site.world.count("createPolicy") <= 2)
            #expect(try await site.image() == before, "nothing is left of it")
            site.world.misshapesPolicies = false
            try await site.advance(bench, to: .quiesced, id)
        }
    }

    @Test("R5 a maintenance of CSA alone waits for what CSA started in OO, and for nothing else there")
    func waitsForItsExecutions() async throws {
        let site = try CSAMaintenanceBench()
        let central = site.setup.central
        let now = site.setup.clocks.now().wall
        let sync = central.addExecution(
            flow: FlowID("sync"), variables: [LaunchInput(name: "CSA_PROCESS_ID", value: .clear("p-1"))], at: now)
        let other = central.addExecution(
            flow: FlowID("report"), variables: [LaunchInput(name: "who", value: .clear("ann"))], at: now)
        try await site.run { bench in
            let id = try await site.start(bench) { $0.systems = .csaOnly }
            try await site.until("it is named", bench, id) {
                try await blockers(id, bench).contains("execution:\(sync)")
            }
            await bench.advance(by: .seconds(300), step: .seconds(2))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA)
            #expect(try await !blockers(id, bench).contains("execution:\(other)"))
            bench.central.end(sync)
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
        }
    }
}
