import SluiceContent
import Testing

/// Graphs compared, without the documents they are of.
@Suite struct PackDifferenceTests {
    /// Two steps, `a` to `b`, and a return step.
    private static func flow() -> FlowDocument {
        var flow = FlowDocument(id: "F-1", name: "Nightly", path: "Content/Library/Nightly.xml", kind: .flow)
        flow.inputs = [FlowBinding(name: "host", kind: "userInputBinding")]
        flow.responses = [FlowResponse(name: "success", type: "RESOLVED")]
        flow.outputs = [FlowExpression(name: "result", field: "returnResult")]
        flow.startStep = "a"
        var first = FlowStep(id: "a", name: "Ask", kind: .step)
        first.called = "op-1"
        first.bindings = [FlowBinding(name: "password", kind: "staticBinding", value: FlowValue("hunter2"))]
        first.transitions = [FlowTransition(response: "success", name: "success", destination: "b")]
        var last = FlowStep(id: "b", name: "End", kind: .returnStep)
        last.returnType = "RESOLVED"
        flow.steps = [first, last]
        return flow
    }

    struct Change: CustomTestStringConvertible, Sendable {
        var sentence: String
        var change: @Sendable (inout FlowDocument) -> Void
        var testDescription: String { sentence }
    }

    static let changes = [
        Change(sentence: "is named Daily, was Nightly") { $0.name = "Daily" },
        Change(sentence: "moved from Content/Library/Nightly.xml") { $0.path = "Content/Library/New/Nightly.xml" },
        Change(sentence: "starts with “End”, was “Ask”") { $0.startStep = "b" },
        Change(sentence: "starts with nothing, was “Ask”") { $0.startStep = nil },
        Change(sentence: "input “host” is required now") { $0.inputs[0].isRequired = true },
        Change(sentence: "input “host” is gone") { $0.inputs = [] },
        Change(sentence: "input “port” is new") { $0.inputs.append(FlowBinding(name: "port", kind: "staticBinding")) },
        Change(sentence: "response “success” ends as ERROR, was RESOLVED") { $0.responses[0].type = "ERROR" },
        Change(sentence: "output “result” is taken from elsewhere") { $0.outputs[0].field = "other" },
        Change(sentence: "step “Ask” calls op-2, was op-1") { $0.steps[0].called = "op-2" },
        Change(sentence: "step “Ask” calls nothing, was op-1") { $0.steps[0].called = nil },
        Change(sentence: "step “Ask” input “password” has another value") {
            $0.steps[0].bindings[0].value = FlowValue("swordfish")
        },
        Change(sentence: "step “Ask” transition “success” leads to “Ask”, was “End”") {
            $0.steps[0].transitions[0].destination = "a"
        },
        Change(sentence: "step “Ask” transition “failure” is new") {
            $0.steps[0].transitions.append(FlowTransition(response: "failure", name: "failure", destination: "b"))
        },
        Change(sentence: "step “End” returns ERROR, was RESOLVED") { $0.steps[1].returnType = "ERROR" },
        Change(sentence: "step “End” is gone") { $0.steps.removeLast() },
        Change(sentence: "step “Ask” has a scriptlet") { $0.steps[0].script = FlowValue("1") },
        Change(sentence: "step “Ask” keeps other results") {
            $0.steps[0].assignments.append(
                FlowAssignment(target: "x", isOutput: false, expression: FlowExpression(name: "x", field: "y")))
        },
        Change(sentence: "step “Ask” loops over other things") {
            $0.steps[0].loop = FlowLoop(variables: ["a"], list: "b")
        },
        Change(sentence: "output “result” passes other filters") { $0.outputs[0].filters = ["aFilter"] },
        Change(sentence: "step “Ask” goes on whatever it is answered") { $0.steps[0].isSingleResponse = true },
    ]

    @Test(arguments: changes)
    func saysWhatChanged(change: Change) throws {
        var after = Self.flow()
        change.change(&after)
        let difference = try #require(FlowDifference(from: Self.flow(), to: after))
        #expect(difference.changes == [change.sentence])
    }

    @Test func saysNothingWhenOnlyLinesMoved() {
        var after = Self.flow()
        after.line = 7
        after.steps[0].line = 9
        after.steps[0].bounds = FlowBounds(x: 1, y: 2)
        #expect(FlowDifference(from: Self.flow(), to: after) == nil)
    }
}
