import SluiceContent
import SluiceFlowRunner
import Testing

@Suite struct CloudSlangWalkTests {
    private func slang(
        _ id: String, inputs: [FlowBinding] = [], results: [String] = ["SUCCESS", "FAILURE"],
        outputs: KeyValuePairs<String, String> = [:], _ steps: [FlowStep]
    ) -> FlowDocument {
        var document = FlowDocument(id: id, name: id, path: "\(id).sl", kind: .cloudSlangFlow)
        document.inputs = inputs
        document.responses = results.map { FlowResponse(name: $0, type: "") }
        document.outputs = outputs.map { FlowExpression(name: $0.key, field: $0.value) }
        document.steps = steps
        document.startStep = steps.first?.id
        return document
    }

    private func argument(_ name: String, _ value: String? = nil, isSecret: Bool = false) -> FlowBinding {
        FlowBinding(
            name: name, kind: "argument", type: isSecret ? "sensitive" : "string", value: value.map { FlowValue($0) },
            fromVariable: value == nil ? name : nil)
    }

    private func inputOf(
        _ name: String, _ value: String? = nil, kind: String = "input", isRequired: Bool = true
    )
        -> FlowBinding
    {
        FlowBinding(
            name: name, kind: kind, type: "string", isRequired: isRequired, value: value.map { FlowValue($0) })
    }

    private func publish(_ name: String, _ text: String) -> FlowAssignment {
        FlowAssignment(target: name, isOutput: false, expression: FlowExpression(name: name, field: text))
    }

    private func run(_ documents: [FlowDocument], inputs: [String: String] = [:]) async -> FlowRun {
        var runner = FlowRunner(
            library: FlowLibrary(documents), operations: CloudSlangOperations.table())
        runner.operations["op:A"] = { OperationAnswer("SUCCESS", results: $0.inputs.mapValues { "<\($0)>" }) }
        runner.operations["op:B"] = echo("SUCCESS")
        runner.operations["op:fail"] = { OperationAnswer($0["x"] == "2" ? "FAILURE" : "SUCCESS", results: $0.inputs) }
        return await runner.run("ns.flow", inputs: inputs)
    }

    @Test(arguments: [("proceed", "PROCEED"), ("hold", "HOLD")])
    func navigationToAResultEndsTheFlow(verdict: String, result: String) async throws {
        let document = slang(
            "ns.flow", inputs: [inputOf("verdict")], results: ["PROCEED", "HOLD"], outputs: ["decision": "${verdict}"],
            [
                step(
                    "is_proceed", calls: CloudSlangOperations.stringEquals,
                    [argument("first_string", "${verdict}"), argument("second_string", "proceed")],
                    to: ["SUCCESS": "PROCEED", "FAILURE": "HOLD"])
            ])
        let end = try await run([document], inputs: ["verdict": verdict]).end()
        #expect(end.response == result)
        #expect(end.type == "")
        #expect(end.outputs == ["decision": verdict])
    }

    @Test func publishesOutputsArgumentsAndWhatWasPublishedBefore() async {
        let document = slang(
            "ns.flow", inputs: [inputOf("x")],
            [
                step(
                    "A", [argument("x"), argument("y", "${x + '!'}"), argument("z", "${y}")],
                    set: [publish("x", "${x}"), publish("copy", "${x + y}"), publish("gone", "${nothing}")],
                    to: ["SUCCESS": "B"]),
                step(
                    "B", [argument("x"), argument("copy"), argument("gone"), argument("never")],
                    to: ["SUCCESS": "SUCCESS"]),
            ])
        let run = await run([document], inputs: ["x": "1"])
        #expect(run.response == "SUCCESS")
        #expect(run.traced("A", "z") == "1!")
        #expect(run.traced("B", "x") == "<1>")
        #expect(run.traced("B", "copy") == "<1><1!>")
        #expect(run.traced("B", "gone") == "")
        #expect(run.trace.map(\.missing) == [["nothing"], ["never"]])
    }

    static let inputs: [(kind: String, value: String?, isRequired: Bool, given: String?, expected: String?)] = [
        ("input", nil, true, "g", "g"), ("input", nil, true, nil, nil), ("input", nil, true, "", nil),
        ("input", nil, false, nil, "-"), ("input", nil, false, "", ""), ("default", "d", true, nil, "d"),
        ("default", "d", true, "g", "g"), ("default", "d", false, "", ""), ("private", "d", true, "g", "d"),
        ("default", "${first + '2'}", true, nil, "12"), ("default", "", true, nil, nil),
    ]

    @Test(arguments: inputs.indices)
    func bindsItsInputs(index: Int) async {
        let (kind, value, isRequired, given, expected) = Self.inputs[index]
        let document = slang(
            "ns.flow",
            inputs: [inputOf("first", "1", kind: "default"), inputOf("a", value, kind: kind, isRequired: isRequired)],
            [step("B", [argument("a")], to: ["SUCCESS": "SUCCESS"])])
        let run = await run([document], inputs: given.map { ["a": $0] } ?? [:])
        if let expected {
            #expect(run.response == "SUCCESS")
            #expect(run.traced("B", "a") ?? "-" == expected)
        } else {
            #expect(run.error?.code == .missingInput)
        }
    }

