import SluiceContent

/// Who answers for what a step calls.
extension FlowWalk {
    /// An entry of the table, which stands in for a flow too; a flow of the library; what an operation of the library
    /// is a copy of; and at last the table's fallback.
    mutating func answer(
        _ step: FlowStep, inputs: [String: String], frame: inout FlowFrame
    ) async throws(FlowFault) -> StepAnswer {
        guard let called = step.called else {
            throw FlowFault(.unknownOperation, "calls nothing; name the operation or flow it calls")
        }
        let graph = runner.library.graph(called)
        if let graph, graph.document.kind != .flow, graph.document.kind != .cloudSlangFlow {
            return try await copy(graph, step, inputs, frame: &frame)
        }
        if let operation = runner.operations[called] {
            return try await perform(operation, called, step, inputs, frame: &frame)
        }
        guard let graph else { return try await fallBack(called, step, inputs, frame: &frame) }
        let answer = try await run(graph, inputs: inputs, depth: frame.depth + 1)
        return StepAnswer(response: answer.end.response, fields: answer.fields, available: answer.end.outputs)
    }

    /// An operation of the library: its own constants for what the step does not bind, and the work of its original.
    private mutating func copy(
        _ graph: FlowGraph, _ step: FlowStep, _ inputs: [String: String], frame: inout FlowFrame
    ) async throws(FlowFault) -> StepAnswer {
        var inputs = inputs
        var graph = graph
        for _ in 0..<limits.depthMax {
            let id = graph.document.id
            var own = FlowFrame(graph: graph, depth: frame.depth)
            try bindInputs(given: inputs, frame: &own)
            inputs = own.inputs
            if let operation = runner.operations[id] {
                return try await perform(operation, id, step, inputs, frame: &frame)
            }
            if let script = graph.document.python, let python = runner.python {
                return try await perform(python, script.exposed, own)
            }
            let original = graph.document.softCopyOf ?? id
            guard original != id, let next = runner.library.graph(original) else {
                if let operation = runner.operations[original] {
                    return try await perform(operation, original, step, inputs, frame: &frame)
                }
                return try await fallBack(original, step, inputs, frame: &frame)
            }
            graph = next
        }
        throw .limit("operations are soft copies of each other more often", limits.depthMax, "look for a circle")
    }

    private mutating func fallBack(
        _ called: String, _ step: FlowStep, _ inputs: [String: String], frame: inout FlowFrame
    ) async throws(FlowFault) -> StepAnswer {
        let unknown = FlowFault(
            .unknownOperation,
            "calls \(shown(called)), for which nobody answers; add it to the operation table or the library")
        guard let fallback = runner.operations.fallback else { throw unknown }
        return try await perform(
            { call in
                guard let answer = try await fallback(call) else { throw unknown }
                return answer
            }, called, step, inputs, frame: &frame)
    }

    private mutating func perform(
        _ operation: OperationTable.Operation, _ called: String, _ step: FlowStep, _ inputs: [String: String],
        frame: inout FlowFrame
    ) async throws(FlowFault) -> StepAnswer {
        let call = OperationCall(
            operation: called, step: step.id, inputs: inputs, responses: step.transitions.map(\.response),
            variables: frame.variables, memory: frame.memory[step.id], seconds: seconds)
        let answer: OperationAnswer
        do {
            answer = try await operation(call)
        } catch let fault as FlowFault {
            throw fault
        } catch is CancellationError {
            throw FlowFault(.cancelled, "the run was cancelled; start it again")
        } catch {
            throw .thrown(error, by: "the operation \(shown(called))")
        }
        frame.memory[step.id] = answer.memory
        sleep(answer.sleptSeconds)
        for name in answer.variables.keys.sorted() {
            try frame.set(name, to: answer.variables[name] ?? "", limits: limits)
        }
        return StepAnswer(response: answer.response, fields: answer.results)
    }
}
