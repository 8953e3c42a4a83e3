import Testing

@testable import SluiceSandbox

/// Orders, changes, cancellations and CSA's own clocks, through their chained transitions.
@Suite struct CSALifecycleTests {
    @Test func ordersInThreeTransitionsWithGaps() throws {
        let bench = try CSABench()
        let id = try bench.order()
        var seen: [CSAInstanceState] = []
        for stage in ["f-init", "f-reserve", "f-deploy"] {
            let launches = bench.launch()
            #expect(launches.map(\.flowID) == [stage])
            #expect(launches[0].inputs["CSA_CONTEXT_ID"] == bench.instance(id)?.id)
            #expect(launches[0].inputs["CSA_PROCESS_ID"] == launches[0].processID)
            seen.append(try #require(bench.instance(id)?.state))
            #expect(bench.requestState(id) == .completed, "COMPLETED does not mean that provisioning ended")
            #expect(bench.subscription(id)?.status == .pending)
            #expect(bench.callBack(launches[0].processID) == 200)
            // In the gap nothing runs in OO, and yet CSA is not quiet.
            #expect(bench.state.takeLaunches().isEmpty)
            if stage != "f-deploy" { #expect(!bench.state.isQuiet) }
            bench.pass(200)
        }
        #expect(seen == [.inProgress, .inProgress, .deploying])
        #expect(bench.instance(id)?.state == .active)
        #expect(bench.subscription(id)?.status == .active)
        #expect(bench.state.isQuiet)
    }

    @Test(arguments: [
        (CSASettings.Reserving.afterReserving, ["f-init", "f-reserve"], ["f-deploy"]),
        (.beforeInitializing, [], ["f-init", "f-reserve", "f-deploy"]),
    ])
    func waitsReservedForItsStart(reserving: CSASettings.Reserving, before: [String], after: [String]) throws {
        var settings = CSASettings()
        settings.reserving = reserving
        let bench = try CSABench(settings: settings)
        let id = try bench.order(startAt: bench.now + 3_600_000)
        #expect(bench.work() == before)
        #expect(bench.instance(id)?.state == .reserved)
        #expect(bench.subscription(id)?.status == .pending)
        #expect(bench.state.isQuiet)
        bench.pass(3_600_000)
        #expect(bench.work() == after)
        #expect(bench.instance(id)?.state == .active)
    }

    @Test func expiresByItsEndDate() throws {
        let bench = try CSABench()
        let id = try bench.order(endAt: bench.now + 60_000)
        bench.work()
        bench.pass(60_000)
        #expect(bench.instance(id)?.state == .expiring)
        #expect(bench.work() == ["f-undeploy", "f-unreserve"])
        #expect(bench.instance(id)?.state == .cancelled)
        #expect(bench.subscription(id)?.status == .expired)
    }

    @Test func expiresAfterTheWorkThatRuns() throws {
        let bench = try CSABench()
        let id = try bench.order(endAt: bench.now + 60_000)
        let first = bench.launch()[0]
        bench.pass(60_000)
        #expect(bench.instance(id)?.state == .inProgress)
        bench.callBack(first.processID)
        bench.pass(200)
        #expect(bench.work() == ["f-reserve", "f-deploy", "f-undeploy", "f-unreserve"])
        #expect(bench.subscription(id)?.status == .expired)
    }

    /// Action, flows, states while and after, subscription after.
    @Test(arguments: [
        (
            "MODIFY_SUBSCRIPTION", ["f-modify"], CSAInstanceState.modifying, CSAInstanceState.active,
            CSASubscriptionStatus.active
        ),
        ("CANCEL_SUBSCRIPTION", ["f-undeploy", "f-unreserve"], .cancelling, .cancelled, .cancelled),
        ("RESTART", ["f-restart"], .inProgress, .active, .active),
    ])
    func worksOnASubscription(
        action: String, flows: [String], during: CSAInstanceState, after: CSAInstanceState,
        status: CSASubscriptionStatus
    ) throws {
        let bench = try CSABench()
        let id = try bench.order()
        bench.work()
        let subscription = try #require(bench.subscription(id))
        let context = action == "RESTART" ? try #require(bench.instance(id)?.componentID) : subscription.id
        _ = try bench.order(action, context, subscription: subscription.id)
        #expect(bench.instance(id)?.state == during)
        #expect(throws: CSARefusal.self) { try bench.order(action, context, subscription: subscription.id) }
        #expect(bench.work() == flows)
        #expect(bench.instance(id)?.state == after)
        #expect(bench.subscription(id)?.status == status)
    }

    /// A refused start fails the transition; so do the callbacks ERROR and FAILURE. What fails, by work.
    @Test(
        arguments: [
            ("ORDER", CSAInstanceState.failed, CSASubscriptionStatus.paused),
            ("MODIFY_SUBSCRIPTION", .modifyFailed, .active), ("RESTART", .publicActionFailed, .active),
            ("CANCEL_SUBSCRIPTION", .cancelFailed, .active),
        ], ["refused", "unanswered", "error", "failure"])
    func failsWhenAStartOrAFlowFails(
        work: (String, CSAInstanceState, CSASubscriptionStatus), how: String
    ) throws {
        var settings = CSASettings()
        settings.unStagesFailOnError = true
        let bench = try CSABench(settings: settings)
        let id = try bench.order()
        if work.0 != "ORDER" {
            bench.work()
            let subscription = try #require(bench.subscription(id))
            let context = work.0 == "RESTART" ? try #require(bench.instance(id)?.componentID) : subscription.id
            _ = try bench.order(work.0, context, subscription: subscription.id)
        }
        switch how {
        case "refused": bench.launch(.refused(status: 503))
        case "unanswered": bench.launch(.unanswered)
        case "error": bench.callBack(bench.launch()[0].processID, "ERROR", "FAILURE")
        default: bench.callBack(bench.launch()[0].processID, "COMPLETED", "FAILURE")
        }
        #expect(bench.instance(id)?.state == work.1)
        #expect(bench.subscription(id)?.status == work.2)
        #expect(bench.state.isQuiet)
        #expect(bench.work() == [])
    }

    @Test func unStagesGoOnAfterAFailure() throws {
        let bench = try CSABench()
        let id = try bench.order()
        bench.work()
        _ = try bench.order("CANCEL_SUBSCRIPTION", try #require(bench.subscription(id)).id)
        bench.launch(.refused(status: 503))
        bench.pass(200)
        #expect(bench.work() == ["f-unreserve"])
        #expect(bench.subscription(id)?.status == .cancelled)
    }

    @Test func resumesOrCancelsWhatIsPaused() throws {
        let bench = try CSABench()
        let id = try bench.order()
        bench.callBack(bench.launch()[0].processID)
        bench.pass(200)
        bench.launch(.refused(status: 500))
        let path = "/csa/api/service/subscription/\(bench.subscription(id)?.id ?? "")"
        #expect(bench.send("POST", path + "/resume").status == 200)
        #expect(bench.work() == ["f-reserve", "f-deploy"], "the stage that failed, and on")
        #expect(bench.subscription(id)?.status == .active)
        #expect(bench.send("POST", path + "/resume").status == 500)
        #expect(bench.send("POST", path + "/cancel").status == 200)
        bench.work()
        #expect(bench.subscription(id)?.status == .cancelled)
        #expect(bench.send("POST", path + "/cancel").status == 500)
    }

    @Test func aLostCallbackLeavesItWaitingForEver() throws {
        let bench = try CSABench()
        let id = try bench.order()
        let process = bench.launch()[0].processID
        bench.pass(365 * 86_400_000)
        #expect(bench.instance(id)?.state == .inProgress)
        #expect(bench.state.data.processes[process]?.state == .active)
        let record = bench.element("/lifecycleengine", query: ["serviceInstanceId": bench.instance(id)?.id ?? ""])
        #expect(record.text(at: "callbackPending") == "true")
        // An operator's hand.
        #expect(bench.callBack(process, "ERROR", "FAILURE") == 200)
        #expect(bench.instance(id)?.state == .failed)
    }

    @Test(arguments: [(true, CSAInstanceState.failed), (false, .inProgress)])
    func timesOut(errorOnTimeout: Bool, state: CSAInstanceState) throws {
        let bench = try CSABench {
            $0.offerings?[0].timeoutSeconds = 60
            $0.offerings?[0].errorOnTimeout = errorOnTimeout
        }
        let id = try bench.order()
        let process = bench.launch()[0].processID
        bench.pass(59_999)
        #expect(bench.state.data.processes[process]?.state == .active)
        bench.pass(1)
        #expect(bench.state.data.processes[process]?.returnCode == .timeout)
        #expect(bench.instance(id)?.state == state)
    }

    /// Release, and the status of a transition out of a final state.
    @Test(arguments: [(CSASettings.Version.v490, 500), (.v400, 200)])
    func terminalProcessesAreFinal(version: CSASettings.Version, status: Int) throws {
        var settings = CSASettings()
        settings.version = version
        let bench = try CSABench(settings: settings)
        _ = try bench.order()
        let process = bench.launch()[0].processID
        #expect(bench.callBack(process) == 200)
        #expect(bench.callBack(process) == 200, "the same again is taken")
        for state in ["ACTIVE", "ERROR", "CANCELED", "READY"] { #expect(bench.callBack(process, state) == status) }
        #expect(bench.state.data.processes[process]?.state == (version == .v490 ? .completed : .ready))
        #expect(bench.callBack("nobody") == 404)
        // Once more, which ends nothing twice.
        if version == .v400 { #expect(bench.callBack(process) == 200) }
        bench.pass(200)
        #expect(bench.launch().map(\.flowID) == ["f-reserve"], "and the chain went on once")
    }

    @Test func theBackDoorsWork() throws {
        let bench = try CSABench()
        let definition = try #require(bench.state.data.definitions.first { $0.flowID == "f-restart" }?.id)
        let made = bench.rest(
            "POST", "/processinstances",
            "<ProcessInstance><processDefinition><id>\(definition)</id></processDefinition>"
                + "<artifactId>x</artifactId></ProcessInstance>"
        ).element
        let id = try #require(made.text(at: "id"))
        #expect(made.text(at: "processInstanceState", "name") == "INITIALIZED")
        #expect(bench.state.takeLaunches().isEmpty)
        #expect(bench.rest("POST", "/processinstances/\(id)/execute").status == 200)
        #expect(bench.launch().map(\.flowID) == ["f-restart"])
        #expect(bench.rest("POST", "/processinstances/\(id)/execute").status == 500)

        let order = try bench.order()
        bench.work()
        let instance = try #require(bench.instance(order)?.id)
        let body =
            "<LifecycleExecutionRequest><reverse>false</reverse><serviceInstanceId>\(instance)</serviceInstanceId>"
            + "<targetStateName>DEPLOYED</targetStateName></LifecycleExecutionRequest>"
        #expect(bench.rest("POST", "/lifecycleengine/execute", body).status == 200)
        #expect(bench.instance(order)?.state == .deploying)
        #expect(bench.work() == ["f-deploy"])
        #expect(bench.instance(order)?.state == .active)
    }

    @Test func synchronisesPoolsOnATimer() throws {
        let bench = try CSABench { $0.pools = [.init("Pool", flow: "f-sync", every: 60_000, id: "pool")] }
        bench.pass(59_999)
        #expect(bench.state.dueLaunches.isEmpty)
        bench.pass(1)
        let launches = bench.launch()
        #expect(launches.map(\.flowID) == ["f-sync"])
        #expect(launches.first?.inputs["CSA_CONTEXT_ID"] == "pool")
        #expect(!bench.state.isQuiet)
        bench.callBack(launches[0].processID)
        #expect(bench.state.isQuiet)
        bench.pass(120_000)
        #expect(bench.launch().count == 2, "each at its own time, disabled pools too")
    }
}
