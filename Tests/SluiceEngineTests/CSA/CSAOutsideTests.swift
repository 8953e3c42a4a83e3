import SluiceCore
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// CSA's policies, assignments and offerings under the laws of every outside system.
struct CSAOutsideTests {
    /// A CSA with two policies that are automatic, a third, and two offerings of one catalog.
    private struct World {
        let csa = FakeCSA()
        let clocks = ManualClocks()
        let site: CSASite
        let organization = CSAOrganizationID("o")
        let catalog = CSACatalogID("c")

        init() {
            site = CSASite(client: csa, userName: "svc", readsAssignments: true)
            csa.put(CSAOrganization(id: organization, name: "ORG", displayName: "Org"))
            for id in ["p1", "p2", "p3"] {
                var policy = ApprovalPolicy(
                    id: ApprovalPolicyID(id), organizationID: organization, kind: .namedApprover, name: "\(id)_1",
                    displayName: id, isAutomatic: true)
                policy.automaticDecision = .approved
                policy.automaticPeriodDays = 2
                policy.approvers = ["b", "a"]
                policy.minApprovalsRequired = 1
                policy.record = "<xml>\(id)</xml>"
                csa.put(policy)
            }
            csa.put(CSACatalog(id: catalog, name: "c", displayName: "C", isShared: false), categories: ["CRM"])
            for id in ["f1", "f2"] {
                var offering = CSAOffering(
                    id: CSAOfferingID(id), name: "\(id)/name", displayName: id, catalogID: catalog)
                offering.categoryName = "CRM"
                offering.policyIDs = [ApprovalPolicyID("p1")]
                offering.hasApproval = true
                csa.publish(offering)
            }
        }

        func edit(_ id: ApprovalPolicyID) {
            guard var policy = csa.policies.first(where: { $0.id == id }) else { return }
            policy.displayName += " of another"
            csa.put(policy)
        }

        func place(_ id: String) -> String { CSAObjectName(["c", id, "CRM", "\(id)/name"]).text }

        func conformance(_ system: String) -> OutsideSystemConformance.World {
            switch system {
            case CSAChangePlan.policies:
                return .init(
                    system: CSAPolicySystem(site, sealer: AESSealer(MasterKey()), clocks: clocks),
                    objects: ("o/p1", "o/p2"), missing: "o/none", wanted: JournalField("automaticApproval", "false"),
                    edit: { [self] object in edit(ApprovalPolicyID(String(object.dropFirst(2)))) })
            case CSAChangePlan.assignments:
                return .init(
                    system: CSAAssignmentSystem(site, clocks: clocks), objects: ("c/f1", "c/f2"), missing: "c/none",
                    wanted: JournalField(CSAChangePlan.policyField, "p2"),
                    edit: { [csa, catalog] object in
                        _ = try await csa.assign(
                            ApprovalPolicyID("p3"), to: [CSAOfferingID(String(object.dropFirst(2)))], in: catalog)
                    })
            default:
                return .init(
                    system: CSAOfferingSystem(site, clocks: clocks), objects: (place("f1"), place("f2")),
                    missing: CSAObjectName(["c", "none", "CRM", "none"]).text,
                    wanted: JournalField(CSAChangePlan.policyField, "p2"),
                    edit: { [csa, catalog] object in
                        let id = CSAObjectName(object, count: 4)?.parts[1] ?? ""
                        _ = try await csa.assign(ApprovalPolicyID("p3"), to: [CSAOfferingID(id)], in: catalog)
                    })
            }
        }
    }

    @Test(arguments: CSAChangePlan.systems, OutsideSystemConformance.allCases)
    func keepsTheLaws(_ system: String, _ law: OutsideSystemConformance) async throws {
        try await law.check(World().conformance(system))
    }

    private func image(_ system: any OutsideSystem, _ object: String) async throws -> OutsideImage {
        try #require(try await system.read(object))
    }

