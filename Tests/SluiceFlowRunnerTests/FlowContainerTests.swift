import SluiceContent
import SluiceFlowRunner
import Testing

/// Parallel and multi-instance containers (oo-content-pack.md section 3.4), and sub-flows.
@Suite struct FlowContainerTests {
    private func run(_ documents: [FlowDocument], inputs: [String: String] = [:]) async -> FlowRun {
        var runner = FlowRunner(library: FlowLibrary(documents))
        for name in ["A", "B", "C", "D"] { runner.operations["op:\(name)"] = echo() }
        return await runner.run("flow", inputs: inputs)
    }

    @Test func runsEveryBranchToTheEndInOrder() async {
        let parallel = container(
            "P", .parallelMultiStep, starts: ["A", "C"],
            [
                step("A", to: ["success": "B"]), step("B", to: ["success": "E"]), step("C", to: ["success": "E"]),
                endBranch("E"),
            ])
        let run = await run([flow([parallel, end()])])
        #expect(run.path == ["P", "A", "B", "E", "C", "E", "end"])
        #expect(run.trace.map(\.depth) == [0, 1, 1, 1, 1, 1, 0])
        #expect(
            run.trace.map(\.response) == ["done", "success", "success", "success", "success", "success", "success"])
    }

    @Test func branchesDoNotSeeEachOthersVariables() async {
        let parallel = container(
            "P", .parallelMultiStep, starts: ["A", "B"],
            [
                step("A", [input("x", "from A", to: "x"), input("a", "only A", to: "a")], to: ["success": "E"]),
                step(
                    "B", [input("seen", from: "a"), input("old", from: "x"), input("x", "from B", to: "x")],
                    to: ["success": "E"]),
                endBranch("E"),
            ], to: "C")
        let document = flow(
            inputs: [flowInput("x")],
            [parallel, step("C", [input("a", from: "a"), input("x", from: "x")]), end()])
        let run = await run([document], inputs: ["x": "before"])
        #expect(run.traced("B", "seen") == nil)
        #expect(run.traced("B", "old") == "before")
        #expect(run.traced("C", "a") == "only A")
        #expect(run.traced("C", "x") == "from B")
    }

    @Test func goesThroughTheListsTogether() async {
        // As KON's "Multi Instance": inner steps read each element by the input's name.
        let multi = container(
            "M", .multiInstanceStep, starts: ["A"],
            [
                step(
                    "A", [input("file", "${path}"), input("text", "${content}/${plain}")],
                    set: [assign("all", "file", appends: true)], to: ["success": "E"]),
                endBranch("E", set: [assign("last", "file")]),
            ],
            bindings: [input("path", "1, 2 ,3", list: ","), input("content", "a;b", list: ";"), input("plain", "p,q")],
            set: [assign("final", "file")], to: "B")
        let document = flow([
            multi,
            step("B", [input("all", from: "all"), input("final", from: "final"), input("path", from: "path")]), end(),
        ])
        let run = await run([document])
        #expect(run.path == ["M", "A", "E", "A", "E", "A", "E", "B", "end"])
        let inputs = run.trace.filter { $0.step == "A" }.map { $0.inputs.compactMap(\.value?.exposed) }
        #expect(inputs == [["1", "a/p,q"], ["2", "b/p,q"], ["3", "/p,q"]])
        #expect(run.traced("B", "all") == "123")
        #expect(run.traced("B", "final") == "3")
        #expect(run.traced("B", "path") == nil)
    }

    @Test(arguments: [("", 0), ("a", 1), ("a,", 2), ("a,b,c,d", 4)])
    func runsOncePerElement(list: String, count: Int) async {
        let multi = container(
            "M", .multiInstanceStep, starts: ["A"], [step("A", to: ["success": "E"]), endBranch("E")],
            bindings: [input("x", list, list: ",")])
        let run = await run([flow([multi, end()])])
        #expect(run.path.count { $0 == "A" } == count)
        #expect(run.response == "success")
    }

    @Test func containersNest() async {
        let inner = container(
            "M", .multiInstanceStep, starts: ["A"],
            [step("A", [input("x", "${x}")], to: ["success": "EM"]), endBranch("EM")],
            bindings: [input("x", "1,2", list: ",")], to: "EP")
        let outer = container("P", .parallelMultiStep, starts: ["M", "M"], [inner, endBranch("EP")])
        let run = await run([flow([outer, end()])])
        #expect(run.path == ["P", "M", "A", "EM", "A", "EM", "EP", "M", "A", "EM", "A", "EM", "EP", "end"])
    }

    @Test func branchThatBreaksNamesItsOwnStep() async {
        let parallel = container(
            "P", .parallelMultiStep, starts: ["A"], [step("A", to: ["other": "E"]), endBranch("E")])
        let run = await run([flow([parallel, end()])])
        #expect(run.error?.code == .unknownResponse)
        #expect(run.error?.step == "A")
        #expect(run.trace.map(\.response) == [nil, "success"])
    }

    @Test func branchMayNotLeaveItsContainer() async {
        let parallel = container(
            "P", .parallelMultiStep, starts: ["A"], [step("A", to: ["success": "end"]), endBranch("E")])
        #expect(await run([flow([parallel, end()])]).error?.code == .unknownStep)
    }

    // MARK: Sub-flows

    @Test func subFlowHasItsOwnContext() async {
        let inner = flow(
            id: "inner", inputs: [flowInput("given"), flowInput("kept", "default")],
            responses: [("ok", "RESOLVED")], outputs: [FlowExpression(name: "result", field: "r", source: "RAWRESULT")],
            [
                step(
                    "A", [input("given", from: "given"), input("kept", from: "kept"), input("outer", from: "x")],
                    set: [assign("r", "given", isOutput: true), assign("x", "kept")], to: ["success": "end"]),
                end(response: "ok"),
            ])
        let outer = flow(
            inputs: [flowInput("x")],
            [
                step(
                    "S", calls: "inner", [input("given", "g ${x}")],
                    set: [assign("answer", "result"), assign("raw", "r"), assign("none", "kept")], to: ["ok": "B"]),
                step(
                    "B",
                    [
                        input("answer", from: "answer"), input("raw", from: "raw"), input("none", from: "none"),
                        input("x", from: "x"),
                    ]),
                end(),
            ])
        let run = await run([outer, inner], inputs: ["x": "outside"])
        #expect(run.response == "success")
        #expect(run.traced("A", "given") == "g outside")
        #expect(run.traced("A", "kept") == "default")
        #expect(run.traced("A", "outer") == nil)
        #expect(run.traced("B", "answer") == "g outside")
        #expect(run.traced("B", "raw") == "g outside")
        #expect(run.traced("B", "none") == "")
        #expect(run.traced("B", "x") == "outside")
    }

    @Test func subFlowsErrorNamesTheInnermostPlace() async {
        let inner = flow(id: "inner", [step("A", to: ["no": "end"]), end()])
        let run = await run([flow([step("S", calls: "inner"), end()]), inner])
        #expect(run.error?.flow == "inner")
        #expect(run.error?.step == "A")
        #expect(run.path == ["S", "A"])
        #expect(run.trace[0].response == nil)
    }

    @Test func callerWithoutATransitionForTheSubFlowsResponseFails() async {
        let inner = flow(id: "inner", responses: [("held", "RESOLVED")], [end(response: "held")])
        let run = await run([flow([step("S", calls: "inner"), end()]), inner])
        #expect(run.error?.step == "S")
        #expect(run.error?.response == "held")
    }

    @Test func requiredInputOfASubFlowFailsThere() async {
        let inner = flow(id: "inner", inputs: [flowInput("must", isRequired: true)], [end()])
        let run = await run([flow([step("S", calls: "inner"), end()]), inner])
        #expect(run.error?.code == .missingInput)
        #expect(run.error?.flow == "inner")
        #expect(run.error?.description.contains("must") == true)
    }

    @Test func softCopyAddsItsConstantsAndDoesItsOriginalsWork() async {
        var copy = FlowDocument(id: "copy", name: "Copy", path: "", kind: .operation)
        copy.softCopyOf = "op:A"
        copy.inputs = [flowInput("a", "constant"), flowInput("b", "constant")]
        let document = flow([
            step(
                "S", calls: "copy", [input("a", "bound")], set: [assign("a", "a"), assign("b", "b")],
                to: ["success": "B"]),
            step("B", [input("both", "${a} ${b}")]), end(),
        ])
        #expect(await run([document, copy]).traced("B", "both") == "bound constant")
    }
}
