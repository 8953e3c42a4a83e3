import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// CSA's snapshots over HTTP: taken, compared, restored through the journal.
@Suite(.timeLimit(.minutes(2)))
struct CSARouteTests {
    private static let organization = CSAOrganizationID("o1")
    private static let catalog = CSACatalogID("c1")

    private static func csa() -> FakeCSA {
        let csa = FakeCSA()
        csa.put(CSAOrganization(id: organization, name: "CONSUMER", displayName: "Consumer"))
        for id in ["auto", "hand"] {
            var policy = ApprovalPolicy(
                id: ApprovalPolicyID(id), organizationID: organization, kind: .namedApprover, name: "\(id)_1",
                displayName: id, isAutomatic: id == "auto")
            policy.automaticDecision = .approved
            policy.approvers = ["boss"]
            policy.minApprovalsRequired = 1
            policy.record = "<hunter2/>"
            csa.put(policy)
        }
        csa.put(CSACatalog(id: catalog, name: "MAIN", displayName: "Main", isShared: false), categories: ["CRM"])
        for id in ["f1", "f2"] {
            var offering = CSAOffering(
                id: CSAOfferingID(id), name: "\(id)_1", displayName: "\(id)_1", catalogID: catalog)
            offering.categoryName = "CRM"
            offering.hasApproval = true
            offering.policyIDs = [ApprovalPolicyID("auto")]
            csa.publish(offering)
        }
        return csa
    }

    private static func setup(_ csa: FakeCSA, address: String = "https://csa/csa") -> Bench.Setup {
        var setup = Bench.Setup()
        // The journal is kept with them.
        setup.runsMaintenances = true
        var site = CSASite(client: csa, userName: "svc", readsAssignments: true)
        site.address = address
        setup.csa = site
        return setup
    }

    private static func snapshot(_ bench: Bench) async throws -> JSONObject {
        let reply = try await bench.client.send(.get, "/v1/csa/snapshot", as: .viewer)
        #expect(reply.status == 200, "\(reply)")
        #expect(try OpenAPIDocument.load().faults(of: reply, "GET", "/v1/csa/snapshot") == [])
        #expect(!reply.text.contains("hunter2"))
        return try #require(try JSONReader.read(reply.text).object)
    }

    private static func restore(
        _ snapshot: JSONObject, _ bench: Bench, dryRun: Bool = false, as token: Bench.Token = .operator
    ) async throws -> Reply {
        let reply = try await bench.client.send(
            .post, "/v1/csa/restore", as: token,
            body: ["snapshot": .object(snapshot), "reason": "upgrade", "dryRun": .bool(dryRun)])
        #expect(try OpenAPIDocument.load().faults(of: reply, "POST", "/v1/csa/restore") == [], "\(reply)")
        return reply
    }

    private static func diff(_ snapshot: JSONObject, _ bench: Bench) async throws -> Reply {
        let reply = try await bench.client.send(
            .post, "/v1/csa/diff", as: .viewer, body: ["from": .object(snapshot)])
        #expect(try OpenAPIDocument.load().faults(of: reply, "POST", "/v1/csa/diff") == [], "\(reply)")
        return reply
    }

    /// What became of a restore, once it is over.
    private static func end(_ reply: Reply, _ bench: Bench) async throws -> [String] {
        let id = try #require(reply["id"]?.string, "\(reply)")
        func show() async throws -> Reply {
            try await bench.client.send(.get, "/v1/csa/restores/\(id)", as: .viewer)
        }
        try await bench.advance { try await show()["isOver"] == true }
        let shown = try await show()
        #expect(try OpenAPIDocument.load().faults(of: shown, "GET", "/v1/csa/restores/{id}") == [])
        return (shown["changes"]?.array ?? []).map {
            "\($0["name"]?.string ?? "") \($0["outcome"]?.string ?? ""): \($0["cause"]?.string ?? "")"
        }
    }

    /// A policy made manual and one automatic, an offering unpublished, another assigned anew.
    private static func disturb(_ csa: FakeCSA) async throws {
        for policy in csa.policies {
            _ = try await csa.putPolicy(policy, changing: ApprovalPolicyEdit(isAutomatic: !policy.isAutomatic))
        }
        _ = try await csa.assign(ApprovalPolicyID("hand"), to: [CSAOfferingID("f2")], in: catalog)
        _ = try await csa.unpublish(
            [CSAPublication(offeringID: CSAOfferingID("f1"), offeringName: "f1_1", categoryName: "CRM")], in: catalog)
    }

    @Test("policies, assignments and offerings are put back, only where they differ, and a dry run changes nothing")
    func restoresAll() async throws {
        let csa = Self.csa()
        try await Bench.run(Self.setup(csa)) { bench in
            let before = try await Self.snapshot(bench)
            #expect(try await Self.diff(before, bench)["same"] == true)
            #expect(try await Self.restore(before, bench).status == 200, "there is nothing to do")
            try await Self.disturb(csa)
            let differing = try await Self.diff(before, bench)
            #expect(differing["differences"]?.array?.count == 4, "\(differing)")
            let count = csa.changes.count
            let dry = try await Self.restore(before, bench, dryRun: true)
            #expect(dry.status == 200 && dry["changes"]?.array?.count == 4, "\(dry)")
            #expect(csa.changes.count == count)
            let reply = try await Self.restore(before, bench)
            #expect(reply.status == 202 && reply["conflicts"]?.array == [], "\(reply)")
            let end = try await Self.end(reply, bench)
            #expect(end.count == 4 && end.allSatisfy { $0.hasSuffix(" restored: made, and read back") }, "\(end)")
            #expect(end.contains { $0.hasPrefix("auto (organization CONSUMER)") }, "\(end)")
            let after = try await Self.diff(before, bench)
            #expect(after["same"] == true, "\(after)")
            let again = try await Self.restore(before, bench)
            #expect(again.status == 200 && again["changes"]?.array == [])
        }
    }