    @Test("a place of an offering goes out and comes back with the policy that CSA forgets")
    func unpublishes() async throws {
        let world = World()
        let system = CSAOfferingSystem(world.site, clocks: world.clocks)
        let object = world.place("f1")
        let before = try await image(system, object)
        #expect(before.fields.value(of: CSAChangePlan.policyField) == "p1")
        let out = [JournalField(CSAChangePlan.publishedField, "false"), JournalField(CSAChangePlan.policyField, "")]
        var outcomes = await system.write([OutsideWrite(object: object, fields: out, basedOn: before)])
        guard case .taken? = outcomes.first?.result else { throw EngineBench.Overdue() }
        let gone = try await image(system, object)
        #expect(gone.fields == out)
        // What CSA forgets shows when it is published alone.
        _ = try await world.csa.publish(
            [
                CSAPublication(
                    offeringID: CSAOfferingID("f1"), offeringName: "f1/name", categoryName: "CRM")
            ], in: world.catalog)
        let bare = try await image(system, object)
        #expect(bare.fields.value(of: CSAChangePlan.policyField).isEmpty)
        outcomes = await system.write([OutsideWrite(object: object, fields: out, basedOn: bare)])
        let again = try await image(system, object)
        outcomes = await system.write([OutsideWrite(object: object, fields: before.fields, basedOn: again)])
        guard case .taken? = outcomes.first?.result else { throw EngineBench.Overdue() }
        #expect(try await image(system, object).fields == before.fields)
    }

    @Test("an offering that somebody deleted is gone, one that is only unpublished is not")
    func tellsGoneFromUnpublished() async throws {
        let world = World()
        let system = CSAOfferingSystem(world.site, clocks: world.clocks)
        world.csa.removeOffering(CSAOfferingID("f1"))
        #expect(try await system.read(world.place("f1")) == nil)
    }

    /// What the journal makes of each fate of a call: section 12, "500 on PUT", "crash between".
    @Test(arguments: [FakeCSA.Fate.take, .takeUnseen, .fail, .loseUnseen])
    func saysWhatItKnows(_ fate: FakeCSA.Fate) async throws {
        let world = World()
        let system = CSAPolicySystem(world.site, sealer: AESSealer(MasterKey()), clocks: world.clocks)
        let before = try await image(system, "o/p1")
        #expect(before.record != nil, "CSA's own text is kept, shut")
        world.csa.plan(fate)
        let outcomes = await system.write([
            OutsideWrite(object: "o/p1", fields: [JournalField("automaticApproval", "false")], basedOn: before)
        ])
        switch (fate, outcomes.first?.result) {
        case (.take, .taken(let image?)?): #expect(image.fields.value(of: "automaticApproval") == "false")
        case (.takeUnseen, .unknown?), (.fail, .unknown?), (.loseUnseen, .unknown?): break
        default: Issue.record("\(fate): \(outcomes)")
        }
        #expect(world.csa.changes.count == (fate == .loseUnseen ? 0 : 1), "sent once")
    }

    @Test("a refused account is said as such, and nothing is sent")
    func tellsARefusedAccount() async throws {
        let world = World()
        let system = CSAPolicySystem(world.site, sealer: AESSealer(MasterKey()), clocks: world.clocks)
        let before = try await image(system, "o/p1")
        world.csa.refuseAccount(true)
        let outcomes = await system.write([
            OutsideWrite(object: "o/p1", fields: [JournalField("automaticApproval", "false")], basedOn: before)
        ])
        guard case .notSent(let error)? = outcomes.first?.result else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(error.code == .unauthorized)
        #expect(world.csa.changes.isEmpty)
        await #expect(throws: OutsideError.self) { try await system.read("o/p1") }
    }

    @Test("those who read at the same time share a listing, and each gets one that began after it asked")
    func sharesListings() async throws {
        let world = World()
        let system = CSAPolicySystem(world.site, sealer: AESSealer(MasterKey()), clocks: world.clocks)
        let counts = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<60 { group.addTask { try await system.read("o/p\(index % 3 + 1)") != nil } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(counts == 60)
        #expect(world.csa.policiesReadCount < 30, "\(world.csa.policiesReadCount) listings for 60 reads")
        // What somebody changed is seen by whoever asks after that.
        for round in 0..<20 {
            world.edit(ApprovalPolicyID("p1"))
            let image = try await image(system, "o/p1")
            let name = image.fields.value(of: "displayName")
            #expect(name.components(of: " of another") == round + 1)
        }
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
