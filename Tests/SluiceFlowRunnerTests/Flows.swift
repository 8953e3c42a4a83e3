import SluiceContent
import SluiceFlowRunner

// Documents of our own, built in code: `A` calls the operation `op:A` and so on.

func flow(
    id: String = "flow", inputs: [FlowBinding] = [], responses: [(String, String)] = [("success", "RESOLVED")],
    outputs: [FlowExpression] = [], start: String? = nil, _ steps: [FlowStep]
) -> FlowDocument {
    var document = FlowDocument(id: id, name: id, path: "Content/Library/\(id).xml", kind: .flow)
    document.inputs = inputs
    document.responses = responses.map { FlowResponse(name: $0.0, type: $0.1) }
    document.outputs = outputs
    document.startStep = start ?? steps.first?.id
    document.steps = steps
    return document
}

func step(
    _ id: String, calls: String? = nil, _ bindings: [FlowBinding] = [], set: [FlowAssignment] = [],
    to transitions: KeyValuePairs<String, String> = ["success": "end"]
) -> FlowStep {
    var step = FlowStep(id: id, name: "Step \(id)", kind: .step)
    step.called = calls ?? "op:\(id)"
    step.bindings = bindings
    step.assignments = set
    step.transitions = transitions.map { FlowTransition(response: $0.key, name: $0.key, destination: $0.value) }
    return step
}

func end(_ id: String = "end", response: String = "success", type: String = "RESOLVED") -> FlowStep {
    var step = FlowStep(id: id, name: "Return \(id)", kind: .returnStep)
    step.returnType = type
    step.transitions = [FlowTransition(response: response, name: "return", destination: id)]
    return step
}

func endBranch(_ id: String, set: [FlowAssignment] = []) -> FlowStep {
    var step = FlowStep(id: id, name: "End \(id)", kind: .endBranchStep)
    step.transitions = [FlowTransition(response: "success", name: "success", destination: id)]
    step.assignments = set
    return step
}

func container(
    _ id: String, _ kind: FlowStep.Kind, starts: [String], _ steps: [FlowStep], bindings: [FlowBinding] = [],
    set: [FlowAssignment] = [], to next: String = "end"
) -> FlowStep {
    var step = FlowStep(id: id, name: "Container \(id)", kind: kind)
    step.startSteps = starts
    step.steps = steps
    step.bindings = bindings
    step.assignments = set
    step.isSingleResponse = kind == .multiInstanceStep
    step.transitions = [FlowTransition(response: "done", name: "done", destination: next)]
    return step
}

/// A constant input; `from` names a variable that goes before it, `to` one that keeps it.
func input(
    _ name: String, _ value: String? = nil, from: String? = nil, to: String? = nil, type: String = "STRING",
    isRequired: Bool = false, list: String? = nil
) -> FlowBinding {
    FlowBinding(
        name: name, kind: "staticBinding", type: type, isRequired: isRequired, value: value.map { FlowValue($0) },
        fromVariable: from, toVariable: to, listDelimiter: list)
}

/// An input of a flow that is taken from the caller and kept under its name.
func flowInput(_ name: String, _ value: String? = nil, type: String = "STRING", isRequired: Bool = false) -> FlowBinding
{
    input(name, value, from: name, to: name, type: type, isRequired: isRequired)
}

func assign(
    _ target: String, _ field: String, _ source: String = "RAWRESULT", isOutput: Bool = false, appends: Bool = false,
    filters: [String] = []
) -> FlowAssignment {
    FlowAssignment(
        target: target, isOutput: isOutput, appends: appends,
        expression: FlowExpression(name: field, field: field, source: source, filters: filters))
}

/// Answers a constant response for each operation.
func answering(_ responses: [String: String]) -> OperationTable {
    OperationTable(responses.mapValues { response in { @Sendable _ in OperationAnswer(response) } })
}

/// An operation `op:echo` whose result fields are its inputs.
func echo(_ response: String = "success") -> OperationTable.Operation {
    { call in OperationAnswer(response, results: call.inputs) }
}

extension FlowRun {
    /// Ids of the visited steps.
    var path: [String] { trace.map(\.step) }

    /// The traced value of an input; nil when it is not there or a secret.
    func traced(_ step: String, _ input: String) -> String? {
        trace.last { $0.step == step }?.inputs.first { $0.name == input }?.value?.exposed
    }
}

extension FlowRun.Outcome {
    var outputs: [String: String] {
        guard case .ended(let end) = self else { return [:] }
        return end.outputs
    }
}
