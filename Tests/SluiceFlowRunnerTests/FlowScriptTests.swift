import Foundation
import SluiceContent
import SluiceFlowRunner
import SluiceScriptlets
import Testing

@Suite struct FlowScriptTests {
    private func scripted(_ filters: [String] = []) -> FlowDocument {
        var first = step(
            "A", [input("x", "in")], set: [assign("kept", "field", filters: filters)], to: ["success": "B"])
        first.script = filters.isEmpty ? FlowValue("1") : nil
        first.transitions.append(FlowTransition(response: "changed", name: "", destination: "B"))
        return flow([first, step("B", [input("kept", from: "kept"), input("put", from: "put")]), end()])
    }

    private func runner(_ document: FlowDocument) -> FlowRunner {
        var runner = FlowRunner(library: FlowLibrary([document]))
        runner.operations["op:A"] = { _ in OperationAnswer("success", results: ["field": "raw"], sleptSeconds: 2) }
        runner.operations["op:B"] = echo()
        return runner
    }

    @Test func scriptletWithoutAScriptEndsTheRun() async {
        let run = await runner(scripted()).run("flow")
        #expect(run.error?.code == .notRunnable)
        #expect(run.error?.step == "A")
    }

    @Test func filterWithoutAScriptEndsTheRun() async {
        let run = await runner(scripted(["regexFilter"])).run("flow")
        #expect(run.error?.code == .notRunnable)
        #expect(run.error?.description.contains("regexFilter") == true)
    }

    @Test(arguments: [[], ["regexFilter"]])
    func maySkipThemAndSaysSo(filters: [String]) async {
        var runner = runner(scripted(filters))
        runner.unscripted = .skip
        let run = await runner.run("flow")
        #expect(run.traced("B", "kept") == "raw")
        #expect(run.trace.map(\.isUnscripted) == [true, false, false])
    }

    @Test func scriptSeesAndChangesWhatAScriptletMay() async {
        var runner = runner(scripted())
        runner.scripts["A"] = { context in
            #expect(context.inputs == ["x": "in"])
            #expect(context.seconds == 2)
            #expect(context.response == "success")
            context.variables["put"] = "p\n"
            context.results["field"] = "changed field"
            context.response = "changed"
        }
        let run = await runner.run("flow")
        #expect(run.trace[0].response == "changed")
        #expect(run.traced("B", "kept") == "changed field")
        #expect(run.traced("B", "put") == "p\n")
    }

    @Test func scriptMayRemoveAVariable() async {
        var runner = runner(
            flow(
                inputs: [flowInput("put")],
                [step("A", to: ["success": "B"]), step("B", [input("put", from: "put")]), end()]))
        runner.scripts["A"] = { $0.variables["put"] = nil }
        #expect(await runner.run("flow", inputs: ["put": "x"]).trace[1].missing == ["put"])
    }

    @Test func filterRunsInTheFiltersPlace() async {
        var runner = runner(scripted(["stripTrailingFilter"]))
        runner.filters[FlowPlace("A", "kept")] = { $0.uppercased() }
        #expect(await runner.run("flow").traced("B", "kept") == "RAW")
    }

    @Test func whatAScriptThrowsIsNotShown() async {
        var runner = runner(scripted())
        runner.scripts["A"] = { _ in throw Oops(secret: "hush") }
        let run = await runner.run("flow")
        #expect(run.error?.code == .callFailed)
        #expect(run.error?.description.contains("hush") == false)
        #expect(run.error?.description.contains("Oops") == true)
    }

    @Test func runsAnEncoder() async throws {
        // The way a gate's encoder works: nothing but ASCII goes out, whatever comes in.
        let script = #"""
            function quoted(v) { return JSON.stringify(v).replace(/[\u007f-\uffff]/g, function (c) {
              return "\\u" + ("0000" + c.charCodeAt(0).toString(16)).slice(-4); }); }
            scriptletContext.put("kept", "{" + quoted("x") + ":" + quoted(String(scriptletContext.get("text"))) + "}");
            if (scriptletContext.get("gone") != null) throw new Error("there");
            """#
        let text = "\"quotes\" \\ \r\n\t ü 😀 \u{2028} \u{0} ${x} " + String(repeating: "x", count: 64 << 10)
        var encoder = step("A", to: ["success": "B"])
        encoder.script = FlowValue(script)
        let document = flow(
            inputs: [flowInput("text")], [encoder, step("B", [input("kept", from: "kept")]), end()])
        var runner = runner(document)
        runner.scripts = Scriptlets.scripts(of: [document])
        let run = await runner.run("flow", inputs: ["text": text])
        let encoded = try #require(run.traced("B", "kept"))
        #expect(encoded.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        let decoded = try JSONSerialization.jsonObject(with: Data(encoded.utf8)) as? [String: String]
        #expect(decoded == ["x": text])
    }
}
