import SluiceContent
import SluiceFlowRunner
import Testing

@Suite struct FlowLimitTests {
    private func runner(_ documents: [FlowDocument], _ change: (inout FlowRunLimits) -> Void) -> FlowRunner {
        var runner = FlowRunner(
            library: FlowLibrary(documents), operations: BaseOperations.table(nextUUID: { "id" }))
        runner.operations["op:A"] = echo()
        change(&runner.limits)
        return runner
    }

    @Test func loopWithoutExitEndsAtTheStepLimit() async throws {
        let circle = flow([step("A", to: ["success": "B"]), step("B", calls: "op:A", to: ["success": "A"])])
        let run = await runner([circle]) { $0.stepCountMax = 1_000 }.run("flow")
        #expect(run.error?.code == .limit)
        #expect(run.error?.message.contains("1000") == true)
        #expect(run.trace.count == 1_000)
    }

    @Test(arguments: [(5, true), (4, false)])
    func stepLimitCountsEveryVisit(limit: Int, ends: Bool) async {
        let inner = flow(id: "inner", [step("A"), end()])
        let outer = flow([step("A", to: ["success": "S"]), step("S", calls: "inner"), end()])
        #expect(await (runner([outer, inner]) { $0.stepCountMax = limit }.run("flow").response != nil) == ends)
    }

    @Test func defaultStepLimitIsReachedInTime() async {
        let circle = flow([step("A", to: ["success": "A"])])
        #expect(await runner([circle]) { _ in }.run("flow").trace.count == 100_000)
    }

    @Test(arguments: [(64, true), (65, false)])
    func subFlowsNestDownToTheLimit(depth: Int, ends: Bool) async {
        let flows = (0...depth).map { level in
            flow(
                id: level == 0 ? "flow" : "f\(level)",
                [level == depth ? step("A") : step("S", calls: "f\(level + 1)"), end()])
        }
        let run = await runner(flows) { _ in }.run("flow")
        #expect((run.response == "success") == ends)
        #expect((run.error?.code == .limit) == !ends)
    }

    @Test func flowsThatCallEachOtherEndAtTheDepthLimit() async {
        let run = await runner([flow([step("S", calls: "flow"), end()])]) { _ in }.run("flow")
        #expect(run.error?.code == .limit)
        #expect(run.trace.count == 65)
    }

    @Test func containersCountAsDepth() async {
        let last = endBranch("E")
        var inner = container("P0", .parallelMultiStep, starts: ["E"], [last], to: "E")
        for level in 1...70 {
            inner = container("P\(level)", .parallelMultiStep, starts: [inner.id], [inner, endBranch("E")], to: "E")
        }
        inner.transitions[0].destination = "end"
        let run = await runner([flow([inner, end()])]) { _ in }.run("flow")
        #expect(run.error?.code == .limit)
        #expect(run.trace.count == 65)
    }

    @Test func softCopiesInACircleEnd() async {
        func copy(_ id: String, of other: String) -> FlowDocument {
            var document = FlowDocument(id: id, name: id, path: "", kind: .operation)
            document.softCopyOf = other
            return document
        }
        let documents = [flow([step("X", calls: "c1"), end()]), copy("c1", of: "c2"), copy("c2", of: "c1")]
        #expect(await runner(documents) { _ in }.run("flow").error?.code == .limit)
    }

    @Test func branchesAndListsAreBounded() async {
        let branches = container("P", .parallelMultiStep, starts: ["E", "E", "E"], [endBranch("E")])
        let list = container(
            "M", .multiInstanceStep, starts: ["E"], [endBranch("E")], bindings: [input("x", "1,2,3", list: ",")])
        for container in [branches, list] {
            let document = flow([container, end()])
            #expect(await runner([document]) { $0.branchCountMax = 3 }.run("flow").response == "success")
            let run = await runner([document]) { $0.branchCountMax = 2 }.run("flow")
            #expect(run.error?.code == .limit)
            #expect(run.error?.step == container.id)
        }
    }

    @Test func valuesThatDoubleEndAtTheirLimit() async {
        let document = flow(
            inputs: [flowInput("x")],
            [step("A", [input("x", "${x}${x}", to: "x")], to: ["success": "A"])])
        let run = await runner([document]) { $0.valueBytesMax = 1 << 20 }.run("flow", inputs: ["x": "ab"])
        #expect(run.error?.code == .limit)
        #expect(run.trace.count < 30)
    }

    @Test func appendingEndsAtTheLimitOfAValue() async {
        let document = flow([
            step("A", [input("x", "0123456789")], set: [assign("all", "x", appends: true)], to: ["success": "A"])
        ])
        let run = await runner([document]) { $0.valueBytesMax = 95 }.run("flow")
        #expect(run.error?.code == .limit)
        #expect(run.trace.count == 10)
    }

    @Test func variablesTogetherAreBounded() async {
        let document = flow([
            step(
                "C", calls: BaseOperations.counter, [input("from", "1"), input("to", "1000")],
                set: [assign("n", "resultString")], to: ["has more": "V", "no more": "end"]),
            step(
                "V", calls: BaseOperations.setFlowVariable,
                [input("keyName", "v${n}"), input("myValue", "0123456789")],
                to: ["success": "C"]),
            end(),
        ])
        #expect(await runner([document]) { _ in }.run("flow").response == "success")
        #expect(await runner([document]) { $0.contextBytesMax = 500 }.run("flow").error?.code == .limit)
    }

    @Test func cancelledRunEnds() async {
        let document = flow([step("A", to: ["success": "A"])])
        let runner = runner([document]) { _ in }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await runner.run("flow")
        }
        #expect(await task.value.error?.code == .cancelled)
    }
}
