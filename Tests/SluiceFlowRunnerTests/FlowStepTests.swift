import SluiceContent
import SluiceFlowRunner
import Testing

@Suite struct FlowStepTests {
    private let branching = flow(
        responses: [("success", "RESOLVED"), ("failure", "ERROR"), ("nothing", "NO_ACTION_TAKEN")],
        [
            step("A", to: ["yes": "B", "no": "failed", "maybe": "nothing"]), step("B"), end(),
            end("failed", response: "failure", type: "ERROR"),
            end("nothing", response: "nothing", type: "NO_ACTION_TAKEN"),
        ])

    @Test(arguments: [
        ("yes", ["A", "B", "end"], "success", "RESOLVED"), ("no", ["A", "failed"], "failure", "ERROR"),
        ("maybe", ["A", "nothing"], "nothing", "NO_ACTION_TAKEN"),
    ])
    func goesOnByTheResponse(answer: String, path: [String], response: String, type: String) async throws {
        let runner = FlowRunner(
            library: FlowLibrary([branching]), operations: answering(["op:A": answer, "op:B": "success"]))
        let run = await runner.run("flow")
        #expect(run.path == path)
        #expect(try run.end().response == response)
        #expect(try run.end().type == type)
        #expect(run.response == response)
        #expect(run.error == nil)
    }

    @Test func branchesOnTheSymbolNotOnTheLabel() async {
        var first = step("A", to: ["false": "failed", "true": "end"])
        first.transitions[0].name = "true"
        first.transitions[1].name = "false"
        let document = flow([first, end(), end("failed", response: "failure", type: "ERROR")])
        let runner = FlowRunner(library: FlowLibrary([document]), operations: answering(["op:A": "true"]))
        #expect(await runner.run("flow").response == "success")
    }

    @Test(arguments: ["done", "success", "whatever", ""])
    func singleResponseGoesOnWhateverItIs(answer: String) async {
        var first = step("A", to: ["done": "end"])
        first.isSingleResponse = true
        let runner = FlowRunner(
            library: FlowLibrary([flow([first, end()])]), operations: answering(["op:A": answer]))
        let run = await runner.run("flow")
        #expect(run.response == "success")
        #expect(run.trace[0].response == answer)
    }

    @Test func unknownResponseNamesStepResponseAndTransitions() async throws {
        let runner = FlowRunner(library: FlowLibrary([branching]), operations: answering(["op:A": "perhaps\n"]))
        let run = await runner.run("flow")
        let error = try #require(run.error)
        #expect(error.code == .unknownResponse)
        #expect(error.flow == "flow")
        #expect(error.step == "A")
        #expect(error.stepName == "Step A")
        #expect(error.response == "perhaps\n")
        #expect(error.transitions == ["yes", "no", "maybe"])
        #expect(
            error.description
                == "step Step A (A) of flow flow: answered perhaps\\u{a}, for which it has no transition (it has: yes, "
                + "no, maybe); add the transition or mend the answer [unknown-response]")
        #expect(run.path == ["A"])
        #expect(run.trace[0].response == "perhaps\n")
        #expect(throws: FlowRunError.self) { try run.end() }
    }

    @Test func returnStepMayCarryItsTransitionTwice() async {
        var last = end()
        last.transitions += last.transitions
        let runner = FlowRunner(library: FlowLibrary([flow([last])]))
        #expect(await runner.run("flow").response == "success")
    }

    @Test func returnStepWithoutTransitionMeansTheOnlyResponseOfItsType() async {
        var last = end(type: "ERROR")
        last.transitions = []
        let one = flow(responses: [("success", "RESOLVED"), ("failure", "ERROR")], [last])
        #expect(await FlowRunner(library: FlowLibrary([one])).run("flow").response == "failure")
        let two = flow(responses: [("failure", "ERROR"), ("other", "ERROR")], [last])
        #expect(await FlowRunner(library: FlowLibrary([two])).run("flow").error?.code == .unknownResponse)
    }

    static let broken: [(FlowDocument, FlowRunError.Code)] = [
        (flow(id: "other", [end()]), .unknownFlow),
        (FlowDocument(id: "flow", name: "op", path: "", kind: .operation), .unknownFlow),
        (FlowDocument(id: "flow", name: "empty", path: "", kind: .flow), .noStart),
        (flow(start: "gone", [end()]), .unknownStep),
        (flow([step("A", to: ["success": "gone"])]), .unknownStep),
        (flow([step("B")]), .unknownOperation),
        (flow([step("A", to: [:])]), .unknownResponse),
        (flow([endBranch("E")]), .branchEnd),
        (flow([container("P", .parallelMultiStep, starts: [], [endBranch("E")]), end()]), .noStart),
        (flow([container("P", .parallelMultiStep, starts: ["E"], []), end()]), .unknownStep),
        (flow([container("M", .multiInstanceStep, starts: ["E"], [endBranch("E")]), end()]), .missingInput),
        (flow([container("P", .parallelMultiStep, starts: ["end"], [end()]), end()]), .branchEnd),
        (flow(inputs: [flowInput("a", isRequired: true)], [end()]), .missingInput),
        (flow([step("A", [input("a", isRequired: true)])]), .missingInput),
        (flow([step("C")]), .callFailed),
    ]

    @Test(arguments: broken.indices)
    func brokenFlowsEndWithTheirError(index: Int) async {
        let (document, code) = Self.broken[index]
        var operations = answering(["op:A": "success"])
        operations["op:C"] = { _ in throw Oops(secret: "hush") }
        let run = await FlowRunner(library: FlowLibrary([document]), operations: operations).run("flow")
        #expect(run.error?.code == code)
        #expect(run.error?.description.contains("hush") == false)
    }

    @Test func stepThatCallsNothingIsAnError() async {
        var first = step("A")
        first.called = nil
        let run = await FlowRunner(library: FlowLibrary([flow([first, end()])])).run("flow")
        #expect(run.error?.code == .unknownOperation)
        #expect(run.error?.step == "A")
    }

    @Test func fallbackAnswersForAllOthers() async {
        let document = flow([
            step("A", to: ["failure": "A", "Success": "B"]), step("B", to: ["fine": "end", "no": "B"]), end(),
        ])
        let runner = FlowRunner(
            library: FlowLibrary([document]), operations: answering([:]).answeringSuccess())
        #expect(await runner.run("flow").trace.map(\.response) == ["Success", "fine", "success"])
    }

    @Test func tableMayStandInForAFlow() async {
        let inner = flow(id: "op:A", [step("I"), end()])
        let runner = FlowRunner(
            library: FlowLibrary([flow([step("A"), end()]), inner]),
            operations: answering(["op:I": "success"]).merging(answering(["op:A": "success"])))
        #expect(await runner.run("flow").path == ["A", "end"])
    }
}

struct Oops: Error {
    let secret: String
}
