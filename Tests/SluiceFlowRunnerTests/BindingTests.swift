import SluiceContent
import SluiceFlowRunner
import Testing

/// Where bound values come from (oo-content-pack.md section 4.1).
@Suite struct BindingTests {
    /// Binds one input in a flow with variables `v`, `w` and the empty `e`, and answers what the operation got.
    private func bound(
        _ binding: FlowBinding, before: [FlowBinding] = [], properties: [String: String] = [:],
        supplied: [FlowPlace: FlowValue] = [:]
    ) async -> (value: String?, run: FlowRun) {
        let document = flow(
            inputs: [flowInput("v"), flowInput("w"), flowInput("e")],
            [
                step(
                    "A", before + [binding], set: [assign("got", binding.name, isOutput: true)],
                    to: ["success": "end"]), end(),
            ])
        var document2 = document
        document2.outputs = [FlowExpression(name: "got", field: "got", source: "RAWRESULT")]
        var runner = FlowRunner(library: FlowLibrary([document2]))
        runner.operations["op:A"] = { call in
            OperationAnswer("success", results: call.inputs[binding.name].map { [binding.name: "<\($0)>"] } ?? [:])
        }
        runner.systemProperties = properties
        runner.supplied = supplied
        let run = await runner.run("flow", inputs: ["v": "1", "w": "two", "e": ""])
        return (run.outcome.outputs["got"], run)
    }

    static let readOrder: [(FlowBinding, String)] = [
        (input("x", "const"), "<const>"),
        (input("x", "const", from: "v"), "<1>"),
        (input("x", "const", from: "gone"), "<const>"),
        (input("x", "const", from: "e"), "<const>"),
        (input("x", from: "e"), "<>"),
        (input("x", from: "gone"), ""),
        (input("x"), ""),
        (input("x", ""), "<>"),
        (input("x", from: "Hosts/Git"), "<git.example>"),
        (input("x", "${Hosts/Git}/a"), "<git.example/a>"),
        (input("x", from: "w"), "<two>"),
        (input("x", "${v}"), "<1>"),
        (input("x", "a ${v}${w} b${v}"), "<a 1two b1>"),
        (input("x", "${gone}."), "<.>"),
        (input("x", "$v {v} ${v"), "<$v {v} ${v>"),
        (input("x", "$${v}$"), "<$1$>"),
        (input("x", "{\"a\":\"${w}\"}"), "<{\"a\":\"two\"}>"),
        (input("x", "${}"), "<>"),
        (input("x", "é${v}\u{301}"), "<é1\u{301}>"),
    ]

    @Test(arguments: readOrder)
    func readsInOrder(binding: FlowBinding, expected: String) async {
        #expect(await bound(binding, properties: ["Hosts/Git": "git.example"]).value == expected)
    }

    @Test func variableGoesBeforeASystemPropertyOfItsName() async {
        #expect(await bound(input("x", from: "v"), properties: ["v": "property"]).value == "<1>")
        #expect(await bound(input("x", "${v}"), properties: ["v": "property"]).value == "<1>")
    }

    @Test func substitutesOnceOnly() async {
        let evil = await bound(input("x", "${p}"), properties: ["p": "${v}"])
        #expect(evil.value == "<${v}>")
    }

    @Test func laterInputsSeeEarlierOnes() async {
        // As Studio's own steps do: Field_1 is ${field1} (learn-chef, "Add Recipe to Role").
        #expect(await bound(input("Field_1", "${field1}"), before: [input("field1", "f")]).value == "<f>")
        #expect(await bound(input("x", "${k}"), before: [input("y", "f", to: "k")]).value == "<f>")
    }

    @Test func notesWhatWasMissing() async {
        let run = await bound(input("x", "${gone}${v}${gone}"), before: [input("y", from: "away")]).run
        #expect(run.trace[0].missing == ["away", "gone"])
        let field = await bound(input("x")).run
        #expect(field.trace[0].missing == ["x"])
    }

