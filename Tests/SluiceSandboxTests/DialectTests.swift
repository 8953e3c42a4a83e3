import Testing

@testable import SluiceSandbox

@Suite struct DialectTests {
    @Test(arguments: ["/oo/rest/v2/executions", "/oo/rest/latest/executions"])
    func answersABareNumber(path: String) {
        let bench = Bench()
        let reply = bench.send("POST", path, #"{"flowUuid": "plain"}"#).reply
        #expect(reply.status == 201)
        #expect(reply.text == "100000001")
        #expect(bench.send("POST", path, #"{"uuid": "plain"}"#).reply.status == 400)
    }

    @Test(arguments: ["/oo/rest/v1", "/oo/rest"])
    func answersAnObjectInV1(root: String) {
        let bench = Bench()
        let reply = bench.send("POST", root + "/executions", #"{"uuid": "plain", "runName": "n"}"#).reply
        #expect(reply.status == 201)
        #expect(
            reply.value == [
                "feedUrl": .text("http://central:8080\(root)/executions/100000001/steps"),
                "executionId": "100000001", "errorCode": "NO_ERROR",
            ])
        #expect(bench.send("POST", root + "/executions", #"{"flowUuid": "plain"}"#).reply.status == 400)
    }

    @Test func switchesTheUnversionedRoot() {
        var settings = SandboxSettings()
        settings.unversionedDialect = .v2
        let bench = Bench(settings: settings)
        #expect(bench.send("POST", "/oo/rest/executions", #"{"flowUuid": "plain"}"#).reply.text == "100000001")
    }

    @Test func refusesWhatCentralRefuses() {
        let input = SandboxFlow.Input("order", isMandatory: true)
        let bench = Bench(flows: [SandboxFlow(id: "f", inputs: [input])])
        func code(_ body: String) -> Int {
            bench.send("POST", "/oo/rest/v2/executions", body).reply.status
        }
        #expect(code(#"{"flowUuid": "g"}"#) == 404)
        #expect(code(#"{"flowUuid": "f"}"#) == 400)
        #expect(code(#"{"flowUuid": "f", "inputPromptUseBlank": true}"#) == 201)
        #expect(code(#"{"flowUuid": "f", "inputs": {"order": "1"}}"#) == 201)
        #expect(code(#"{"flowUuid": "f", "inputs": {"order": 1}}"#) == 400)
        #expect(code("[]") == 400)
        #expect(code("") == 400)
        bench.state.settings.takesNonTextInputs = true
        #expect(code(#"{"flowUuid": "f", "inputs": {"order": 1}}"#) == 201)
    }

    @Test func wrapsSummariesInArrays() {
        let bench = Bench()
        let first = bench.start("plain", runName: "a")
        let second = bench.start("plain", runName: "b")
        #expect(bench.get("/executions/\(first)/summary").asList?.count == 1)
        let both = bench.get("/executions/\(second),\(first),77/summary").asList ?? []
        #expect(both.map { $0["executionName"] } == ["b", "a"])
        #expect(bench.send("GET", "/oo/rest/v1/executions/77/summary").reply.status == 404)
        bench.state.settings.leavesOutUnknownIDs = false
        #expect(bench.send("GET", "/oo/rest/v1/executions/\(first),77/summary").reply.status == 404)
        #expect(bench.summary(first)["branchId"] == .null)
    }

    @Test func movesItsPagesAsExecutionsStart() {
        let bench = Bench()
        for name in ["1", "2", "3", "4"] { _ = bench.start("plain", runName: name) }
        func names(_ bench: Bench, page: String) -> [String] {
            let list = bench.get("/executions", query: ["pageSize": "2", "pageNum": page]).asList ?? []
            return list.compactMap { $0["executionName"]?.asText }
        }
        #expect(names(bench, page: "1") == ["4", "3"])
        _ = bench.start("plain", runName: "5")
        // The reader of pages sees "3" twice.
        #expect(names(bench, page: "2") == ["3", "2"])
        #expect(names(bench, page: "3") == ["1"])
        #expect(names(bench, page: "4") == [])
        #expect(bench.send("GET", "/oo/rest/v2/executions", query: ["pageNum": "0"]).reply.status == 400)
        #expect(bench.send("GET", "/oo/rest/v2/executions", query: ["pageSize": "-1"]).reply.status == 400)
    }

    @Test func describesFlowsAndPacks() {
        let flow = SandboxFlow(
            id: "f", name: "Nightly", path: "Library/Backup/Nightly", contentPack: "Base", isGated: true,
            inputs: [.init("host", isMandatory: true)])
        let bench = Bench(flows: [flow])
        let items = bench.get("/flows/library").asList ?? []
        #expect(items.map { $0["path"] } == ["Library", "Library/Backup", "Library/Backup/Nightly"])
        #expect(items.map { $0["runnable"] } == [false, false, true])
        #expect(bench.get("/flows/f")["cpName"] == "Base")
        let inputs = bench.get("/flows/f/inputs").asList ?? []
        #expect(inputs.map { $0["name"] } == ["host", "sluicePass"])
        #expect(inputs.map { $0["mandatory"] } == [true, false])
        #expect(bench.get("/content-packs").asList?.map { $0["name"] } == ["Base"])
        #expect(bench.send("GET", "/oo/rest/v2/flows/g").reply.status == 404)
        #expect(bench.get("/version")["version"] == "10.60 - Enterprise Edition")
    }
}
