import SluiceContent
import SluiceFlowRunner
import Testing

/// The Base operations as reference section 7 proves them.
@Suite struct BaseOperationTests {
    private func answer(
        _ operation: String, _ inputs: [String: String], variables: [String: String] = [:], memory: String? = nil
    ) async throws -> OperationAnswer {
        let table = BaseOperations.table(nextUUID: { "11111111-2222-3333-4444-555555555555" })
        let entry = try #require(table[operation])
        return try await entry(
            OperationCall(operation: operation, inputs: inputs, variables: variables, memory: memory))
    }

    @Test func uuidGeneratorGivesTheNextUUID() async throws {
        let answer = try await answer(BaseOperations.uuidGenerator, [:])
        #expect(answer.response == "success")
        #expect(answer.results == ["resultString": "11111111-2222-3333-4444-555555555555"])
    }

    @Test(arguments: [
        ("a", "a", "", "true"), ("a", "A", "", "false"), ("a", "A", "true", "true"), ("a", "A", "TRUE", "true"),
        ("a", "A", "false", "false"), ("", "", "", "true"), ("ä", "Ä", "true", "true"), ("a", "a ", "true", "false"),
        ("é", "e\u{301}", "", "false"),
    ])
    func stringEquals(first: String, second: String, ignoreCase: String, expected: String) async throws {
        let inputs = ["string1": first, "string2": second, "ignoreCase": ignoreCase]
        #expect(try await answer(BaseOperations.stringEquals, inputs).response == expected)
    }

    @Test(arguments: [
        ("v", "", "notNull"), ("empty", "", "isNull"), ("gone", "", "isNull"), ("blank", "", "notNull"),
        ("blank", "true", "isNull"), ("v", "true", "notNull"),
    ])
    func checkNull(key: String, trims: String, expected: String) async throws {
        let answer = try await answer(
            BaseOperations.checkNull, ["keyName": key, "trimSpaces": trims],
            variables: ["v": "x", "empty": "", "blank": " \t"])
        #expect(answer.response == expected)
    }

    @Test func doNothingGivesItsFirstField() async throws {
        let answer = try await answer(BaseOperations.doNothing, ["field1": "a", "field2": "b"])
        #expect(answer.response == "success")
        #expect(answer.results == ["returnResult": "a"])
    }

    @Test func setFlowVariableSetsIt() async throws {
        let answer = try await answer(BaseOperations.setFlowVariable, ["keyName": "k", "myValue": "v"])
        #expect(answer.response == "success")
        #expect(answer.variables == ["k": "v"])
    }

    @Test(arguments: [
        ("2", "success", 2.0), ("0", "success", 0), ("0.5", "success", 0.5), ("", "failure", 0), ("x", "failure", 0),
        ("-1", "failure", 0), ("inf", "failure", 0), ("nan", "failure", 0),
    ])
    func sleepCountsVirtually(seconds: String, response: String, slept: Double) async throws {
        let answer = try await answer(BaseOperations.sleep, ["seconds": seconds])
        #expect(answer.response == response)
        #expect(answer.sleptSeconds == slept)
    }

