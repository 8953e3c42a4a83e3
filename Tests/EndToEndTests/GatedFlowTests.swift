import Foundation
import SluiceContent
import SluiceFlowRunner
import SluiceJSON
import SluiceSandbox
import Testing

/// A gated flow, its gate step and Sluice, all for real: what gating promises, seen from the flow.
@Suite(.serialized) struct GatedFlowTests {
    private func holds(_ site: TestSite) async throws -> [JSONObject] {
        let answer = try await site.get("/v1/holds")
        guard case .array(let holds)? = answer.body["holds"] else { return [] }
        return holds.compactMap { if case .object(let hold) = $0 { hold } else { nil } }
    }

    @Test func runsItsBodyOnlyWhenTheGateSaysProceed() async throws {
        let site = try await TestSite()
        let runs = try GatedFlowRuns(site, onHold: .end)
        try await site.start()
        let open = await runs.run(order: "open")
        #expect(open.response == "success" && open.visited(GatedFlowRuns.body))
        try await site.setGate("hold")
        let held = await runs.run(order: "held")
        #expect(held.response == "deferred" && !held.visited(GatedFlowRuns.body))
        try await site.setGate("refuse")
        let refused = await runs.run(order: "refused")
        #expect(refused.response == "failure" && !refused.visited(GatedFlowRuns.body))
        site.kill()
        let alone = await runs.run(order: "alone")
        #expect(alone.response == "failure" && !alone.visited(GatedFlowRuns.body))
        try await site.start()
        // What was held is on record with what a relaunch needs; the secret is not shown.
        let hold = try #require(try await holds(site).first)
        #expect(try await holds(site).count == 1)
        #expect(hold["flow"]?.string == GatedFlowRuns.id && hold["launcher"]?.string == "sluice")
        #expect(hold["flowPath"]?.string == "Library/Test/Ungated")
        guard case .object(let inputs)? = hold["inputs"] else {
            Issue.record("no inputs")
            return
        }
        #expect(inputs["order"]?.string == "held")
        #expect(inputs["password"]?.string.map { !$0.contains("hunter2") } == true)
        await site.end()
    }

    @Test func runsItsBodyOnceWhenItsHoldIsReleasedWhileTheGateIsClosed() async throws {
        let site = try await TestSite(bodyMilliseconds: 20_000)
        let runs = try GatedFlowRuns(site, onHold: .end)
        try await site.start()
        try await site.setGate("hold")
        #expect(await runs.run(order: "1").response == "deferred")
        #expect(await runs.run(order: "2").response == "deferred")
        let ticket = try #require(try await holds(site).first { $0["inputs"].map { "\($0)".contains("1") } == true })[
            "ticket"]
        let released = try await site.post(
            "/v1/holds/\(ticket?.string ?? "")/release", JSONObject([("reason", .string("a test"))]))
        #expect(released.status == 200)
        try await site.until("the hold is launched\n\(site.logText)", within: .seconds(20)) {
            site.sandbox.bodies.count == 1
        }
        // Central started it with the inputs of the first run, and the pass.
        let execution = try #require(site.sandbox.bodies.first).executionID
        let launched = try #require(site.sandbox.inputs(ofExecution: execution))
        let order = try #require(launched["order"])
        #expect(launched["password"] == "hunter2-\(order)")
        let pass = try #require(launched["sluicePass"])
        let run = await runs.run(order: order, pass: pass)
        #expect(run.response == "success")
        #expect(run.trace.count { $0.step == GatedFlowRuns.body } == 1)
        // The same launch once more, by whatever accident: its body does not run again.
        let again = await runs.run(order: order, pass: pass)
        #expect(again.response == "failure" && !again.visited(GatedFlowRuns.body))
        // For everybody else the gate is as closed as before.
        #expect(await runs.run(order: "3").response == "deferred")
        #expect(site.sandbox.bodies.count == 1)
        await site.end()
    }

    @Test("R5: a gated flow inside a gated parent does not block it during a drain")
    func nestedGatesPass() async throws {
        let site = try await TestSite()
        let runs = try GatedFlowRuns(site, onHold: .end)
        try await site.start()
        // The body of the parent closes the gate, then calls the gated flow as a sub-flow with the pass it keeps.
        var runner = runs.runner
        let inner = runs.runner
        runner.operations["aaaa"] = { call in
            try await site.setGate("hold")
            let pass = call.variables["sluicePass"] ?? ""
            #expect(!pass.isEmpty)
            let nested = await inner.run(
                GatedFlowRuns.id, inputs: ["order": "inner", "password": "x", "sluicePass": pass])
            return OperationAnswer(nested.response == "success" ? "success" : "other")
        }
        let parent = await runner.run(GatedFlowRuns.id, inputs: ["order": "outer", "password": "x"])
        #expect(parent.response == "success")
        // Without the pass it would have been held.
        #expect(await runs.run(order: "alone").response == "deferred")
        await site.end()
    }

    @Test func goesOnWithItsInputsWhenAWaitingRunIsReleased() async throws {
        let site = try await TestSite()
        let runs = try GatedFlowRuns(site, onHold: .wait)
        try await site.start()
        try await site.setGate("hold")
        async let waiting = runs.run(order: "patient")
        try await site.until("the run is parked", within: .seconds(20)) { try await site.counts()["held"] == 1 }
        let hold = try #require(try await holds(site).first)
        #expect(hold["launcher"]?.string == "caller")
        try await site.setGate("open")
        let run = await waiting
        #expect(run.response == "success")
        let body = try #require(run.trace.first { $0.step == GatedFlowRuns.body })
        #expect(body.inputs.first { $0.name == "order" }?.value?.exposed == "patient")
        #expect(run.trace.count { $0.step == GatedFlowRuns.body } == 1)
        #expect(site.sandbox.bodies.isEmpty)
        await site.end()
    }
}
