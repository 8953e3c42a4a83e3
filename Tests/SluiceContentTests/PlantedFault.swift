import SluiceContent
import Testing

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
            $0.steps[0].bindings.append(
                FlowBinding(name: "flowId", kind: "staticBinding", value: FlowValue("flow-of-old"), line: 12))
        },
        inSlang("OO104", line: 32) {
            $0.steps[0].bindings.append(
                FlowBinding(name: "flow_id", kind: "argument", value: FlowValue("my.space.old"), line: 32))
        },
        PlantedFault(code: "OO105", line: 21) {
            var called = LintFixtures.flow(id: "flow-2", name: "Called")
            called.steps[1].called = "op-1"
            $0.packs[0].documents.append(called)
            $0.packs[0].documents[3].steps[1].called = "FLOW-2"
        },
        inFlow("OO106", line: 95) { $0.steps[0].transitions[1] = LintFixtures.arrow("held", "work", line: 95) },
        inFlow("OO106", line: 96) { $0.steps[0].transitions[2] = LintFixtures.arrow("rejected", "work", line: 96) },
        inFlow("OO106", line: 10) {
            $0.steps[0].isSingleResponse = true
            $0.steps[0].transitions = [LintFixtures.arrow("done", "work")]
        },
        inFlow("OO106", line: 10) { $0.steps[0].isNonBlocking = true },
        inSlang("OO106", line: 97) { $0.steps[0].transitions[1] = LintFixtures.arrow("HELD", "look", line: 97) },
        inFlow("OO107", line: 2) { $0.inputs = [] },
        inFlow("OO107", line: 4) { $0.inputs[0].type = "STRING" },
        inFlow("OO107", line: 10) { $0.steps[0].bindings = [] },
        inFlow("OO107", line: 11) {
            $0.steps[0].bindings[0].fromVariable = nil
            $0.steps[0].bindings[0].value = FlowValue("constant")
        },
        inSlang("OO107", line: 2) { $0.inputs = [] },
        inSlang("OO107", line: 30) { $0.steps[0].bindings = [] },
        inFlow("OO108", line: 26) {
            $0.steps[1].bindings = [FlowBinding(name: "who", kind: "loggedUserIdentityBinding", line: 26)]
        },
        inSlang("OO108", line: 42) {
            $0.steps[1].bindings = [
                FlowBinding(name: "who", kind: "argument", value: FlowValue("${get_user_id()}"), line: 42)
            ]
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
            $0.inputs.append(
                FlowBinding(
                    name: "key", kind: "staticBinding", type: "ENCRYPTED", value: FlowValue(LintFixtures.secret),
                    line: 15))
        },
        inFlow("OO502", line: 25) {
            $0.steps[1].bindings = [
                FlowBinding(
                    name: "Proxy_API-Key", kind: "staticBinding", value: FlowValue(LintFixtures.secret), line: 25)
            ]
        },
        PlantedFault(code: "OO503", line: 9) {
            var item = PackItem(
                kind: "cloudslang-properties", id: "my.space", name: "own.prop.sl", path: "Content/own.prop.sl")
            item.clearSecrets = [PackClearSecret(name: "code", isMarked: true, line: 9)]
            $0.packs[0].pack.items = [item]
        },
        PlantedFault(code: "OO601", line: 1) { $0.packs[0].pack.signatures = ["META-INF/OWN.RSA"] },
    ]
}
