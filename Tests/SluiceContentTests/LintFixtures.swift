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
        flow.startStep = "gate"
        flow.startStepLine = 7
        flow.steps = [
            step("gate", line: 10, calls: "gate-copy", arrow("proceed", "work"), arrow("held", "end")),
            step("work", line: 20, calls: "op-1", arrow("success", "end")), end(),
        ]
        flow.steps[0].called = PackGate.flowID.uppercased()
        return flow
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
        flow.startStep = "ask"
        flow.steps = [
            step("ask", line: 30, calls: PackGate.cloudSlangName, arrow("PROCEED", "look"), arrow("HELD", "FAILURE")),
            step(
                "look", line: 40, calls: "my.space.look", arrow("SUCCESS", "SUCCESS"), arrow("FAILURE", "FAILURE"),
                arrow("ODD", "FAILURE")),
        ]
        return flow
    }

    /// The gate flows, what the clean flows call, and those: nothing to find.
    static func clean() -> LintInput {
        var gate = operation(id: PackGate.flowID, responses: "proceed", "held")
        gate.path = "Content/Library/Gate.xml"
        gate.name = "Gate"
        var slangGate = cloudSlangOperation(id: PackGate.cloudSlangName, results: "PROCEED", "HELD")
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

/// A fault put into the clean packs, and the one place where its rule must find it.
struct PlantedFault: Sendable, CustomTestStringConvertible {
    let code: String
    let line: Int
    let plant: @Sendable (inout LintInput) -> Void

    var testDescription: String { "\(code) at \(line)" }

    /// A fault in the clean XML flow.
    static func inFlow(_ code: String, line: Int, _ change: @escaping @Sendable (inout FlowDocument) -> Void) -> Self {
        PlantedFault(code: code, line: line) { change(&$0.packs[0].documents[3]) }
    }

    /// A fault in the clean CloudSlang flow.
    static func inSlang(_ code: String, line: Int, _ change: @escaping @Sendable (inout FlowDocument) -> Void) -> Self {
        PlantedFault(code: code, line: line) { change(&$0.packs[0].documents[4]) }
    }

    static let all: [PlantedFault] = [
        inFlow("OO101", line: 2) { $0.steps[0].called = "op-1" },
        inFlow("OO102", line: 10) { $0.startStep = "work" },
        inFlow("OO103", line: 80) {
            $0.steps.append(LintFixtures.step("before", line: 60, calls: nil, LintFixtures.arrow("go", "gate")))
            $0.steps[3].transitions.append(LintFixtures.arrow("skip", "end"))
            $0.startStep = "before"
        },
        inFlow("OO104", line: 12) {
            $0.steps[0].bindings = [
                FlowBinding(name: "flowId", kind: "staticBinding", value: FlowValue("flow-of-old"), line: 12)
            ]
        },
        inSlang("OO104", line: 32) {
            $0.steps[0].bindings = [
                FlowBinding(name: "flow_id", kind: "argument", value: FlowValue("my.space.old"), line: 32)
            ]
        },
        PlantedFault(code: "OO105", line: 21) {
            var called = LintFixtures.flow(id: "flow-2", name: "Called")
            called.steps[1].called = "op-1"
            $0.packs[0].documents.append(called)
            $0.packs[0].documents[3].steps[1].called = "FLOW-2"
        },
        inFlow("OO201", line: 2) { $0.startStep = nil },
        inFlow("OO202", line: 7) { $0.startStep = "gone" },
        inFlow("OO203", line: 95) { $0.steps[1].transitions = [LintFixtures.arrow("success", "gone", line: 95)] },
        inFlow("OO204", line: 50) {
            $0.steps.append(LintFixtures.step("idle", line: 50, calls: nil, LintFixtures.arrow("success", "end")))
        },
        inFlow("OO205", line: 20) { $0.steps[1].called = LintFixtures.sleep },
        inFlow("OO206", line: 20) { $0.steps[1].transitions = [LintFixtures.arrow("success", "work")] },
        inFlow("OO301", line: 80) { $0.steps[2].returnType = "ERROR" },
        inFlow("OO302", line: 80) { $0.responses = [] },
        inFlow("OO303", line: 2) { $0.name = "Other" },
        inFlow("OO304", line: 50) {
            $0.steps.append(LintFixtures.step("WORK", line: 50, calls: nil, LintFixtures.arrow("success", "end")))
        },
        PlantedFault(code: "OO305", line: 2) {
            let pack = ContentPack(path: "tree", name: "B")
            $0.packs.append(LintPack(pack: pack, documents: [LintFixtures.flow(id: "FLOW-1")]))
        },
        inFlow("OO401", line: 21) { $0.steps[1].called = "op-gone" },
        inSlang("OO402", line: 41) { $0.steps[1].called = "my.space.gone" },
        inSlang("OO403", line: 40) { $0.steps[1].transitions.removeLast() },
        inFlow("OO404", line: 2) { $0.steps[1].called = "flow-1" },
        PlantedFault(code: "OO405", line: 40) {
            $0.packs[0].documents[5].inputs = [
                FlowBinding(name: "host", kind: "input", type: "string", isRequired: true)
            ]
        },
        PlantedFault(code: "OO406", line: 41) {
            $0.packs[0].documents[5].outputs = [FlowExpression(name: "Host", field: "${host}")]
            $0.packs[0].documents[4].steps[1].bindings = [
                FlowBinding(name: "host", kind: "argument", value: FlowValue("x"), line: 41)
            ]
        },
        inSlang("OO407", line: 90) { $0.steps[1].transitions.append(LintFixtures.arrow("GONE", "FAILURE")) },
        inSlang("OO407", line: 40) { $0.steps[1].loop = FlowLoop(variables: ["x"], list: "xs", breaks: ["GONE"]) },
        inFlow("OO501", line: 15) {
            $0.inputs = [
                FlowBinding(
                    name: "key", kind: "staticBinding", type: "ENCRYPTED", value: FlowValue(LintFixtures.secret),
                    line: 15)
            ]
        },
        inFlow("OO502", line: 25) {
            $0.steps[1].bindings = [
                FlowBinding(
                    name: "Proxy_API-Key", kind: "staticBinding", value: FlowValue(LintFixtures.secret), line: 25)
            ]
        },
        PlantedFault(code: "OO601", line: 1) { $0.packs[0].pack.signatures = ["META-INF/OWN.RSA"] },
    ]
}
