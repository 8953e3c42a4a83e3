import SluiceContent
import Testing

/// Small flows for lint, built from scratch; every line number is chosen so that a test can tell whose it is.
enum LintFixtures {
    static let sleep = "D1BBF441-824A-450E-AFAE-2DDEC0E0F35E"
    static let secret = "hunter2-planted"

    static func arrow(_ response: String, _ destination: String, line: Int = 90) -> FlowTransition {
        FlowTransition(response: response, name: response, destination: destination, line: line)
    }

    static func step(_ id: String, line: Int, calls: String?, _ transitions: FlowTransition...) -> FlowStep {
        var step = FlowStep(id: id, name: id, kind: .step, line: line)
        step.called = calls
        step.calledLine = calls == nil ? nil : line + 1
        step.transitions = transitions
        return step
    }

    static func end(_ id: String = "end", response: String = "success", type: String = "RESOLVED") -> FlowStep {
        var step = FlowStep(id: id, name: id, kind: .returnStep, line: 80)
        step.returnType = type
        step.transitions = [arrow(response, id)]
        return step
    }

    /// A gated flow with one working step: nothing to find in it.
    static func flow(id: String = "flow-1", name: String = "Clean") -> FlowDocument {
        var flow = FlowDocument(id: id, name: name, path: "Content/Library/\(name).xml", kind: .flow, line: 2)
        flow.responses = [FlowResponse(name: "success", type: "RESOLVED", line: 5)]
        flow.inputs = [pass(kind: "userInputBinding", line: 4)]
        flow.inputs[0].toVariable = "sluicePass"
        flow.startStep = "gate"
        flow.startStepLine = 7
        flow.steps = [
            step(
                "gate", line: 10, calls: PackGate.flowID.uppercased(), arrow("proceed", "work"), arrow("held", "end"),
                arrow("rejected", "end"), arrow("unreachable", "end")),
            step("work", line: 20, calls: "op-1", arrow("success", "end")), end(),
        ]
        flow.steps[0].bindings = [pass(kind: "staticBinding", line: 11)]
        return flow
    }

    /// The pass as an input, or as what a gate step hands on.
    static func pass(kind: String, line: Int) -> FlowBinding {
        FlowBinding(name: "sluicePass", kind: kind, type: "ENCRYPTED", fromVariable: "sluicePass", line: line)
    }

    static func operation(id: String, responses: String...) -> FlowDocument {
        var operation = FlowDocument(id: id, name: id, path: "Content/Library/\(id).xml", kind: .operation, line: 3)
        operation.responses = responses.map { FlowResponse(name: $0, type: "RESOLVED") }
        return operation
    }

    static func cloudSlang() -> FlowDocument {
        var flow = FlowDocument(
            id: "my.space.tidy", name: "tidy", path: "Content/Library/my/space/tidy.sl", kind: .cloudSlangFlow, line: 2)
        flow.responses = ["SUCCESS", "FAILURE"].map { FlowResponse(name: $0, type: "") }
        flow.inputs = [FlowBinding(name: "sluicePass", kind: "input", type: "sensitive", line: 24)]
        flow.startStep = "ask"
        flow.steps = [
            step(
                "ask", line: 30, calls: PackGate.cloudSlangName, arrow("PROCEED", "look"), arrow("HELD", "FAILURE"),
                arrow("REJECTED", "FAILURE"), arrow("UNREACHABLE", "FAILURE")),
            step(
                "look", line: 40, calls: "my.space.look", arrow("SUCCESS", "SUCCESS"), arrow("FAILURE", "FAILURE"),
                arrow("ODD", "FAILURE")),
        ]
        flow.steps[0].bindings = [
            FlowBinding(
                name: "sluice_pass", kind: "argument", type: "sensitive",
                value: FlowValue("${get('sluicePass', '')}"), line: 31)
        ]
        return flow
    }

    /// The gate flows, what the clean flows call, and those: nothing to find.
    static func clean() -> LintInput {
        var gate = operation(id: PackGate.flowID, responses: "proceed", "held", "rejected", "unreachable")
        gate.path = "Content/Library/Gate.xml"
        gate.name = "Gate"
        var slangGate = cloudSlangOperation(
            id: PackGate.cloudSlangName, results: "PROCEED", "HELD", "REJECTED", "UNREACHABLE")
        slangGate.path = "Content/Library/maintenance_gate.sl"
        let documents = [
            gate, slangGate, operation(id: "op-1", responses: "success"), flow(), cloudSlang(),
            cloudSlangOperation(id: "my.space.look", results: "SUCCESS", "FAILURE", "ODD"),
        ]
        return LintInput(packs: [LintPack(pack: ContentPack(path: "packs/a.jar", name: "A"), documents: documents)])
    }

    private static func cloudSlangOperation(id: String, results: String...) -> FlowDocument {
        let name = id.split(separator: ".").last.map(String.init) ?? id
        var operation = FlowDocument(
            id: id, name: name, path: "Content/Library/my/space/\(name).sl", kind: .cloudSlangOperation, line: 1)
        operation.responses = results.map { FlowResponse(name: $0, type: "") }
        return operation
    }
}
