import Testing

@testable import SluiceSandbox

@Suite struct FaultTests {
    private func bench(_ faults: SandboxFault...) -> Bench {
        let bench = Bench(flows: [
            SandboxFlow(id: "plain", inputs: [.init("a")]), SandboxFlow(id: "long", durationMilliseconds: 1000),
        ])
        let isAdded = bench.state.faults.add(faults)
        #expect(isAdded)
        return bench
    }

    @Test func delaysTheAnswerButNotTheEffect() {
        let bench = bench(SandboxFault(.delay(milliseconds: 500), method: "POST"))
        let outcome = bench.send("POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#)
        #expect(outcome.answerAt == bench.now + 500)
        #expect(bench.state.bodies.count == 1)
    }

    @Test func answersWithAStatus() {
        let bench = bench(SandboxFault(.status(503, text: "busy"), path: "/executions/*/summary"))
        let reply = bench.send("GET", "/oo/rest/v1/executions/1/summary").reply
        #expect(reply.status == 503)
        #expect(reply.text == "busy")
        #expect(bench.send("GET", "/oo/rest/v1/executions").reply.status == 200)
    }

    @Test func showsTheLoginPage() {
        let bench = bench(
            SandboxFault(.loginPage(status: 200), nth: 1), SandboxFault(.loginPage(status: 302), nth: 2))
        let page = bench.send("GET", "/oo/rest/v2/version").reply
        #expect(page.status == 200)
        #expect(page.contentType.hasPrefix("text/html"))
        let redirect = bench.send("GET", "/oo/rest/v2/version").reply
        #expect(redirect.status == 302)
        #expect(redirect.header("Location") == "/oo/login/login-form")
        #expect(bench.get("/version")["version"] != nil)
    }

    @Test func dropsBeforeOrAfterTheEffect() {
        let bench = bench(
            SandboxFault(.dropBefore, method: "POST", nth: 1), SandboxFault(.dropAfter, method: "POST", nth: 2))
        #expect(bench.send("POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#).isDropped)
        #expect(bench.state.bodies.isEmpty)
        #expect(bench.send("POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#).isDropped)
        #expect(bench.state.bodies.count == 1)
        #expect(!bench.send("POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#).isDropped)
    }

    @Test func takesEffectLate() {
        let bench = bench(SandboxFault(.lateEffect(milliseconds: 90_000), limit: 1))
        let outcome = bench.send("POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#)
        let id = outcome.reply.text
        #expect(outcome.answerAt == bench.now + 90_000)
        bench.pass(89_999)
        #expect(bench.status(id) == nil)
        #expect(bench.act("CANCEL", id) == 404)
        let newer = bench.start("plain", runName: "newer")
        bench.pass(1)
        #expect(bench.status(id) == "COMPLETED")
        // It started later than the one that was asked for after it.
        let list = bench.get("/executions").asList ?? []
        #expect(list.map { $0["executionId"]?.asText } == [id, newer])
    }

    @Test func listsLate() {
        let bench = bench(
            SandboxFault(.listingLag(milliseconds: 3000, includesSummary: false), method: "POST", nth: 1),
            SandboxFault(.listingLag(milliseconds: 3000, includesSummary: true), method: "POST", nth: 2))
        let first = bench.start("plain")
        let second = bench.start("plain")
        #expect(bench.get("/executions") == [])
        #expect(bench.status(first) == "COMPLETED")
        #expect(bench.status(second) == nil)
        bench.pass(3000)
        #expect(bench.get("/executions").asList?.count == 2)
        #expect(bench.status(second) == "COMPLETED")
    }

    @Test func purgesWhatEnded() {
        let bench = bench(SandboxFault(.purge(milliseconds: 50), method: "POST"))
        let id = bench.start("long")
        bench.pass(1049)
        #expect(bench.status(id) == "COMPLETED")
        bench.pass(1)
        #expect(bench.status(id) == nil)
        #expect(bench.get("/executions") == [])
        #expect(bench.state.bodies.count == 1)
    }

    @Test func cutsRunNames() {
        let bench = bench(SandboxFault(.runNameCut(length: 4)))
        #expect(bench.summary(bench.start("plain", runName: "nightly h_01KB"))["executionName"] == "nigh")
    }

    @Test func refusesUndeclaredInputs() {
        let bench = bench(SandboxFault(.refuseUndeclared))
        #expect(bench.start("plain", inputs: #"{"a": "1"}"#) != "")
        #expect(bench.start("plain", inputs: #"{"a": "1", "sluicePass": "p"}"#) == "")
        bench.state.add(SandboxFlow(id: "gated", isGated: true))
        #expect(bench.start("gated", inputs: #"{"sluicePass": "p"}"#) != "")
    }

    @Test func hitsByNumberLimitAndSeed() {
        let bench = bench(SandboxFault(.status(500, text: ""), path: "/oo/rest/**", limit: 2))
        let codes = (0..<4).map { _ in bench.send("GET", "/oo/rest/version").reply.status }
        #expect(codes == [500, 500, 200, 200])

        func drawn(seed: UInt64) -> [Int] {
            let bench = self.bench(SandboxFault(.status(500, text: ""), probability: 0.5, seed: seed))
            return (0..<64).map { _ in bench.send("GET", "/oo/rest/version").reply.status }
        }
        #expect(drawn(seed: 1) == drawn(seed: 1))
        #expect(drawn(seed: 1) != drawn(seed: 2))
        #expect((16...48).contains(drawn(seed: 1).filter { $0 == 500 }.count))
    }

    @Test func keepsFaultsOverTheControlEndpoint() {
        let bench = bench()
        let list =
            #"[{"kind": "drop-after", "method": "POST", "limit": 1}, {"kind": "delay", "milliseconds": 5, "id": "x"}]"#
        #expect(bench.send("POST", "/control/faults", list).reply.status == 200)
        let shown = bench.send("GET", "/control/faults").reply.value["faults"]?.asList ?? []
        #expect(shown.map { $0["id"] } == ["f1", "x"])
        #expect(bench.send("DELETE", "/control/faults/x").reply.value["faults"]?.asList?.count == 1)
        #expect(bench.send("DELETE", "/control/faults/x").reply.status == 404)
        #expect(bench.send("DELETE", "/control/faults").reply.status == 200)
        for wrong in [#"[{"kind": "dlay"}]"#, #"[{"kind": "delay"}]"#, #"[{"kind": "drop-after", "nht": 1}]"#, "{"] {
            #expect(bench.send("POST", "/control/faults", wrong).reply.status == 400)
        }
        #expect(bench.state.faults.rows.isEmpty)
    }

    @Test(arguments: [
        ("/executions/*/summary", "/executions/1,2/summary", true), ("/executions/*", "/executions/1/summary", false),
        ("**", "/a/b", true), ("/oo/**/status", "/oo/rest/v1/executions/3/status", true), ("/a*c", "/abbc", true),
        ("/a/**", "/a", true), ("/a/**/b/**/c", "/a/b/x/b/y/c", true), ("/a", "/b", false), ("/v*/x", "/v1", false),
    ])
    func matchesPaths(pattern: String, path: String, isMatch: Bool) {
        #expect(PathGlob(pattern).matches(path) == isMatch)
    }
}
