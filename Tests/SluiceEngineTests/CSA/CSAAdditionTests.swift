import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What others add to CSA, or take from it, during a maintenance (csa-api.md section 12).
@Suite(.timeLimit(.minutes(5)))
struct CSAAdditionTests {
    @Test("R5 what was published right before the drain was over is closed, and what came in by it is waited for")
    func looksOnceMoreAtTheEnd() async throws {
        let site = try CSAMaintenanceBench()
        let person = site.world.addPerson("ann")
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            // The next look at offerings is due only when this drain is long over.
            site.publish("late-offer", policy: "delegated")
            try await site.until("it is closed", bench, id) {
                try await site.offering("late-offer").policyIDs?.contains("delegated") == false
            }
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA, "it was closed in time")
            // Ordered before it was closed.
            site.world.addInstance("i-late", "DEPLOYING", of: person)
            await bench.advance(by: .seconds(200), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA, "the drain goes on")
            site.world.set(CSAInstanceID("i-late"), "ACTIVE")
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.offering("late-offer").policyIDs == ["delegated"])
        }
    }

    @Test("R5 CSA is not called dry while its catalogs cannot be read once more")
    func waitsForTheLastLook() async throws {
        let site = try CSAMaintenanceBench()
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            site.world.fail("catalogs", CSAError(.status, "500"))
            site.world.set(instance, "ACTIVE")
            try await site.until("its drain is over", bench, id) { bench.engine.drains.report()?.isDry == true }
            // Shorter than until the next look at offerings that is due anyway.
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA)
            site.world.fail("catalogs", nil)
            try await site.advance(bench, to: .quiesced, id)
        }
    }

    @Test("R7 a new organization and a new catalog are closed while CSA drains, and come back as they were made")
    func closesWhatIsNew() async throws {
        let site = try CSAMaintenanceBench()
        let instance = site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        let organization = CSAOrganization(id: CSAOrganizationID("o-new"), name: "NEW", displayName: "New")
        let catalog = CSACatalogID("c-new")
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .drainingCSA, id)
            site.world.add(organization)
            site.add("new-automatic", isAutomatic: true, in: organization)
            site.add("new-delegated", .delegated, isAutomatic: false, approvers: [], in: organization)
            site.world.fake.put(
                CSACatalog(id: catalog, name: "new", displayName: "New", isShared: false), categories: ["ERP"])
            site.publish("new-offer", policy: "new-delegated", in: catalog)
            try await site.until("the policy is closed", bench, id) {
                site.policy("new-automatic")?.isAutomatic == false
            }
            try await site.until("the offering is closed", bench, id, step: .seconds(5)) {
                let offering = try await site.world.offering(CSAOfferingID("new-offer"), in: catalog)
                return offering?.policyIDs?.contains(ApprovalPolicyID("new-delegated")) == false
            }
            site.world.set(instance, "ACTIVE")
            try await site.advance(bench, to: .quiesced, id)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(site.policy("new-automatic")?.isAutomatic == true)
            let offering = try await site.world.offering(CSAOfferingID("new-offer"), in: catalog)
            #expect(offering?.policyIDs == [ApprovalPolicyID("new-delegated")])
            #expect(!site.world.fake.policies.contains { CSAChangePlan.isHolding($0) })
        }
    }

    @Test(
        "a category that was deleted asks the operator, and nothing is published anywhere else",
        arguments: JournalDecision.Kind.allCases)
    func asksForACategory(_ decision: JournalDecision.Kind) async throws {
        let site = try CSAMaintenanceBench()
        let before = try await site.image()
        let catalog = CSACatalog(
            id: CSAMaintenanceBench.catalog, name: "c1", displayName: "Catalog", isShared: false)
        try await site.run { bench in
            let id = try await site.start(bench) { $0.unpublishesOfferings = true }
            try await site.advance(bench, to: .quiesced, id)
            site.world.fake.put(catalog, categories: [])
            try await site.move(.resume, id, bench)
            let keeper = try #require(bench.engine.keeper)
            try await site.until("it asks", bench, id, step: .seconds(2)) { keeper.asking().count == 4 }
            #expect(try await bench.store.maintenance(id)?.phase == .reopening)
            let listed = try await site.world.offerings(of: CSAMaintenanceBench.catalog)
            #expect(listed.isEmpty)
            #expect(site.policy("automatic")?.isAutomatic == false, "policies come back after the offerings")
            if decision == .putBack { site.world.fake.put(catalog, categories: ["CRM"]) }
            for entry in keeper.asking() {
                _ = await keeper.decide(entry.id, decision, of: id, by: CSAMaintenanceBench.ann, reason: "because")
            }
            try await site.advance(bench, to: .completed, id)
            #expect(site.policy("automatic")?.isAutomatic == true)
            if decision == .putBack { #expect(try await site.image() == before) }
        }
    }
}

/// What is deleted in CSA while it is changed.
@Suite(.timeLimit(.minutes(5)))
struct CSALossTests {
    private func lost(_ id: MaintenanceID, _ store: InMemoryStore) async throws -> JournalEntry? {
        try await JournalKeeper.entries(of: id, in: store).first { $0.object == "o-consumer/automatic" }
    }

    @Test("R35 a policy that was deleted is named on the way back, after a restart too, and a waiver settles it")
    func namesWhatIsGone() async throws {
        let site = try CSAMaintenanceBench()
        let started = Mutex<MaintenanceID?>(nil)
        try await site.run { bench in
            let id = try await site.start(bench)
            started.withLock { $0 = id }
            try await site.advance(bench, to: .quiesced, id)
            site.world.fake.removePolicy(ApprovalPolicyID("automatic"))
            try await site.move(.resume, id, bench)
            try await site.until("it is named", bench, id) {
                try await site.blockers(id, bench).contains { $0.hasPrefix("journal-gone/csa-policies/") }
            }
            try await site.until("the rest is back", bench, id) { site.policy("timed")?.isAutomatic == true }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .reopening)
        }
        let id = try #require(started.withLock { $0 })
        try await site.run { bench in
            let entry = try #require(try await lost(id, bench.store))
            #expect(entry.state == .gone)
            let name = "journal-gone/\(entry.id)"
            try await site.until("it is named again", bench, id) { try await site.blockers(id, bench) == [name] }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .reopening)
            try await site.move(.waive(blocker: name), id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(try await lost(id, bench.store)?.state == .gone, "history stays")
            #expect(site.policy("automatic") == nil, "it is not made anew")
        }
    }

    @Test("R35 a policy that CSA shows again is put back on an operator's word, without a waiver")
    func putsBackWhatShowsAgain() async throws {
        let site = try CSAMaintenanceBench()
        let before = try await site.image()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.advance(bench, to: .quiesced, id)
            let policy = try #require(site.policy("automatic"))
            site.world.fake.removePolicy(policy.id)
            try await site.move(.resume, id, bench)
            try await site.until("it is named", bench, id) {
                try await site.blockers(id, bench).contains { $0.hasPrefix("journal-gone/") }
            }
            site.world.fake.put(policy)
            let entry = try #require(try await lost(id, bench.store))
            let keeper = try #require(bench.engine.keeper)
            let answer = await keeper.decide(
                entry.id, .putBack, of: id, by: CSAMaintenanceBench.ann, reason: "it is loaded by now")
            #expect(answer == .accepted)
            try await site.advance(bench, to: .completed, id)
            #expect(try await site.image() == before)
        }
    }
}
