import Foundation
import SluiceContent
import SluiceFlowRunner
import SluiceJSON
import SluiceSandbox
import Testing

/// A gated flow, its gate step and Sluice, all for real: what gating promises, seen from the flow.
@Suite(.serialized) struct GatedFlowTests {
    @Test(arguments: FlowLanguage.allCases)
    func runsItsBodyOnlyWhenTheGateSaysProceed(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(language)
        let runs = try GatedFlowRuns(site, language, onHold: .end)
        let body = runs.texts.body
        try await site.start()
        let open = await runs.run(order: "open")
        #expect(open.ending == "success" && open.visited(body), "\(String(describing: open.error))")
        try await site.setGate("hold")
        let held = await runs.run(order: "held")
        #expect(held.ending == "deferred" && !held.visited(body))
        try await site.setGate("refuse")
        let refused = await runs.run(order: "refused")
        #expect(refused.ending == "failure" && !refused.visited(body))
        site.kill()
        let alone = await runs.run(order: "alone")
        #expect(alone.ending == "failure" && !alone.visited(body))
        #expect(runs.bodies.all.map { $0["order"] } == ["open"])
        try await site.start()
        // What was held is on record with what a relaunch needs; the secret is not shown.
        let hold = try #require(try await site.holds().first)
        #expect(try await site.holds().count == 1)
        #expect(hold["flow"]?.string == runs.texts.id && hold["launcher"]?.string == "sluice")
        let path = runs.texts.path.dropFirst("Content/".count).split(separator: ".")[0]
        #expect(hold["flowPath"]?.string == String(path))
        guard case .object(let inputs)? = hold["inputs"] else {
            Issue.record("no inputs")
            return
        }
        #expect(inputs["order"]?.string == "held")
        #expect(inputs["password"]?.string.map { !$0.contains("hunter2") } == true)
        await site.end()
    }

    @Test(arguments: FlowLanguage.allCases)
    func runsItsBodyOnceWhenItsHoldIsReleasedWhileTheGateIsClosed(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(language, bodyMilliseconds: 20_000)
        let runs = try GatedFlowRuns(site, language, onHold: .end)
        try await site.start()
        try await site.setGate("hold")
        #expect(await runs.run(order: "1").ending == "deferred")
        #expect(await runs.run(order: "2").ending == "deferred")
        let hold = try #require(
            try await site.holds().first { $0["inputs"].map { "\($0)".contains("1") } == true })
        let released = try await site.post(
            "/v1/holds/\(hold["ticket"]?.string ?? "")/release", JSONObject([("reason", .string("a test"))]))
        #expect(released.status == 200)
        try await site.until("the hold is launched\n\(site.logText)", within: .seconds(20)) {
            site.sandbox.bodies.count == 1
        }
        // Central started it with the inputs of the first run, and the pass.
        let execution = try #require(site.sandbox.bodies.first).executionID
        let launched = try #require(site.sandbox.inputs(ofExecution: execution))
        let order = try #require(launched["order"])
        #expect(launched["password"] == GatedFlowRuns.password(of: order))
        let pass = try #require(launched["sluicePass"])
        let run = await runs.run(order: order, pass: pass)
        #expect(run.ending == "success")
        #expect(run.trace.count { $0.step == runs.texts.body } == 1)
        // The same launch once more, by whatever accident: its body does not run again.
        let again = await runs.run(order: order, pass: pass)
        #expect(again.ending == "failure" && !again.visited(runs.texts.body))
        // For everybody else the gate is as closed as before.
        #expect(await runs.run(order: "3").ending == "deferred")
        #expect(runs.bodies.all.map { $0["order"] } == [order])
        #expect(site.sandbox.bodies.count == 1)
        await site.end()
    }

    @Test("R5: a gated flow inside a gated parent does not block it during a drain", arguments: FlowLanguage.allCases)
    func nestedGatesPass(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(language)
        var runs = try await GatedFlowRuns(nested: site, language)
        let texts = runs.texts
        try await site.start()
        // Once admitted, the caller closes the gate and then calls the gated flow. Nobody here may wait to be released.
        runs.runner.systemProperties["Sluice/Gate Wait Hours"] = "0"
        runs.runner.systemProperties["sluice.gate_wait_hours"] = "0"
        for operation in GatedFlowTexts.closing {
            runs.runner.operations[operation] = { _ in
                try await site.setGate("hold")
                return OperationAnswer(operation.contains(".") ? "SUCCESS" : "success")
            }
        }
        let parent = await runs.runner.run(texts.callerID, inputs: ["order": "outer"])
        #expect(parent.ending == "success", "\(String(describing: parent.error))")
        #expect(parent.trace.count { $0.called == language.gate } == 2)
        #expect(runs.bodies.all.count == 1)
        // It came in by the binding that gating wrote into the call; its value is no one's to see.
        let call = try #require(parent.trace.first { $0.step == texts.call })
        #expect(call.inputs.filter { $0.name == "sluicePass" }.map(\.value) == [nil])
        // Without that binding the inner gate knows no pass. An XML flow does not know its execution's id either, and
        // nothing runs; CloudSlang's does, and its execution was let through.
        let isKnown = language == .cloudSlang
        try await site.setGate("open")
        var caller = try #require(runs.runner.library[texts.callerID])
        for index in caller.steps.indices where caller.steps[index].id == texts.call {
            caller.steps[index].bindings.removeAll { $0.name == "sluicePass" }
        }
        let flow = try #require(runs.runner.library[texts.id])
        let gate = try FlowRunner(live: [caller, flow], url: site.url, client: site.client)
        runs.runner.library = gate.library
        runs.runner.runID = "2"
        let without = await runs.runner.run(texts.callerID, inputs: ["order": "outer"])
        #expect(without.ending == (isKnown ? "success" : "failure") && without.visited(texts.call))
        #expect(runs.bodies.all.count == (isKnown ? 2 : 1))
        await site.end()
    }

    @Test(arguments: FlowLanguage.allCases)
    func goesOnWithItsInputsWhenAWaitingRunIsReleased(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(language)
        let runs = try GatedFlowRuns(site, language, onHold: .wait)
        try await site.start()
        try await site.setGate("hold")
        async let waiting = runs.run(order: "patient")
        try await site.until("the run is parked", within: .seconds(20)) { try await site.counts()["held"] == 1 }
        let hold = try #require(try await site.holds().first)
        #expect(hold["launcher"]?.string == "caller")
        #expect(runs.bodies.all.isEmpty)
        try await site.setGate("open")
        let run = await waiting
        #expect(run.ending == "success", "\(String(describing: run.error))")
        #expect(run.trace.count { $0.step == runs.texts.body } == 1)
        let body = runs.bodies.all.first ?? [:]
        #expect(body["order"] == "patient" && body["password"] == GatedFlowRuns.password(of: "patient"))
        #expect(body["token"] == GatedFlowTexts.bound)
        #expect(site.sandbox.bodies.isEmpty)
        await site.end()
    }
}

extension TestSite {
    /// The first page of holds.
    func holds() async throws -> [JSONObject] {
        let answer = try await get("/v1/holds")
        guard case .array(let holds)? = answer.body["holds"] else { return [] }
        return holds.compactMap { if case .object(let hold) = $0 { hold } else { nil } }
    }
}
