import Testing

@testable import SluiceSandbox

/// Faults, CSA's clock, control endpoints and snapshots, without a socket.
@Suite(.timeLimit(.minutes(10))) struct CSAControlTests {
    /// Effect, status, whether the policy was changed; and that the next call is well.
    @Test(arguments: [
        (SandboxFault.Effect.status(401, text: ""), 401, false), (.status(404, text: ""), 404, false),
        (.status(500, text: ""), 500, false), (.loginPage(status: 200), 200, false),
        (.loginPage(status: 302), 302, false), (.statusAfter(401), 401, true), (.statusAfter(500), 500, true),
        (.loginPageAfter(status: 200), 200, true), (.dropBefore, 0, false), (.dropAfter, 0, true),
    ])
    func failsTheNthCallBeforeOrAfterItsEffect(effect: SandboxFault.Effect, status: Int, isChanged: Bool) throws {
        let bench = try CSABench()
        let fault = SandboxFault(effect, method: "PUT", path: "/organization/*/approvalPolicy/*", nth: 2)
        let isAdded = bench.state.faults.add([fault])
        #expect(isAdded)
        let path = "/organization/org/approvalPolicy/"
        let body = "<NamedApproverApprovalTemplate><displayName>N</displayName></NamedApproverApprovalTemplate>"
        #expect(bench.rest("PUT", path + "manual", body).status == 200)
        var request = SandboxRequest(
            method: "PUT", path: "/csa/rest" + path + "auto", query: ["userIdentifier": bench.admin])
        request.authorization = CSABench.basic()
        request.body = Array(body.utf8)
        let outcome = bench.state.handle(request, at: bench.now)
        #expect(outcome.isDropped == (status == 0))
        if status != 0 { #expect(outcome.reply.status == status) }
        if case .loginPage = effect { #expect(outcome.reply.text.contains("Cloud Service Automation")) }
        if case .loginPageAfter = effect { #expect(outcome.reply.contentType.hasPrefix("text/html")) }
        #expect((bench.state.data.policies["auto"]?.displayName == "N") == isChanged)
        #expect(bench.rest("PUT", path + "auto", body).status == 200)
    }

    @Test func faultsOfPagesSurviveTheControlEndpoint() throws {
        let bench = try CSABench()
        let list = #"[{"kind": "login-page-after", "path": "/catalog", "limit": 1}]"#
        #expect(bench.send("POST", "/control/faults", list).status == 200)
        #expect(bench.rest("GET", "/catalog").contentType.hasPrefix("text/html"))
        #expect(bench.rest("GET", "/catalog").contentType == "application/xml")
    }

    @Test func itsClockMayBeOff() throws {
        let bench = try CSABench.assigned("timed")
        let id = try bench.order()
        bench.state.data.settings.clockOffsetMilliseconds = 5 * 86_400_000
        let reply = bench.rest("GET", "/catalog")
        #expect(reply.header("Date") == "Sun, 06 Dec 2026 00:00:00 GMT")
        #expect(bench.requestState(id) == .completed, "its timers follow its own clock")
    }

    @Test func controlRefusesWhatNobodyReads() throws {
        let bench = try CSABench()
        for (path, body) in [
            ("seed", #"{"policys": []}"#), ("seed", #"{"offerings": [{"name": "x", "flow": {}}]}"#), ("seed", "["),
            ("seed", #"{"persons": [{"userName": "x", "organization": "nobody"}]}"#),
            ("orders", #"{"offering": "Server", "person": "ann", "cuont": 2}"#),
            ("orders", #"{"offering": "Server", "person": "ann", "count": 10001}"#),
            ("orders", #"{"offering": "Server", "person": "nobody"}"#), ("faults", #"[{"kind": "x"}]"#),
        ] {
            #expect(bench.send("POST", "/control/" + path, body).status == 400, "\(path) \(body)")
        }
        for body in [
            #"{"versoin": "4.00"}"#, #"{"version": "5"}"#, #"{"gapMilliseconds": -1}"#, #"{"ooURL": "ftp://x"}"#,
        ] {
            #expect(bench.send("PUT", "/control/settings", body).status == 400, "\(body)")
        }
        #expect(bench.send("PUT", "/control/settings", #"{"version": "4.00", "gapMilliseconds": 5}"#).status == 200)
        #expect(bench.state.settings.version == .v400)
        #expect(bench.send("GET", "/control/x").status == 404)
    }

    @Test func placesOrdersInBulkAndDumpsAll() throws {
        let bench = try CSABench()
        let before = bench.send("GET", "/control/state/configuration").value
        let reply = bench.send(
            "POST", "/control/orders", #"{"offering": "Server", "catalog": "Main", "person": "ann", "count": 200}"#)
        #expect(reply.value["requestIds"]?.asList?.count == 200)
        #expect(bench.send("GET", "/control/state/numbers").value["instances"]?["IN_PROGRESS"] == 200)
        var flows = 0
        while !bench.state.isQuiet {
            let launches = bench.launch()
            #expect(launches.count <= CSALimits.concurrentLaunchCountMax)
            for launch in launches {
                flows += 1
                bench.callBack(launch.processID)
            }
            if bench.state.dueLaunches.isEmpty { bench.pass(200) }
        }
        #expect(flows == 600)
        let numbers = bench.send("GET", "/control/state").value["numbers"]
        #expect(numbers?["subscriptions"]?["ACTIVE"] == 200)
        #expect(numbers?["quiet"] == true)
        let launches = bench.send("GET", "/control/launches").value.asList ?? []
        #expect(launches.count == 600 && launches.allSatisfy { $0["callbacks"] == 1 })
        #expect(bench.send("GET", "/control/state/configuration").value == before)
        #expect(!bench.send("GET", "/control/state").text.contains("sandbox\""), "no password")
    }

    @Test func aSeedMayBeRepeated() throws {
        let bench = try CSABench()
        let before = bench.state.dump(at: bench.now)["configuration"]
        try bench.state.seed(CSABench.seed, at: bench.now)
        #expect(bench.state.dump(at: bench.now)["configuration"] == before)
    }

    /// A snapshot at any moment of an order goes on as the order itself would.
    @Test(arguments: 0..<12)
    func goesOnAfterARestart(step: Int) throws {
        let bench = try CSABench { $0.pools = [.init("Pool", flow: "f-sync", every: 60_000, id: "pool")] }
        let id = try bench.order(startAt: bench.now + 10_000, endAt: bench.now + 20_000)
        var steps = 0
        func restartAtStep() throws {
            if steps == step {
                let bytes = try SandboxCodec.encode(bench.state.data)
                bench.state.restore(try SandboxCodec.decode(CSAData.self, from: bytes), at: bench.now)
            }
            steps += 1
        }
        for _ in 0..<12 {
            try restartAtStep()
            for launch in bench.launch() { bench.callBack(launch.processID) }
            bench.pass(2_000)
        }
        #expect(bench.subscription(id)?.status == .expired)
        let flows = bench.state.launchList.asList?.compactMap { $0["flow"]?.asText } ?? []
        #expect(flows == ["f-init", "f-reserve", "f-deploy", "f-undeploy", "f-unreserve"])
    }

    @Test func aLaunchOnTheWireIsPutAgainIfSo() throws {
        var settings = CSASettings()
        settings.launchesAgain = true
        let bench = try CSABench(settings: settings)
        let id = try bench.order()
        let launch = try #require(bench.state.takeLaunches().first)
        bench.state.restore(bench.state.data, at: bench.now)
        #expect(bench.work() == ["f-init", "f-reserve", "f-deploy"])
        #expect(bench.state.data.processes[launch.processID]?.state == .completed)
        #expect(bench.subscription(id)?.status == .active)
    }

    /// A pool that was not synchronised for an hour is so once.
    @Test func oneSynchronisationMakesUpForMany() throws {
        let bench = try CSABench { $0.pools = [.init("Pool", flow: "f-sync", every: 60_000, id: "pool")] }
        let data = bench.state.data
        bench.now += 3_600_000
        bench.state.restore(data, at: bench.now)
        bench.pass(0)
        #expect(bench.launch().map(\.flowID) == ["f-sync"])
        bench.pass(60_000)
        #expect(bench.launch().map(\.flowID) == ["f-sync"])
    }

    @Test func aPersonMayGetAnotherID() throws {
        let bench = try CSABench()
        let id = try bench.order()
        #expect(bench.rest("GET", "/user/myrequest", as: "ann").element.text(at: "count") == "1")
        let renewed = try #require(bench.send("POST", "/control/persons/ann/renew").value["id"]?.asText)
        #expect(renewed != "ann" && bench.rest("GET", "/user/myrequest", as: "ann").status == 401)
        bench.state.data.settings.staleLoginCode = 404
        #expect(bench.rest("GET", "/user/myrequest", as: "ann").status == 404)
        #expect(bench.send("GET", "/csa/rest/catalog").status == 401, "without a userIdentifier")
        #expect(bench.rest("GET", "/user/myrequest", as: renewed).element.text(at: "count") == "1")
        #expect(bench.state.data.requests[id]?.submitterID == renewed)
        #expect(bench.send("POST", "/control/persons/ann/renew").status == 200, "by name")
        #expect(bench.send("POST", "/control/persons/nobody/renew").status == 404)
    }

    @Test func aLaunchOnTheWireIsNotPutAgain() throws {
        let bench = try CSABench()
        let id = try bench.order()
        let launch = try #require(bench.state.takeLaunches().first)
        bench.state.restore(bench.state.data, at: bench.now)
        #expect(bench.state.takeLaunches().isEmpty)
        bench.state.launchAnswered(launch.processID, .accepted(executionID: "1"), at: bench.now)
        bench.callBack(launch.processID)
        bench.pass(200)
        #expect(bench.work() == ["f-reserve", "f-deploy"])
        #expect(bench.subscription(id)?.status == .active)
    }
}
