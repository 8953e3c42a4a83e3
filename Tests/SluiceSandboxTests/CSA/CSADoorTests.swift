import Testing

@testable import SluiceSandbox

/// Logins, tokens, the portal's and the provider's calls, without a socket.
@Suite struct CSADoorTests {
    private func token(_ bench: CSABench, user: String = "ann", password: String = "pw") -> SandboxReply {
        bench.send(
            "POST", "/idm-service/v2.0/tokens",
            #"{"passwordCredentials": {"username": "\#(user)", "password": "\#(password)"}, "tenantName": "CONSUMER"}"#,
            authorization: CSABench.basic("idmTransportUser"))
    }

    // MARK: Logins

    @Test func legacyCallsNeedBasicAndAKnownUser() throws {
        let bench = try CSABench()
        #expect(bench.send("GET", "/csa/rest/catalog", query: ["userIdentifier": bench.admin]).status == 200)
        #expect(bench.send("GET", "/csa/rest/catalog").status == 401)
        #expect(bench.send("GET", "/csa/rest/catalog", query: ["userIdentifier": "x"]).status == 401)
        for authorization in [nil, CSABench.basic("admin", "x"), CSABench.basic("x"), "Basic ?", "Bearer x"] {
            let reply = bench.send(
                "GET", "/csa/rest/catalog", query: ["userIdentifier": bench.admin], authorization: authorization)
            #expect(reply.status == 401)
        }
    }

    @Test func logsInByNameAsXMLOrJSON() throws {
        let bench = try CSABench {
            $0.persons?.append(.init("j.doe", of: "CONSUMER", id: "jd"));
            $0.persons?.append(.init("a/b", of: "CONSUMER", id: "ab"))
        }
        let path = "/csa/rest/login/CONSUMER/"
        #expect(bench.send("GET", path + "ann", hasSlash: true).element.text(at: "id") == "ann")
        #expect(bench.send("GET", path + "ann", accept: "application/json", hasSlash: true).value["id"] == "ann")
        #expect(bench.send("GET", path + "j.doe", hasSlash: true).element.text(at: "id") == "jd")
        #expect(bench.send("GET", path + "j.doe").status == 404, "cut without the trailing slash")
        #expect(bench.send("GET", path + "userLookup", query: ["userName": "a/b"]).element.text(at: "id") == "ab")
        #expect(bench.send("GET", path + "nobody", hasSlash: true).status == 404)
        #expect(bench.send("GET", path + "ann", authorization: nil, hasSlash: true).status == 401)
    }