    @Test("a Failed within a 200, an error and an object that is gone are told, each by its name; the rest is restored")
    func tellsFailures() async throws {
        let csa = Self.csa()
        try await Bench.run(Self.setup(csa)) { bench in
            let before = try await Self.snapshot(bench)
            try await Self.disturb(csa)
            csa.renameOffering(CSAOfferingID("f1"), to: "f1_2")
            // The first that is sent: the policy that is made manual.
            csa.plan(.fail)
            let end = try await Self.end(try await Self.restore(before, bench), bench)
            #expect(end.count == 4, "\(end)")
            #expect(end.contains { $0.hasPrefix("f1_1 (catalog MAIN, category CRM) left: ") && $0.contains("named") })
            #expect(end.contains { $0.hasPrefix("hand (organization CONSUMER) left: ") && $0.contains("500") })
            #expect(end.count { $0.contains(" restored: ") } == 2, "\(end)")
            csa.removeOffering(CSAOfferingID("f1"))
            let second = try await Self.end(try await Self.restore(before, bench), bench)
            #expect(second.contains { $0.hasPrefix("f1_1 (catalog MAIN, category CRM) left: it is not there") })
            #expect(second.contains { $0.hasPrefix("hand (organization CONSUMER) restored") }, "\(second)")
        }
    }

    @Test("a snapshot of another CSA, another format or another content is refused, and nothing is changed")
    func refusesOthers() async throws {
        let csa = Self.csa()
        try await Bench.run(Self.setup(csa)) { bench in
            let good = try await Self.snapshot(bench)
            try await Self.disturb(csa)
            let count = csa.changes.count
            func changed(_ name: String, _ value: JSONValue) -> JSONObject {
                var object = good
                object[name] = value
                return object
            }
            let cases: [(JSONObject, Int, String)] = [
                (changed("address", "https://test/csa"), 409, "https://test/csa"),
                (
                    changed("organizations", [["id": "o1", "name": "RENAMED", "isShared": false]]), 409, "RENAMED"
                ),
                (changed("format", 2), 400, "/snapshot/format"), (changed("of", "central-schedules"), 400, "/of"),
                (changed("policies", 1), 400, "/policies"), (changed("more", 1), 400, "more"),
            ]
            for (snapshot, status, words) in cases {
                let reply = try await Self.restore(snapshot, bench)
                #expect(reply.status == status && reply.text.contains(words), "\(reply)")
                #expect(try await Self.diff(snapshot, bench).status == status)
            }
            #expect(try await Self.restore(good, bench, as: .viewer).status == 403)
            #expect(csa.changes.count == count)
            for path in ["m_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD", "bogus"] {
                #expect(try await bench.client.send(.get, "/v1/csa/restores/\(path)", as: .viewer).status == 404)
            }
            csa.failReads(CSAError(.unreachable, "no connection"))
            #expect(try await Self.restore(good, bench).status == 502)
        }
        try await Bench.run { bench in
            let answer = try await bench.client.send(.get, "/v1/csa/snapshot", as: .viewer)
            #expect(answer.status == 409)
        }
    }

    @Test("while a maintenance has closed CSA nothing is restored, only shown")
    func waitsForAMaintenance() async throws {
        let csa = Self.csa()
        try await Bench.run(Self.setup(csa)) { bench in
            let before = try await Self.snapshot(bench)
            try await Self.disturb(csa)
            let count = csa.changes.count
            let now = bench.clocks.now().wall
            var record = MaintenanceRecord(
                id: MaintenanceID("m_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"),
                plan: MaintenancePlan(
                    title: "upgrade", reason: "upgrade", owner: "night shift",
                    expectedEnd: now.advanced(by: .seconds(3600))), by: Principal("ann"), plannedAt: now)
            record.phase = .drainingCSA
            try await bench.memory.commit([.putMaintenance(record)], fence: Fence(timeline: 1))
            let refused = try await Self.restore(before, bench)
            #expect(refused.status == 409 && refused.text.contains(record.id.text), "\(refused)")
            #expect(try await Self.restore(before, bench, dryRun: true)["changes"]?.array?.count == 4)
            #expect(csa.changes.count == count)
        }
    }

    @Test("changes of a maintenance that are not put back keep a restore out, whatever its record says")
    func waitsForTheJournal() async throws {
        let csa = Self.csa()
        try await Bench.run(Self.setup(csa)) { bench in
            let before = try await Self.snapshot(bench)
            let policy = try #require(csa.policies.first)
            let change = try #require(CSAChangePlan.flip(policy))
            let keeper = try #require(bench.engine.keeper)
            let id = MaintenanceID("m_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD")
            #expect(await keeper.apply([change], of: id, by: .sluice, reason: "upgrade") == .accepted)
            try await bench.advance { keeper.status().isMade }
            let refused = try await Self.restore(before, bench)
            #expect(refused.status == 409 && refused.text.contains(id.text), "\(refused)")
            #expect(await keeper.revert(id, by: .sluice, reason: "done") == .accepted)
            try await bench.advance { keeper.status().isSettled }
            #expect(try await Self.diff(before, bench)["same"] == true)
        }
    }
}