    @Test func subFlowGivesItsOutputsAndResults() async {
        let inner = slang(
            "ns.inner", inputs: [inputOf("a")], results: ["DONE"],
            outputs: ["out": "${a + '?'}", "twice": "${out + out}"],
            [step("B", [argument("a")], to: ["SUCCESS": "DONE"])])
        let outer = slang(
            "ns.flow",
            [
                step("S", calls: "ns.inner", [argument("a", "1")], set: [publish("r", "${twice}")], to: ["DONE": "A"]),
                step("A", [argument("r"), argument("a")], to: ["SUCCESS": "SUCCESS"]),
            ])
        let run = await run([outer, inner])
        #expect(run.path == ["S", "B", "A"])
        #expect(run.traced("A", "r") == "1?1?")
        #expect(run.trace[2].missing == ["a"])
    }

    @Test func operationOfTheLibraryBindsItsDefaults() async {
        var operation = FlowDocument(id: "op:A", name: "a", path: "", kind: .cloudSlangOperation)
        operation.inputs = [inputOf("x"), inputOf("y", "${x + '2'}", kind: "default")]
        let document = slang(
            "ns.flow",
            [
                step("A", [argument("x", "1")], set: [publish("y", "${y}")], to: ["SUCCESS": "B"]),
                step("B", [argument("y")], to: ["SUCCESS": "SUCCESS"]),
            ])
        #expect(await run([document, operation]).traced("B", "y") == "<12>")
    }

    @Test func sensitiveArgumentIsNotInTheTrace() async {
        let document = slang(
            "ns.flow",
            [
                step("B", [argument("x", "s3cret", isSecret: true)], to: ["SUCCESS": "SUCCESS"])
            ])
        let run = await run([document])
        #expect(run.response == "SUCCESS")
        #expect(run.traced("B", "x") == nil)
        #expect(run.trace[0].inputs.map(\.name) == ["x"])
    }

    // MARK: Loops

    private func looping(_ list: String, breaks: [String] = ["FAILURE"], variables: [String] = ["v"]) -> FlowDocument {
        var first = step(
            "L", calls: "op:fail", [argument("x", "${v}")], set: [publish("last", "${x}")],
            to: ["SUCCESS": "B", "FAILURE": "FAILURE"])
        first.loop = FlowLoop(variables: variables, list: list, breaks: breaks)
        return slang(
            "ns.flow", inputs: [inputOf("csv", "4,5", kind: "default")],
            [first, step("B", [argument("last"), argument("v")], to: ["SUCCESS": "SUCCESS"])])
    }

    @Test(arguments: [
        ("[1,3]", ["1", "3"], "SUCCESS"), ("'1,3,'", ["1", "3", ""], "SUCCESS"), ("csv", ["4", "5"], "SUCCESS"),
        ("${csv}", ["4", "5"], "SUCCESS"), ("range(3,5)", ["3", "4"], "SUCCESS"), ("[1,2,3]", ["1", "2"], "FAILURE"),
    ])
    func loopsUntilABreak(list: String, seen: [String], result: String) async {
        let run = await run([looping(list)])
        #expect(run.trace.filter { $0.step == "L" }.compactMap { $0.inputs.first?.value?.exposed } == seen)
        #expect(run.response == result)
        #expect(run.trace.last { $0.step == "L" }?.response == result)
        if result == "SUCCESS" {
            #expect(run.traced("B", "last") == seen.last)
            #expect(run.trace.last?.missing == ["v"])
        }
    }

    @Test func loopWithoutBreaksGoesOn() async {
        let run = await run([looping("[1,2,3]", breaks: [])])
        #expect(run.path == ["L", "L", "L", "B"])
        #expect(run.trace.map(\.response) == ["SUCCESS", "FAILURE", "SUCCESS", "SUCCESS"])
    }

    @Test(arguments: [("[]", ["v"]), ("gone", ["v"]), ("[1]", ["k", "v"]), ("1", ["v"])])
    func loopOverWhatIsNoListFails(list: String, variables: [String]) async {
        #expect(await run([looping(list, variables: variables)]).error?.code == .expression)
    }

    @Test(arguments: [("[1,3]", "SUCCESS"), ("[1,2,3]", "FAILURE")])
    func parallelLoopRunsEveryBranch(list: String, result: String) async {
        var document = looping(list)
        document.steps[0].kind = .parallelMultiStep
        document.steps[0].assignments = []
        document.steps[1].bindings = []
        let run = await run([document])
        #expect(run.path.count { $0 == "L" } == (list == "[1,3]" ? 2 : 3))
        #expect(run.response == result)
        document.steps[0].assignments = [publish("all", "${branches_context[0]['x']}")]
        #expect(await self.run([document]).error?.code == .expression)
    }
}
