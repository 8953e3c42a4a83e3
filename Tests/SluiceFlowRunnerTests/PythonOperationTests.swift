import SluiceContent
import SluiceFlowRunner
import SluiceScriptlets
import Testing

/// CloudSlang operations whose Python is run, and how strictly.
@Suite struct PythonOperationTests {
    private func operation(_ script: String, _ results: [FlowResponse]) -> FlowDocument {
        var operation = FlowDocument(id: "op:A", name: "a", path: "", kind: .cloudSlangOperation)
        operation.inputs = [
            FlowBinding(name: "x", kind: "input", type: "string", isRequired: false),
            FlowBinding(name: "y", kind: "input", type: "string", isRequired: false),
        ]
        operation.outputs = [
            FlowExpression(name: "said", field: "${said + '!'}"),
            FlowExpression(name: "token", field: "${said}", isSecret: true),
        ]
        operation.responses = results
        operation.python = FlowValue(script)
        return operation
    }

    private let results = [
        FlowResponse(name: "GOOD", type: "", condition: "${said == 'ab'}"),
        FlowResponse(name: "EMPTY", type: "", condition: "${not said}"), FlowResponse(name: "BAD", type: ""),
    ]

    private func run(_ script: String, x: String?, results: [FlowResponse]? = nil) async throws -> FlowRun {
        var document = FlowDocument(id: "ns.flow", name: "flow", path: "", kind: .cloudSlangFlow)
        document.inputs = [FlowBinding(name: "x", kind: "input", type: "string", isRequired: false)]
        document.responses = self.results
        var first = step("A", to: ["GOOD": "GOOD", "EMPTY": "EMPTY", "BAD": "BAD"])
        first.bindings = [FlowBinding(name: "x", kind: "argument", type: "string", fromVariable: "x")]
        document.steps = [first]
        document.startStep = "A"
        var runner = FlowRunner(library: FlowLibrary([document, operation(script, results ?? self.results)]))
        runner.python = try PythonScripts().action
        return await runner.run("ns.flow", inputs: x.map { ["x": $0] } ?? [:])
    }

    @Test(arguments: [("a", "GOOD", "ab!"), ("", "BAD", "b!"), ("ü\n\u{2028}😀", "BAD", "ü\n\u{2028}😀b!")])
    func givesOutputsAndTheFirstResultThatHolds(x: String, result: String, said: String) async throws {
        let run = try await run("def execute(x, y):\n    return {'said': x + 'b' if y is None else ''}", x: x)
        #expect(run.response == result, "\(String(describing: run.error))")
        #expect(run.trace[0].results.first { $0.name == "said" }?.value?.exposed == said)
    }

    @Test func keepsASecretOutputOutOfTheTrace() async throws {
        let run = try await run("def execute(x, y):\n    return {'said': 'ab'}", x: nil)
        #expect(run.trace[0].results.map(\.name) == ["said", "token"])
        #expect(run.trace[0].results.map { $0.value?.exposed } == ["ab!", nil])
    }

    static let faulty = [
        "def execute(x): return {'said': x}", "def execute(x, y, z): return {'said': x}",
        "def execute(x, y): return {'said': 1}", "def execute(x, y): return {'said': None}",
        "def execute(x, y): return x.hush", "def execute(x, y) return", "pass",
    ]

    @Test(arguments: faulty)
    func endsTheRunWhereCentralWould(script: String) async throws {
        let run = try await run(script, x: "s3cret")
        #expect(run.error?.code == .callFailed)
        #expect(run.error?.description.contains("s3cret") == false)
    }

    @Test func needsAResultThatHolds() async throws {
        let run = try await run("def execute(x, y):\n    return {'said': 'x'}", x: "", results: [results[0]])
        #expect(run.error?.code == .unknownResponse)
    }

    @Test func keepsItsInterpreterFromCallToCall() throws {
        let python = try PythonScripts()
        let script = "import sys\nprint('to nobody')\ndef execute(n): return {'n': n[::-1], 'id': str(id(sys))}"
        let answers = try (1...3).map { try python.run(script, ["n": "\($0)x"]) }
        #expect(answers.map { $0["n"] } == ["x1", "x2", "x3"])
        #expect(Set(answers.map { $0["id"] }).count == 1)
        #expect(throws: ScriptError.self) { try python.run("def execute(n): raise SystemError('no')", ["n": ""]) }
        #expect(try python.run(script, ["n": "ab"])["n"] == "ba")
    }

    @Test func withoutAnInterpreterItNeedsTheTable() async throws {
        var document = FlowDocument(id: "ns.flow", name: "flow", path: "", kind: .cloudSlangFlow)
        document.steps = [step("A", to: ["BAD": "BAD"])]
        document.startStep = "A"
        let runner = FlowRunner(library: FlowLibrary([document, operation("pass", results)]))
        #expect(await runner.run("ns.flow").error?.code == .unknownOperation)
    }
}
