import SluiceCSA
import SluiceForecast
import SluiceModel
import SluicePorts
import Testing

/// Rows of csa-api.md section 12 that are not with what they concern.
@Suite struct TroubleTests {
    @Test(
        "section 12, 404 vs 401 vs 500: a change is sent once, whatever is answered",
        arguments: [500, 400, 404, 403, 502, 503, 301])
    func sendsAChangeOnce(status: Int) async throws {
        let code: CSAError.Code =
            switch status {
            case 404: .missing
            case 403: .unauthorized
            case 502, 503: .unreachable
            case 301: .unreadable
            default: .status
            }
        try await withCSA { request in
            request.method == "GET" ? Documents.policies(Documents.namedApprover()) : .status(status)
        } _: { (client, server) async throws in
            let policy = try await client.approvalPolicies(of: Documents.organization)[0]
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await client.putPolicy(policy, changing: .manual) },
                { _ = try await client.createPolicy(.init(recreating: policy), in: Documents.organization) },
                { _ = try await client.assign(policy.id, to: [CSAOfferingID("A")], in: Documents.catalog) },
                { try await client.decide(CSAApprovalID("1"), in: Documents.catalog, as: Documents.user, .approved) },
                {
                    try await client.setProcessInstance(
                        CSAProcessID("1"), to: .error, returnCode: .failure, status: "x")
                },
            ]
            for (index, call) in calls.enumerated() {
                let error = await csaError { try await call() }
                #expect(error?.code == code && error?.isFinal == false, "\(index)")
                #expect(server.calls.count { $0.method != "GET" } == index + 1)
            }
        }
    }

    @Test("section 12, crash between PUT and done: a lost answer says that the outcome is not known, and GET tells")
    func saysThatTheOutcomeIsNotKnown() async throws {
        let puts = Counter()
        try await withCSA { request in
            guard request.method == "PUT" else {
                return Documents.policies(Documents.namedApprover(automatic: puts.next() < 2))
            }
            var answer = ScriptedAnswer.xml(Documents.namedApprover(automatic: false))
            answer.cutAfter = 40
            return answer
        } _: { (client, server) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            let error = await csaError { try await client.putPolicy(before, changing: .manual) }
            #expect(error?.code == .unreachable && error?.message.contains("not known") == true)
            #expect(server.calls.count { $0.method == "PUT" } == 1)
            #expect(try await client.approvalPolicy(before.id, of: Documents.organization)?.isAutomatic == false)
        }
    }

    @Test("section 12, 502 / 503 / refused: a read is tried again while its time lasts")
    func triesReadsAgain() async throws {
        let counter = Counter()
        try await withCSA { _ in
            let answer = Documents.policies(Documents.namedApprover())
            switch counter.next() {
            case 1: return .status(503)
            case 2:
                var cut = answer
                cut.cutAfter = 100
                return cut
            default: return answer
            }
        } _: { (client, server) async throws in
            #expect(try await client.approvalPolicies(of: Documents.organization).count == 1)
            #expect(server.calls.count == 3)
        }
    }

    @Test("section 12, policy deleted: it is missing, and can be made again with what it had")
    func tellsADeletedPolicy() async throws {
        try await withCSA { request in
            request.method == "PUT" ? .status(404) : Documents.policies(Documents.namedApprover(days: 5))
        } _: { (client, _) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            let error = await csaError { try await client.putPolicy(before, changing: .init(restoring: before)) }
            #expect(error?.code == .missing)
            let draft = ApprovalPolicyDraft(recreating: before)
            #expect(draft.automaticPeriodDays == 5 && draft.approvers == ["alice", "bob"] && draft.isAutomatic)
        }
    }

    @Test("section 12, policy added: each listing is read anew")
    func seesANewPolicy() async throws {
        let counter = Counter()
        try await withCSA { _ in
            counter.next() == 1
                ? Documents.policies(Documents.namedApprover())
                : Documents.policies(Documents.namedApprover(), Documents.namedApprover(id: "90new"))
        } _: { (client, _) async throws in
            #expect(try await client.approvalPolicies(of: Documents.organization).count == 1)
            #expect(try await client.approvalPolicies(of: Documents.organization).map(\.id.text) == ["90pol", "90new"])
        }
    }

    @Test(
        "bad input: what is not CSA is named, with what to check",
        arguments: [
            ScriptedAnswer.loginPage, .xml("<html><body>Login</body></html>"),
            .xml("<Organization><id>1</id></Organization>"),
            .xml("<ApprovalPolicyList><NamedApprover"), .xml(""), .json("{}"),
            .xml("<ApprovalPolicyList><a>\u{1}</a></ApprovalPolicyList>"),
            .xml("<!DOCTYPE x [<!ENTITY a \"b\">]><ApprovalPolicyList>&a;</ApprovalPolicyList>"),
            .xml(String(repeating: "<ApprovalPolicyList>", count: 1000)),
            .xml("<ApprovalPolicyList>" + String(repeating: "x", count: 2 << 20) + "</ApprovalPolicyList>"),
            .xml("<ApprovalPolicyList>" + String(repeating: " ", count: 17 << 20) + "</ApprovalPolicyList>"),
        ])
    func namesWhatIsNotCSA(answer: ScriptedAnswer) async throws {
        try await withCSA { _ in
            answer
        } _: { (client, server) async throws in
            let error = await csaError { try await client.approvalPolicies(of: Documents.organization) }
            #expect(error?.code == .unreadable, "\(String(describing: error))")
            #expect((error?.message.utf8.count ?? 0) < 500)
            #expect(server.calls.count == 1)
        }
        let login = try await withCSA(answersLogins: false) { _ in
            answer
        } _: { (client, _) async throws in
            await csaError { try await client.logIn() }
        }
        #expect(login?.code == .unreadable)
    }

    @Test("section 12, long XML: billion laughs are no work")
    func refusesBillionLaughs() async throws {
        let entities = zip("bcdefghij", "abcdefghi").map { name, of in
            "<!ENTITY \(name) \"\(String(repeating: "&\(of);", count: 10))\">"
        }
        let body = "<!DOCTYPE l [<!ENTITY a \"ha\">\(entities.joined())]><ApprovalPolicyList>&j;</ApprovalPolicyList>"
        let error = try await withCSA { _ in
            .xml(body)
        } _: { (client, _) async throws in
            await csaError { try await client.approvalPolicies(of: Documents.organization) }
        }
        #expect(error?.code == .unreadable && error?.message.contains("forbidden") == true)
    }

    @Test func takesNoPartForTheWhole() async throws {
        let error = try await withCSA { _ in
            Documents.offerings(Documents.offering("A", "DB"), count: 2)
        } _: { (client, _) async throws in
            await csaError { try await client.offerings(of: Documents.catalog) }
        }
        #expect(error?.code == .unreadable && error?.message.contains("left out") == true)
    }

    @Test("section 12, time zone: legacy dates are the server's, portal dates UTC")
    func readsTimesInTheServersZone() async throws {
        let zone = TimeZoneRules(identifier: "X", fixedOffsetSeconds: -8 * 3600)
        let list = """
            <ServiceRequestList><count>3</count>
            <ServiceRequest><id>1</id><name>old</name><createdOn>2026-11-28T01:59:59</createdOn>
            <requestState><name>PENDING_APPROVAL</name></requestState></ServiceRequest>
            <ServiceRequest><id>2</id><name>new</name><createdOn>2026-11-28T02:00:00</createdOn>
            <requestState><name>PENDING_APPROVAL</name></requestState>
            <requestedAction><name>ORDER</name></requestedAction>
            </ServiceRequest><ServiceRequest><id>3</id><name>offset</name>
            <createdOn>2026-11-28T12:00:00.5+01:00</createdOn></ServiceRequest></ServiceRequestList>
            """
        let start = try #require(Timestamp(rfc3339: "2026-11-28T10:00:00Z"))
        let requests = try await withCSA(adjust: { $0.zone = zone }) { request in
            request.path.hasPrefix("/csa/rest/artifact/state/")
                ? .json(#"{"artifactState":"ACTIVE","state":"SUBMITTED","status":null}"#) : .xml(list)
        } _: { (client, server) async throws in
            let requests = try await client.requests(of: Documents.user, since: start)
            #expect(server.seen.first?.path == "/csa/rest/login/CSA_CONSUMER/carol/")
            let call = try #require(server.calls.first)
            #expect(call.path == "/csa/rest/user/myrequest" && call.has("submitter=carol"))
            #expect(call.has("submitStartDate=2026-11-27T02%3A00%3A00"))
            return requests
        }
        #expect(requests.map(\.id.text) == ["2", "3"] && requests.map(\.state) == [.pendingApproval, .submitted])
        #expect(requests[0].createdAt == start && requests[0].action == "ORDER" && requests[0].isParked(since: start))
        #expect(requests[1].createdAt == start.advanced(by: .milliseconds(3_600_500)))
        #expect(requests.sorted(by: CSARequest.isOlder).map(\.id.text) == ["2", "3"])
    }

    @Test("section 12, RESERVED start or EXPIRING end inside the window: their dates are read")
    func readsTheClocksOfSubscriptions() async throws {
        let list = """
            <ServiceSubscriptionList><count>3</count>\(["PENDING", "ACTIVE", "CANCELLED"].enumerated().map {
                "<ServiceSubscription><id>\($0)</id><name>s\($0)</name><subscriptionStatus><name>\($1)</name>"
                    + "</subscriptionStatus></ServiceSubscription>"
            }.joined())</ServiceSubscriptionList>
            """
        let subscriptions = try await withCSA { request in
            request.path.hasSuffix("/mysubscription")
                ? .xml(list)
                : .xml(
                    "<ServiceSubscription><id>0</id><serviceInstance><id>90i</id></serviceInstance><serviceOffering>"
                        + "<startDate>2000-01-01T00:00:00Z</startDate></serviceOffering><subscriptionTerm>"
                        + "<startDate>2026-12-01T00:00:00Z</startDate><endDate>2026-12-31T00:00:00Z</endDate>"
                        + "</subscriptionTerm></ServiceSubscription>")
        } _: { (client, server) async throws in
            let subscriptions = try await client.subscriptions(of: Documents.user)
            #expect(server.calls.map(\.path).suffix(2) == ["/csa/rest/artifact/0", "/csa/rest/artifact/1"])
            return subscriptions
        }
        let start = try #require(Timestamp(rfc3339: "2026-12-01T00:00:00Z"))
        let end = try #require(Timestamp(rfc3339: "2026-12-31T00:00:00Z"))
        #expect(subscriptions.map(\.instanceID?.text) == ["90i", "90i", nil])
        let window = start...start.advanced(by: .seconds(3600))
        #expect(subscriptions.map { $0.clocks(in: window) } == [[.start(start)], [], []])
        #expect(subscriptions.map { $0.clocks(in: start...end) } == [[.start(start), .end(end)], [.end(end)], []])
    }

    @Test("section 12, instance stuck: states are read by name, a process instance is only set when told")
    func readsStatesAndRecords() async throws {
        try await withCSA { request in
            switch request.path {
            case "/csa/rest/artifact/state/90i":
                .json(
                    #"{"artifactType":"SERVICE_INSTANCE","artifactState":"ACTIVE","state":"CANCEL_FAILED"}"#
                )
            case "/csa/rest/artifact/state/90old": .json(#"{"artifactState":"RETIRED","state":"DEPLOYING"}"#)
            case "/csa/rest/lifecycleengine":
                .xml(
                    "<LifecycleExecutionRecord><callbackPending>true</callbackPending>"
                        + "<executionState><name>READY</name>"
                        + "</executionState><executionStatus><displayName>Transition paused</displayName>"
                        + "</executionStatus>"
                        + "<reverse>false</reverse><serviceInstance><id>90i</id></serviceInstance><targetState>"
                        + "<name>DEPLOYED</name></targetState></LifecycleExecutionRecord>")
            default:
                .xml(
                    "<ProcessInstance><id>90p</id>"
                        + "<processInstanceState><name>ACTIVE</name><displayName>Done</displayName>"
                        + "</processInstanceState><timeout>0</timeout></ProcessInstance>")
            }
        } _: { (client, server) async throws in
            #expect(try await client.instanceState(CSAInstanceID("90i")) == .cancelFailed)
            #expect(try await client.instanceState(CSAInstanceID("90old")) == nil)
            let record = try #require(try await client.lifecycleRecord(of: CSAInstanceID("90i")))
            #expect(
                record.isCallbackPending && record.isPaused && !record.isRunning && record.targetState == "DEPLOYED")
            #expect(server.calls.last?.has("serviceInstanceId=90i") == true)
            let other = await csaError { try await client.lifecycleRecord(of: CSAInstanceID("90x")) }
            #expect(other?.code == .unreadable)
            let process = try #require(try await client.processInstance(CSAProcessID("90p")))
            #expect(process.state == .active && process.timeoutSeconds == 0)
            #expect(server.calls.allSatisfy { $0.method == "GET" })
            try await client.setProcessInstance(CSAProcessID("90p"), to: .error, returnCode: .failure, status: "a <b>")
            let put = try #require(server.calls.last)
            #expect(put.method == "PUT" && put.has("view=processinstancestate") && put.has("scope=view"))
            #expect(
                put.body.hasSuffix(
                    "<ProcessInstance><id>90p</id><processInstanceState><name>ERROR</name></processInstanceState>"
                        + "<processReturnCode><name>FAILURE</name></processReturnCode><status>a &lt;b&gt;</status>"
                        + "</ProcessInstance>"))
        }
    }

    @Test func decidesAsAnApprover() async throws {
        let list = """
            <ApprovalProcessList><count>2</count>
            <ApprovalProcess><id>a1</id><approvalContext><id>90r</id></approvalContext>
            <approvalResult><name>DECISION_PENDING</name></approvalResult></ApprovalProcess><ApprovalProcess><id>a2</id>
            <approvalResult><name>REJECTED</name></approvalResult></ApprovalProcess></ApprovalProcessList>
            """
        try await withCSA {
            $0.method == "GET" ? .xml(list) : .status(200)
        } _: { (client, server) async throws in
            let approvals = try await client.approvals(for: Documents.user, in: Documents.catalog)
            #expect(approvals.map(\.requestID?.text) == ["90r", nil] && approvals.map(\.decision) == [nil, .rejected])
            try await client.decide(approvals[0].id, in: Documents.catalog, as: Documents.user, .approved)
            let put = try #require(server.calls.last)
            #expect(put.path == "/csa/rest/catalog/90cat/approval/a1/approver")
            #expect(
                put.body.hasSuffix(
                    "<Approver><person><userName>carol</userName><organization><name>CSA_CONSUMER</name></organization>"
                        + "</person><approverResult><name>APPROVED</name></approverResult></Approver>"))
        }
    }
}