    @Test(arguments: [
        (#"{"a":"text"}"#, "a", "text"),
        (#"{"a":1,"b":{"c":[1,true,null,"x/y"]}}"#, "b", #"{"c":[1,true,null,"x/y"]}"#),
        (#"{"a":12}"#, "a", "12"), (#"{"a":false}"#, "a", "false"), (#"{"a":null}"#, "a", "null"),
        (#"{"a":""}"#, "a", ""), (#"{"a":"ü😀\n"}"#, "a", "ü😀\n"), (#"{"a":"x"}"#, "b", nil), ("[1]", "a", nil),
        ("{", "a", nil), ("", "a", nil), (#""a""#, "a", nil),
    ])
    func getValueFromObject(object: String, key: String, expected: String?) async throws {
        let answer = try await answer(BaseOperations.getValueFromObject, ["object": object, "key": key])
        #expect(answer.response == (expected == nil ? "failure" : "success"))
        #expect(answer.results["returnResult"] == expected)
        #expect(answer.results["Result"] == expected)
    }

    // MARK: What keeps a memory

    private func loop(_ operation: String, _ inputs: [FlowBinding]) -> FlowRunner {
        let document = flow(
            responses: [("success", "RESOLVED"), ("failure", "ERROR")],
            [
                step(
                    "L", calls: operation, inputs, set: [assign("n", "resultString")],
                    to: ["has more": "A", "no more": "end", "failure": "failed"]),
                step("A", [input("n", "${n}")], to: ["success": "L"]), end(),
                end("failed", response: "failure", type: "ERROR"),
            ])
        var runner = FlowRunner(
            library: FlowLibrary([document]), operations: BaseOperations.table(nextUUID: { "" }))
        runner.operations["op:A"] = echo()
        runner.limits.stepCountMax = 50
        return runner
    }

    private func seen(_ run: FlowRun) -> [String] {
        run.trace.filter { $0.step == "A" }.compactMap { $0.inputs.first?.value?.exposed }
    }

    @Test(arguments: [
        ("1", "3", "1", ["1", "2", "3"]), ("1", "3", "", ["1", "2", "3"]), ("0", "5", "2", ["0", "2", "4"]),
        ("3", "1", "-1", ["3", "2", "1"]), ("2", "1", "1", []), ("1", "1", "1", ["1"]),
        ("9223372036854775807", "9223372036854775807", "1", ["9223372036854775807"]),
    ])
    func counterCounts(from: String, to: String, by: String, expected: [String]) async {
        let run = await loop(
            BaseOperations.counter, [input("from", from), input("to", to), input("incrementBy", by)]
        ).run("flow")
        #expect(run.response == "success")
        #expect(seen(run) == expected)
    }

    @Test(arguments: [("x", "1", "1"), ("1", "", "1"), ("1", "2", "0"), ("1", "2", "x")])
    func counterFailsWithoutNumbers(from: String, to: String, by: String) async {
        let run = await loop(
            BaseOperations.counter, [input("from", from), input("to", to), input("incrementBy", by)]
        ).run("flow")
        #expect(run.response == "failure")
    }

    @Test func counterBeginsAgainWithReset() async {
        let run = await loop(BaseOperations.counter, [input("from", "1"), input("to", "2"), input("reset", "true")])
            .run("flow")
        #expect(run.error?.code == .limit)
        #expect(Set(seen(run)) == ["1"])
    }

    @Test(arguments: [
        ("a,b,c", ",", ["a", "b", "c"]), ("a, b ,c", "", ["a", "b", "c"]), ("a||b", "||", ["a", "b"]),
        ("a", ",", ["a"]),
        ("", ",", []), ("a,,b", ",", ["a", "", "b"]), ("a|b|", "||", ["a|b|"]),
    ])
    func listIteratorGoesThroughTheList(list: String, separator: String, expected: [String]) async {
        let run = await loop(BaseOperations.listIterator, [input("list", list), input("separator", separator)])
            .run("flow")
        #expect(run.response == "success")
        #expect(seen(run) == expected)
    }

    @Test func listIteratorBeginsAgainAfterTheEndAndWithAnotherList() async throws {
        let list = ["list": "a,b"]
        var answer = try await answer(BaseOperations.listIterator, list)
        answer = try await self.answer(BaseOperations.listIterator, list, memory: answer.memory)
        #expect(answer.results["resultString"] == "b")
        answer = try await self.answer(BaseOperations.listIterator, ["list": "c,d"], memory: answer.memory)
        #expect(answer.results["resultString"] == "c")
        answer = try await self.answer(BaseOperations.listIterator, list, memory: "2 a,b")
        #expect(answer.response == "no more")
        #expect(answer.memory == nil)
    }

    @Test func sleepAdvancesTheClockOfTheRun() async {
        let document = flow([
            step("S", calls: BaseOperations.sleep, [input("seconds", "3600")], to: ["success": "A"]),
            step("A", to: ["success": "S", "late": "end"]), end(),
        ])
        var runner = FlowRunner(
            library: FlowLibrary([document]), operations: BaseOperations.table(nextUUID: { "" }))
        runner.operations["op:A"] = { OperationAnswer($0.seconds >= 86_400 ? "late" : "success") }
        let run = await runner.run("flow")
        #expect(run.response == "success")
        #expect(run.seconds == 86_400)
        #expect(run.trace.count == 49)
    }
}
