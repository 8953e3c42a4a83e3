import SluiceContent
import SluiceFlowRunner
import Testing

@Suite struct FlowTraceTests {
    private let secret = "s3cret-value"

    private func run(traceBytesMax: Int = 1 << 20) async -> FlowRun {
        let inner = flow(
            id: "inner", inputs: [flowInput("pass", type: "ENCRYPTED")],
            [
                step("I", [input("pass", from: "pass", type: "ENCRYPTED"), input("plain", "p")]),
                end(),
            ])
        let outer = flow(
            inputs: [flowInput("token", type: "ENCRYPTED"), flowInput("user")],
            outputs: [FlowExpression(name: "token", field: "token", source: "INPUT")],
            [
                step(
                    "A", [input("token", from: "token", type: "ENCRYPTED"), input("user", from: "user")],
                    set: [assign("kept", "token", "INPUT")], to: ["success": "B"]),
                step("B", calls: "inner", [input("pass", "x${token}", type: "ENCRYPTED")], to: ["success": "C"]),
                step("C", [input("leak", from: "kept")]), end(),
            ])
        var runner = FlowRunner(library: FlowLibrary([outer, inner]))
        for name in ["A", "I", "C"] { runner.operations["op:\(name)"] = echo() }
        runner.limits.traceBytesMax = traceBytesMax
        return await runner.run("flow", inputs: ["token": secret, "user": "me"])
    }

    @Test func namesEveryVisitedStepInOrder() async {
        let trace = await run().trace
        #expect(trace.map(\.flow) == ["flow", "flow", "inner", "inner", "flow", "flow"])
        #expect(trace.map(\.step) == ["A", "B", "I", "end", "C", "end"])
        #expect(trace.map(\.response) == ["success", "success", "success", "success", "success", "success"])
        #expect(trace.map(\.depth) == [0, 0, 1, 1, 0, 0])
        #expect(trace.map(\.called) == ["op:A", "inner", "op:I", nil, "op:C", nil])
        #expect(trace.map(\.kind) == [.step, .step, .step, .returnStep, .step, .returnStep])
        #expect(trace.first?.name == "Step A")
        #expect(trace.allSatisfy { $0.missing.isEmpty })
    }

    @Test func hasNoSecretBinding() async {
        let run = await run()
        #expect(run.response == "success")
        for (name, place) in [("token", "A"), ("pass", "B"), ("pass", "I")] {
            let inputs = run.trace.first { $0.step == place }?.inputs ?? []
            let bound = inputs.filter { $0.name == name }
            #expect(bound.count == 1)
            #expect(bound.allSatisfy { $0.value == nil })
        }
        let texts = run.trace.filter { $0.step != "C" }.flatMap { $0.inputs.compactMap(\.value?.exposed) }
        #expect(texts == ["me", "p"])
    }

    @Test func showsASecretThatTheFlowCopiedIntoAPlainBinding() async {
        #expect(await run().traced("C", "leak") == secret)
    }

    @Test func printsNoValueAtAll() async {
        let run = await run()
        #expect(run.outcome.outputs == ["token": secret])
        var text = String(describing: run) + String(reflecting: run)
        dump(run, to: &text)
        for value in [secret, "\"me\"", "= me", "\"p\""] { #expect(!text.contains(value)) }
        #expect(text.contains("Step A"))
    }

    @Test func callsAnswersAndScriptsPrintNoValue() async {
        let values: [Any] = [
            OperationCall(operation: "o", inputs: ["n": secret], variables: ["v": secret], memory: secret),
            OperationAnswer("r", results: ["n": secret], variables: ["v": secret], memory: secret),
            FlowHTTPRequest(
                method: "POST", url: "https://x/y?t=\(secret)", headers: [.init("Authorization", secret)], body: secret
            ),
        ]
        for value in values {
            var text = String(describing: value) + String(reflecting: value)
            dump(value, to: &text)
            #expect(!text.contains(secret))
        }
    }

    @Test func saysWhenItHasNotAllValues() async {
        let run = await run(traceBytesMax: 2)
        #expect(!run.isTraceComplete)
        #expect(run.traced("A", "user") == "me")
        #expect(run.traced("I", "plain") == nil)
        #expect(run.trace.count == 6)
        #expect(await self.run().isTraceComplete)
    }

    @Test func knowsWhetherAStepWasVisited() async {
        let run = await run()
        #expect(run.visited("I"))
        #expect(run.visited("I", in: "inner"))
        #expect(!run.visited("I", in: "flow"))
        #expect(!run.visited("Z"))
    }
}
