import Yams

/// The steps of a flow before their transitions are known.
struct CloudSlangGraph {
    var steps: [FlowStep] = []
    /// `navigate` of each step.
    var navigates: [Node?] = []
    /// Index of the step of `on_failure`.
    var onFailure: Int?

    mutating func add(_ step: FlowStep, navigate: Node?, isOnFailure: Bool) {
        if isOnFailure { onFailure = steps.count }
        steps.append(step)
        navigates.append(navigate)
    }
}

/// Navigation made explicit, and what it does not reach.
extension CloudSlangCompiler {
    private static let success = "SUCCESS"
    private static let failure = "FAILURE"

    mutating func finish(_ graph: inout CloudSlangGraph, into document: inout FlowDocument, _ workflow: Node) {
        let results = Set(document.responses.map(\.name))
        if graph.steps.isEmpty || graph.onFailure == 0 {
            fail("workflow", "the workflow has no step before on_failure; write one", workflow)
        }
        for index in graph.steps.indices {
            let navigate = index == graph.onFailure ? nil : graph.navigates[index]
            graph.steps[index].transitions =
                navigate.map { explicit($0, results: results, graph: graph) } ?? implicit(index, graph: graph)
        }
        for step in graph.steps where results.contains(step.name) {
            at("collision", "\(shown(step.name)) is a step and a result; rename one", step.line)
        }
        checkReach(graph, document)
        document.steps = graph.steps
        document.startStep = graph.steps.first?.id
        document.startStepLine = graph.steps.first?.line
    }

    private mutating func at(_ code: String, _ message: String, _ line: Int) {
        diagnostics.append(ContentError("cloudslang-\(code)", message, file: file, line: line))
    }

    /// SUCCESS goes to the next step or the result, FAILURE to on_failure's step or the result.
    private func implicit(_ index: Int, graph: CloudSlangGraph) -> [FlowTransition] {
        let line = graph.steps[index].line
        let isOnFailure = index == graph.onFailure
        let next = index + 1 < graph.steps.count && index + 1 != graph.onFailure ? graph.steps[index + 1].id : nil
        let failed = graph.onFailure.map { graph.steps[$0].id } ?? Self.failure
        return [
            FlowTransition(
                response: Self.success, name: Self.success,
                destination: isOnFailure ? Self.failure : next ?? Self.success, line: line),
            FlowTransition(
                response: Self.failure, name: Self.failure, destination: isOnFailure ? Self.failure : failed,
                line: line),
        ]
    }

    private mutating func explicit(_ node: Node, results: Set<String>, graph: CloudSlangGraph) -> [FlowTransition] {
        var seen: Set<String> = []
        let names = Set(graph.steps.map(\.name))
        return entries(node, of: "navigation rules").compactMap { name, key, value in
            checkName(name, as: .plain, key)
            checkUnique(name, among: &seen, "navigation rule", key)
            // Beside `next_step` a rule may carry options, such as ROI, that the compiler keeps as they are.
            guard let value = value?["next_step"] ?? value, value.isText, let target = value.scalar?.string else {
                fail("navigation", "the rule \(shown(name)) leads nowhere; name a step or a result", key)
                return nil
            }
            var destination = target
            if target == "on_failure" {
                destination = graph.onFailure.map { graph.steps[$0].id } ?? Self.failure
            } else if !names.contains(target) && !results.contains(target) {
                fail("navigation", "there is no step or result \(shown(target)); write it or lead elsewhere", value)
            }
            return FlowTransition(
                response: name, name: name, destination: destination, line: key.mark?.line ?? 1)
        }
    }

    /// Every step must be reached, and every result of the flow (cloud-slang, `PreCompileValidatorImpl`).
    private mutating func checkReach(_ graph: CloudSlangGraph, _ document: FlowDocument) {
        guard let first = graph.steps.first else { return }
        let indices = Dictionary(graph.steps.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { old, _ in old })
        var reached: Set<String> = [first.name]
        var pending = [0]
        while let index = pending.popLast() {
            let step = graph.steps[index]
            for transition in step.transitions where reached.insert(transition.destination).inserted {
                if let next = indices[transition.destination] {
                    pending.append(next)
                } else if transition.line == step.line, index != graph.onFailure,
                    !document.responses.contains(where: { $0.name == transition.destination })
                {
                    // Written navigation is checked where it is read; this is what stands in for it.
                    at(
                        "navigation",
                        "step \(shown(step.name)) has no `navigate`, so \(transition.response) leads to the result "
                            + "\(transition.destination), which the flow does not have; write one of them", step.line)
                }
            }
        }
        for (index, step) in graph.steps.enumerated() where !reached.contains(step.name) {
            let what = index == graph.onFailure ? "step of on_failure," : "step"
            at("unreachable", "nothing leads to the \(what) \(shown(step.name)); lead to it or drop it", step.line)
        }
        for result in document.responses where !reached.contains(result.name) {
            // The default results need not both occur.
            guard result.line != document.line else { continue }
            at("unreachable", "no step leads to the result \(shown(result.name)); lead to it or drop it", result.line)
        }
        if let index = graph.onFailure, reached.contains(graph.steps[index].name),
            !document.responses.contains(where: { $0.name == Self.failure })
        {
            let step = graph.steps[index]
            at("on-failure", "on_failure ends the flow with FAILURE; add it to the results", step.line)
        }
    }
}