    @Test func takesWhatCentralSupplies() async {
        let user = FlowBinding(name: "user", kind: "identityBinding")
        #expect(await bound(user).value == "")
        #expect(await bound(user, supplied: [FlowPlace("A", "user"): FlowValue("root")]).value == "<root>")
        let prompt = FlowBinding(name: "x", kind: "userInputBinding", isRequired: true)
        #expect(await bound(prompt).run.error?.code == .missingInput)
        #expect(await bound(prompt, supplied: [FlowPlace("A", "x"): FlowValue("typed")]).value == "<typed>")
    }

    @Test func resultBindingTakesTheLastResult() async {
        let document = flow([
            step("A", to: ["success": "B"]),
            step("B", [FlowBinding(name: "x", kind: "resultBinding")]), end(),
        ])
        var runner = FlowRunner(library: FlowLibrary([document]))
        runner.operations["op:A"] = { _ in OperationAnswer("success", results: ["returnResult": "r"]) }
        runner.operations["op:B"] = echo()
        #expect(await runner.run("flow").traced("B", "x") == "r")
    }

    static let flowInputs: [([FlowBinding], [String: String], String?)] = [
        ([flowInput("a", "default")], [:], "default"),
        ([flowInput("a", "default")], ["a": "given"], "given"),
        ([flowInput("a", "default")], ["a": ""], "default"),
        ([flowInput("a")], ["a": ""], ""),
        ([input("a", from: "other", to: "a")], ["other": "o"], "o"),
        ([input("a", from: "Hosts/Git", to: "a")], [:], "git.example"),
        ([input("a", "const", to: "a")], ["a": "given"], "given"),
        ([input("a", "${b}", to: "a"), flowInput("b")], ["b": "later"], ""),
        ([flowInput("b"), input("a", "${b}", to: "a")], ["b": "earlier"], "earlier"),
        ([input("a", from: "a")], ["a": "not kept"], nil),
        ([], ["a": "undeclared"], nil),
    ]

    @Test(arguments: flowInputs)
    func bindsTheInputsOfAFlow(inputs: [FlowBinding], given: [String: String], expected: String?) async {
        var runner = FlowRunner(
            library: FlowLibrary([flow(inputs: inputs, [step("A", [input("x", from: "a")]), end()])]))
        runner.operations["op:A"] = echo()
        runner.systemProperties = ["Hosts/Git": "git.example"]
        #expect(await runner.run("flow", inputs: given).traced("A", "x") == expected)
    }

    static let assignments: [(FlowAssignment, String)] = [
        (assign("v", "field"), "f"),
        (assign("v", "field", "AVAILABLE_RESULT"), "f"),
        (assign("v", "x", "INPUT"), "i"),
        (assign("v", "gone"), ""),
        (assign("v", "field", appends: true), "oldf"),
        (assign("new", "field", appends: true), "f"),
    ]

    @Test(arguments: assignments)
    func assignsResults(assignment: FlowAssignment, expected: String) async {
        let document = flow(
            inputs: [flowInput("v")],
            [
                step("A", [input("x", "i")], set: [assignment], to: ["success": "B"]),
                step("B", [input("y", from: assignment.target)]), end(),
            ])
        var runner = FlowRunner(library: FlowLibrary([document]))
        runner.operations["op:A"] = { _ in OperationAnswer("success", results: ["field": "f"]) }
        runner.operations["op:B"] = echo()
        #expect(await runner.run("flow", inputs: ["v": "old"]).traced("B", "y") == expected)
    }

    @Test func outputsOfAFlowAreThoseItsStepsSet() async throws {
        var document = flow(
            inputs: [flowInput("in")],
            [
                step("A", set: [assign("out", "field", isOutput: true), assign("variable", "field")]), end(),
            ])
        document.outputs = [
            FlowExpression(name: "first", field: "out", source: "RAWRESULT"),
            FlowExpression(name: "again", field: "first", source: "AVAILABLE_RESULT"),
            FlowExpression(name: "input", field: "in", source: "INPUT"),
            FlowExpression(name: "no", field: "variable", source: "RAWRESULT"),
        ]
        var runner = FlowRunner(library: FlowLibrary([document]))
        runner.operations["op:A"] = { _ in OperationAnswer("success", results: ["field": "f"]) }
        let end = try await runner.run("flow", inputs: ["in": "i"]).end()
        #expect(end.outputs == ["first": "f", "again": "f", "input": "i", "no": ""])
    }
}
