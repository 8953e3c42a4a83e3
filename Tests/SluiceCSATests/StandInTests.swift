import SluiceCSA
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceTestKit
import Testing

/// What goes wrong in CSA (csa-api.md section 12), over its stand-in.
@Suite(.timeLimit(.minutes(10))) struct StandInTests {
    /// An id that a restore made stale: a read asks for it again, a change says so and changes nothing.
    @Test("section 12, userIdentifier changes: a read asks for it again, a change says so", arguments: [401, 404])
    func asksForAStaleLoginAgain(code: Int) async throws {
        let clocks = ManualClocks()
        try await StandIn.run(
            settings: { $0.staleLoginCode = code },
            client: { $0.switches.staleLogin = code == 401 ? .unauthorized : .missing }, clocks: clocks
        ) { standIn in
            let (csa, client) = (standIn.csa, standIn.client)
            func renew() throws {
                // The account's own, not the one of the same name in the other organization.
                let persons = csa.dump(part: "configuration")?["persons"]?.asList ?? []
                let own = persons.last { $0["userName"] == "admin" && $0["organizationId"] != "90org" }
                try csa.control("POST", "persons/\(try #require(own?["id"]?.asText))/renew")
                clocks.advance(by: .seconds(61))
            }
            let old = try await client.logIn()
            try renew()
            let policy = try #require(try await client.approvalPolicies(of: StandIn.organization).first)
            #expect(policy.id == ApprovalPolicyID("90manual"))
            try renew()
            #expect(try await client.artifactState("90standing")?.type == "SERVICE_OFFERING")
            let before = csa.dump(part: "configuration")?["policies"]
            try renew()
            let error = await csaError { try await client.putPolicy(policy, changing: .refusing) }
            #expect(error?.code == .status && error?.isFinal == false, "\(String(describing: error))")
            #expect(csa.dump(part: "configuration")?["policies"] == before)
            #expect(try await client.putPolicy(policy, changing: .refusing).isInstant)
            #expect(try await client.logIn() != old)
        }
    }

    /// With the other switch a stale id passes for a wrong password, so nothing more is sent: the price of not asking.
    @Test func stopsOnAStaleLoginThatItTakesForAPassword() async throws {
        try await StandIn.run(client: { $0.switches.staleLogin = .missing }) { standIn in
            try await standIn.client.logIn()
            let persons = standIn.csa.dump(part: "configuration")?["persons"]?.asList ?? []
            let own = persons.first { $0["userName"] == "admin" }?["id"]?.asText
            try standIn.csa.control("POST", "persons/\(try #require(own))/renew")
            #expect(await csaError { try await standIn.client.catalogs() }?.isFinal == true)
        }
    }

    /// The answer to a PUT, whether it was made, and what the client says.
    @Test(
        "section 12, 404 vs 401 vs 500: a PUT is sent once, and only reading tells",
        arguments: [
            (SandboxFault.Effect.status(500, text: "x"), false, CSAError.Code.status),
            (.statusAfter(500), true, .status),
            (.dropBefore, false, .unreachable), (.dropAfter, true, .unreachable),
            (.status(404, text: ""), false, .missing),
            (.status(503, text: ""), false, .unreachable), (.loginPage(status: 200), false, .unreadable),
            (.loginPageAfter(status: 302), true, .unreadable),
        ])
    func putsOnceWhateverTheAnswer(effect: SandboxFault.Effect, isMade: Bool, code: CSAError.Code) async throws {
        try await StandIn.run { standIn in
            let client = standIn.client
            let policy = try #require(try await client.approvalPolicies(of: StandIn.organization).first)
            standIn.csa.add(faults: [SandboxFault(effect, id: "put", method: "PUT", path: "/organization/*/**", nth: 1)]
            )
            let error = await csaError { try await client.putPolicy(policy, changing: .refusing) }
            #expect(error?.code == code, "\(String(describing: error))")
            #expect(standIn.csa.hitCount(ofFault: "put") == 1)
            // Only reading tells, and a second PUT is right either way.
            let now = try #require(try await client.approvalPolicies(of: StandIn.organization).first)
            #expect(now.isInstant == isMade)
            #expect(try await client.putPolicy(now, changing: .refusing).isInstant)
        }
    }

    @Test("section 12, XML order or unknown elements: a whole body that CSA does not take")
    func readsAgainAfterARefusal()
        async throws
    {
        try await StandIn.run(settings: { $0.takesWholeBodies = false }) { standIn in
            let policy = try #require(try await standIn.client.approvalPolicies(of: StandIn.organization).first)
            #expect(await csaError { try await standIn.client.putPolicy(policy, changing: .refusing) }?.code == .status)
        }
    }

    @Test("section 12, 401 in the middle: a wrong password is tried once, and locks nobody out")
    func stopsAtAWrongPassword() async throws {
        try await StandIn.run(
            settings: { $0.lockoutAfter = 2 }, client: { $0.password = Secret("wrong") }
        ) { standIn in
            let client = standIn.client
            for _ in 0..<5 {
                let error = await csaError { try await client.catalogs() }
                #expect(error?.code == .unauthorized && error?.isFinal == true)
            }
            client.reconfigure(password: Secret("sandbox"))
            let catalogs = try await client.catalogs()
            #expect(catalogs.count == 2)
        }
    }

    @Test("section 12, 401 in the middle: many calls at once try a wrong password once")
    func triesAWrongPasswordOnceAtATime() async throws {
        try await StandIn.run(
            settings: { $0.lockoutAfter = 2 }, client: { $0.password = Secret("wrong") }
        ) { standIn in
            let client = standIn.client
            let codes = await withTaskGroup(of: CSAError.Code?.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        await csaError {
                            if index == 0 { _ = try await client.logIn() } else { _ = try await client.organizations() }
                        }?.code
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count == 8 && codes.allSatisfy { $0 == .unauthorized }, "\(codes)")
            client.reconfigure(password: Secret("sandbox"))
            let organizations = try await client.organizations()
            #expect(!organizations.isEmpty, "one try locks nobody out")
        }
    }

    @Test("section 12, offering renamed, retired or deleted: nothing of it is unpublished")
    func sendsNothingForARenamedOffering()
        async throws
    {
        try await StandIn.run { standIn in
            let client = standIn.client
            for (name, change) in [("A", "renamed"), ("B", "retired"), ("C", "deleted")] {
                let id = try standIn.publish(name)
                let listed = try await client.offerings(of: StandIn.catalog).first { $0.id == id }
                let place = try #require(listed?.publication)
                switch change {
                case "renamed": try standIn.csa.control("PUT", "offerings/\(id)", ["name": "A new"])
                case "retired": try standIn.csa.control("PUT", "offerings/\(id)", ["retired": true])
                default: try standIn.csa.control("DELETE", "offerings/\(id)")
                }
                let before = standIn.csa.dump(part: "configuration")
                let outcome = try await client.unpublish([place], in: StandIn.catalog)
                #expect(outcome.map(\.isSuccess) == [false], "\(change): \(outcome)")
                if change == "deleted", case .missing = outcome[0] {} else { #expect(change != "deleted") }
                #expect(standIn.csa.dump(part: "configuration") == before)
            }
        }
    }

    @Test(
        "section 4.3: assignments are read back, each way that CSA may show them",
        arguments: [(CSASettings.AssignmentEcho.perAction, 2), (.order, 1), (.none, 0)])
    func readsAssignmentsBack(echo: CSASettings.AssignmentEcho, count: Int) async throws {
        try await StandIn.run(
            settings: { $0.assignmentEcho = echo }, client: { $0.switches.policyPath = ["approvalPolicy", "id"] }
        ) { standIn in
            let client = standIn.client
            let offering = try standIn.publish("Small server")
            #expect(try await client.offering(offering, in: StandIn.catalog)?.policyIDs == [])
            let manual = ApprovalPolicyID("90manual")
            let outcome = try await client.assign(manual, to: [offering], in: StandIn.catalog)
            #expect(outcome.map(\.isSuccess) == [true])
            let read = try await client.offering(offering, in: StandIn.catalog)?.policyIDs
            #expect(read == Array(repeating: manual, count: count))
        }
    }

    @Test(
        "section 12, time zone: a person's instances and subscriptions, with their dates",
        arguments: CSASwitches.SubscriptionSource.allCases)
    func listsWhatAPersonHas(source: CSASwitches.SubscriptionSource) async throws {
        try await StandIn.run(
            settings: { $0.utcOffsetMinutes = -480 },
            client: {
                $0.switches.subscriptions = source
                $0.tokenAccount = ("idmTransportUser", Secret("sandbox"))
            }
        ) { standIn in
            let client = standIn.client
            let start = Timestamp(milliseconds: 4_102_444_800_000)
            let end = start.advanced(by: .seconds(86_400))
            _ = try standIn.order("Standing", name: "now")
            let later = try standIn.order("Standing", name: "later", startsAt: start, endsAt: end)
            _ = try standIn.order("Standing", by: "alice", name: "hers")
            let instances = try await client.instances(of: StandIn.carol)
            #expect(instances.map(\.state) == [.active, .reserved])
            #expect(instances.map { $0.name.hasPrefix("later 1_") } == [false, true], "\(instances)")
            let listed = try await client.subscriptions(of: StandIn.carol)
            #expect(listed.map(\.name) == ["now 1", "later 1"] && listed.map(\.status) == [.active, .pending])
            #expect(listed.last?.instanceID == later.instance)
            #expect(listed.last?.startsAt == start && listed.last?.endsAt == end)
            // All tokens are void at once: a 401 in the middle.
            try standIn.csa.control("DELETE", "tokens")
            #expect(try await client.subscriptions(of: StandIn.carol) == listed)
            let nobody = CSAUser(userName: "nobody", organizationName: "CSA_CONSUMER")
            #expect(await csaError { try await client.instances(of: nobody) }?.code == .missing)
        }
    }

    /// Groups and levels have no names in the policy: whoever may decide sees the approval all the same.
    @Test("section 4.5: parked requests of every kind of policy are released", arguments: CSAPolicyKind.allCases)
    func releasesRequestsOfEachKind(kind: CSAPolicyKind) async throws {
        try await StandIn.run(settings: { $0.delegatedProcessDecides = false }) { standIn in
            var seed = CSASeed()
            var policy = CSASeed.Policy("P", kind: kind, of: "CSA_CONSUMER", id: "90p")
            policy.approvers = kind == .named ? ["alice"] : nil
            policy.group = kind == .group ? "cn=G" : nil
            policy.process = kind == .delegated ? "long" : nil
            seed.policies = [policy]
            seed.offerings = [
                .init("Kind", publications: [.init("Main", "CRM", policies: ["ORDER": "P"])], id: "90kind")
            ]
            try standIn.csa.seed(seed)
            let request = try standIn.order("Kind").request
            let client = standIn.client
            let approvals = try await client.approvals(for: StandIn.alice, in: StandIn.catalog)
            let approval = try #require(approvals.first { $0.requestID == request && $0.decision == nil })
            let error = await csaError {
                try await client.decide(approval.id, in: StandIn.catalog, as: StandIn.alice, .approved)
            }
            // PROVEN: a delegated one is decided outside CSA only.
            #expect(error?.code == (kind == .delegated ? .status : nil))
            let state = try await client.requests(of: StandIn.carol, since: nil).first { $0.id == request }?.state
            #expect(state == (kind == .delegated ? .pendingApproval : .completed))
        }
    }
}