    @Test func locksAnAccountAfterWrongPasswords() throws {
        var settings = CSASettings()
        settings.lockoutAfter = 3
        let bench = try CSABench(settings: settings)
        func call(_ password: String) -> Int {
            bench.send("GET", "/csa/api/organization", authorization: CSABench.basic("admin", password)).status
        }
        #expect(
            [call("x"), call("x"), call("sandbox"), call("x"), call("x"), call("x")] == [401, 401, 200, 401, 401, 401])
        #expect(call("sandbox") == 401, "locked for the right one too")
        bench.state.restore(bench.state.data, at: bench.now)
        #expect(call("sandbox") == 401, "over a restart")
        #expect(bench.send("PUT", "/control/accounts/admin", #"{"unlocked": true}"#).status == 200)
        #expect(call("sandbox") == 200)
        #expect(bench.send("PUT", "/control/accounts/admin", #"{"password": "new"}"#).status == 200)
        #expect([call("sandbox"), call("new")] == [401, 200])
    }

    @Test func tokensExpire() throws {
        let bench = try CSABench()
        #expect(token(bench, password: "x").status == 401)
        #expect(token(bench, user: "boss").status == 401, "no password, no portal")
        let reply = token(bench)
        let id = try #require(reply.value["token"]?["id"]?.asText)
        #expect(reply.value["token"]?["expires"] == "2026-12-01T00:30:00.000Z")
        func list(_ token: String?) -> Int {
            bench.send("POST", "/csa/api/mpp/mpp-offering/filter", "{}", authorization: nil, token: token).status
        }
        #expect([list(id), list("x"), list(nil)] == [200, 401, 401])
        bench.pass(1_799_999)
        #expect(list(id) == 200)
        bench.pass(1)
        #expect(list(id) == 401)
        let again = token(bench).value["token"]?["id"]?.asText
        #expect(list(again) == 200)
        #expect(bench.send("DELETE", "/control/tokens").status == 200)
        #expect(list(again) == 401)
    }

    // MARK: The portal

    private func submit(
        _ bench: CSABench, _ context: String, _ json: String, token: String, query: [String: String] = [:]
    ) -> SandboxReply {
        bench.send(
            "POST", "/csa/api/mpp/mpp-request/\(context)",
            "--B\r\nContent-Disposition: form-data; name=\"requestForm\"\r\n\r\n\(json)\r\n--B--\r\n", query: query,
            authorization: nil, token: token, contentType: "multipart/form-data; boundary=B")
    }

    @Test func ordersThroughThePortal() throws {
        let bench = try CSABench()
        let id = try #require(token(bench).value["token"]?["id"]?.asText)
        let offerings = bench.send("POST", "/csa/api/mpp/mpp-offering/filter", #"{"approval": "ALL"}"#, token: id).value
        #expect(offerings["@total_results"] == 2)
        let order =
            #"{"action": "ORDER", "categoryName": "CRM", "subscriptionName": "mine", "fields": {"field_1": "x"}, "#
            + #""startDate": "2026-12-02T00:00:00.000Z"}"#
        let reply = submit(bench, "server", order, token: id, query: ["catalogId": "main"])
        #expect(reply.status == 200)
        let request = try #require(reply.value["id"]?.asText)
        bench.work()
        #expect(bench.instance(request)?.state == .reserved)
        bench.pass(86_400_000)
        bench.work()
        let again = try #require(token(bench).value["token"]?["id"]?.asText)
        let shown = bench.send("GET", "/csa/api/mpp/mpp-request/\(request)", token: again).value
        #expect(shown["requestState"] == "COMPLETED")
        #expect(shown["subscription"]?["displayName"] == "mine")
        let mine =
            bench.send("POST", "/csa/api/mpp/mpp-subscription/filter", "{}", token: again).value["members"]?.asList
            ?? []
        #expect(mine.map { $0["status"] } == ["ACTIVE"])
        let subscription = try #require(mine.first?["id"]?.asText)
        let cancel = submit(bench, subscription, #"{"action": "CANCEL_SUBSCRIPTION"}"#, token: again)
        #expect(cancel.status == 200)
        bench.work()
        #expect(bench.subscription(request)?.status == .cancelled)
    }

    @Test(arguments: [
        ("server", #"{"action": "ORDER", "categoryName": "HR"}"#), ("server", #"{"action": "FLY"}"#),
        ("nothing", #"{"action": "ORDER"}"#), ("server", #"{"action": "ORDER", "startDate": "tomorrow"}"#),
        ("server", #"{"action": "ORDER", "endDate": "2020-01-01T00:00:00.000Z"}"#), ("server", "{"), ("server", "{}"),
        ("server", #"{"action": "ORDER", "startDate": "99999-01-01T00:00:00.000Z"}"#),
    ])
    func refusesWrongOrders(context: String, json: String) throws {
        let bench = try CSABench()
        let id = try #require(token(bench).value["token"]?["id"]?.asText)
        let reply = submit(bench, context, json, token: id)
        #expect(reply.status == 500)
        #expect(reply.value["description"] != nil)
        #expect(bench.state.data.requests.count == 0)
        #expect(bench.state.data.subscriptions.count == 0)
    }

    /// An artifact by its id, whatever it is; and lists of a person, for people of the same organisation only.
    @Test func showsArtifactsAndWhatAPersonHas() throws {
        let bench = try CSABench()
        let request = try bench.order(startAt: bench.now + 60_000)
        bench.work()
        let instance = try #require(bench.instance(request)?.id)
        for (id, root) in [
            ("server", "ServiceOffering"), (request, "ServiceRequest"), (instance, "ServiceInstance"),
            ("main", "Catalog"), (bench.subscription(request)?.id ?? "", "ServiceSubscription"),
        ] {
            let element = bench.element("/artifact/\(id)", query: ["detail": "basic"])
            #expect(element.name == root && element.text(at: "id") == id)
            #expect(element.text(at: "name") != nil)
        }
        bench.state.data.offerings.change("server") { $0.isRetired = true }
        #expect(bench.element("/artifact/server").text(at: "state", "name") == "RETIRED", "never removed")
        #expect(bench.rest("GET", "/artifact/nothing").status == 404)
        func instances(_ query: [String: String], as person: String = "boss") -> SandboxReply {
            bench.rest("GET", "/user/myinstance", query: query, as: person)
        }
        let list = instances(["requestor": "ann"]).element
        #expect(list.name == "ServiceInstanceList" && list.text(at: "count") == "1")
        #expect(list.text(at: "ServiceInstance", "serviceInstanceState", "name") == "RESERVED")
        #expect(list.text(at: "ServiceInstance", "displayName") == "Server")
        #expect(instances(["requestor": "boss"]).element.text(at: "count") == "0")
        let later = ["requestor": "ann", "creationStartDate": "2026-12-01T00:00:01"]
        #expect(instances(later).element.text(at: "count") == "0")
        #expect(instances([:]).status == 500, "the requestor is required")
        for path in ["/user/myinstance", "/user/mysubscription"] {
            #expect(bench.rest("GET", path, query: ["requestor": "ann"]).status == 401, "admin is of another")
        }
        #expect(bench.rest("GET", "/user/myrequest", query: ["submitter": "ann"]).status == 401)
    }

    @Test func ordersThroughTheLegacyDoor() throws {
        let bench = try CSABench()
        let body =
            "<ServiceRequest><name>r</name><artifactContext><id>server</id></artifactContext>"
            + "<requestedAction><name>ORDER</name></requestedAction>"
            + "<property><name>START_DATE</name><values><value>2026-12-01T01:00:00.000Z</value></values></property>"
            + "<property><name>SERVICE_NAME</name><values><value>mine</value></values></property></ServiceRequest>"
        let made = bench.rest("POST", "/catalog/main/request", body, as: "ann").element
        let id = try #require(made.text(at: "id"))
        bench.work()
        #expect(bench.instance(id)?.state == .reserved)
        #expect(bench.subscription(id)?.name == "mine")
        #expect(bench.element("/user/myrequest", query: ["userIdentifier": "ann"]).text(at: "count") == "0", "admin's")
        let list = bench.rest("GET", "/user/myrequest", as: "ann").element
        #expect(list.all("ServiceRequest").compactMap { $0.text(at: "id") } == [id])
        #expect(list.text(at: "limit") == "0")
        #expect(
            bench.rest("GET", "/user/subscription/count", as: "ann").element.first("entry")?.text(at: "name")
                == "PENDING")
    }

    // MARK: The provider

    @Test func countsWhatIsPendingByPersonAndPages() throws {
        let bench = try CSABench.assigned("manual") { $0.persons?.append(.init("zoe", of: "CONSUMER", id: "zoe")) }
        _ = try bench.order()
        let paused = try bench.order("ORDER", "open")
        bench.launch(.refused(status: 500))
        #expect(bench.subscription(paused)?.status == .paused)
        func page(_ query: [String: String]) -> LooseValue {
            bench.send("POST", "/csa/api/person/organization/org", "{}", query: query).value
        }
        let all = page(["start-index": "0", "page-size": "30", "sort": "userName:ascending"])
        #expect(all["members"]?.asList?.map { $0["userName"] } == ["ann", "boss", "zoe"])
        #expect(all["@total_results"] == 3)
        let ann = all["members"]?.asList?.first?["ext"]
        #expect(ann?["csa_pending_request_count"] == 1)
        #expect(ann?["csa_pending_subscription_count"] == 1)
        #expect(ann?["csa_paused_subscription_count"] == 1)
        #expect(ann?["csa_active_subscription_count"] == 0)
        let second = page(["start-index": "1", "page-size": "1", "sort": "userName:descending"])
        #expect(second["members"]?.asList?.map { $0["userName"] } == ["boss"])
        #expect(bench.send("POST", "/csa/api/person/organization/org", "{}", query: ["page-size": "-1"]).status == 500)
        let organizations = bench.send("GET", "/csa/api/organization", hasSlash: true).value["members"]?.asList ?? []
        #expect(organizations.map { $0["ext"]?["csa_name_key"] } == ["CSA-Provider", "CONSUMER"])
    }

    @Test func listsOnlyWhoLoggedInIfSo() throws {
        let bench = try CSABench {
            $0.persons?.append(.init("api", of: "CONSUMER", password: "pw")); $0.persons?[2].hasLoggedIn = false
        }
        bench.state.data.settings.listsLoggedInOnly = true
        func count() -> LooseValue? {
            bench.send("POST", "/csa/api/person/organization/org", "{}").value["@total_results"]
        }
        #expect(count() == 2)
        #expect(token(bench, user: "api").status == 200)
        #expect(count() == 3)
    }

    @Test func showsTheStateOfArtifacts() throws {
        let bench = try CSABench()
        let id = try bench.order()
        func state(_ id: String?) -> LooseValue { bench.rest("GET", "/artifact/state/\(id ?? "")").value }
        #expect(
            state(bench.instance(id)?.id) == [
                "id": .text(bench.instance(id)?.id ?? ""), "artifactType": "SERVICE_INSTANCE",
                "artifactState": "ACTIVE",
                "state": "IN_PROGRESS", "status": .null,
            ])
        #expect(state(id)["state"] == "COMPLETED")
        #expect(state(bench.subscription(id)?.id)["status"] == "PENDING")
        #expect(bench.rest("GET", "/artifact/state/x").status == 404)
    }
}
