import SluiceContent

/// What each kind of step does.
extension FlowWalk {
    /// What was called gave.
    struct StepAnswer {
        var response: String
        /// Fields of `RAWRESULT`.
        var fields: [String: String]
        /// Fields of `AVAILABLE_RESULT`: for a sub-flow, its outputs.
        var available: [String: String] = [:]
    }

    mutating func visit(_ step: FlowStep, frame: inout FlowFrame) async throws(FlowFault) -> Next {
        let entry = try begin(step, frame: frame)
        switch step.kind {
        case .step where step.loop != nil: return try await transition(step, loop(step, entry: entry, frame: &frame))
        case .parallelMultiStep where frame.graph.isCloudSlang:
            return try await transition(step, parallelLoop(step, entry: entry, frame: &frame))
        case .step: trace[entry].response = try await call(step, entry: entry, frame: &frame)
        case .parallelMultiStep: trace[entry].response = try await branches(step, entry: entry, frame: &frame)
        case .multiInstanceStep: trace[entry].response = try await instances(step, entry: entry, frame: &frame)
        case .returnStep, .endBranchStep:
            let inputs = try bind(step, entry: entry, frame: &frame)
            // The branch's end passes its last results on to the container.
            try await finish(step, StepAnswer(response: "", fields: frame.last), inputs, entry: entry, frame: &frame)
            guard step.kind == .returnStep else {
                trace[entry].response = step.transitions.first?.response ?? "success"
                return .end(.branchEnded)
            }
            let response = try returned(step, document: frame.graph.document)
            trace[entry].response = response
            return .end(.returned(response: response, type: step.returnType ?? ""))
        }
        return try transition(step, trace[entry].response ?? "")
    }

    /// A return step's transitions name the flow's response (oo-content-pack.md section 3.3); without any, the flow's
    /// only response of its type is meant.
    private func returned(_ step: FlowStep, document: FlowDocument) throws(FlowFault) -> String {
        if let response = step.transitions.first?.response { return response }
        let ofType = document.responses.filter { $0.type == step.returnType }
        guard let response = ofType.first, ofType.count == 1 else {
            throw FlowFault(
                .unknownResponse, "the return step names no response of the flow; give it its transition `return`")
        }
        return response.name
    }

    /// Goes on by the response; with `isSingleResponse` by the one transition, whatever it is (section 3.1).
    private func transition(_ step: FlowStep, _ response: String) throws(FlowFault) -> Next {
        if step.isSingleResponse, let only = step.transitions.first { return .step(only.destination) }
        if let taken = step.transitions.first(where: { $0.response == response }) { return .step(taken.destination) }
        let known = step.transitions.map(\.response)
        let list = known.isEmpty ? "none" : known.map { shown($0, charactersMax: 40) }.joined(separator: ", ")
        var fault = FlowFault(
            .unknownResponse,
            "answered \(shown(response, charactersMax: 40)), for which it has no transition (it has: \(list)); "
                + "add the transition or mend the answer")
        fault.response = response
        fault.transitions = known
        throw fault
    }

    /// Binds, calls, runs the scriptlet, assigns; answers the response.
    private mutating func call(
        _ step: FlowStep, entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) -> String {
        let inputs = try bind(step, entry: entry, frame: &frame)
        let answer = try await answer(step, inputs: inputs, frame: &frame)
        return try await finish(step, answer, inputs, entry: entry, frame: &frame)
    }

    /// The scriptlet and the assignments; answers the response by which to go on.
    @discardableResult
    mutating func finish(
        _ step: FlowStep, _ answer: StepAnswer, _ inputs: [String: String], entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) -> String {
        var answer = answer
        if step.kind == .step { note(answer, of: step.called, at: entry) }
        try await runScript(step, &answer, inputs, entry: entry, frame: &frame)
        frame.last = answer.fields
        if frame.graph.isCloudSlang {
            try publish(step, answer, inputs, entry: entry, frame: &frame)
            return answer.response
        }
        for assignment in step.assignments {
            let place = FlowPlace(step.id, assignment.target)
            var value = value(of: assignment.expression, in: answer, inputs, entry: entry)
            value = try await filtered(value, assignment.expression, place, entry: entry)
            if assignment.isOutput {
                try frame.setOutput(assignment.target, to: value, appends: assignment.appends, limits: limits)
            } else {
                try frame.set(assignment.target, to: value, appends: assignment.appends, limits: limits)
            }
        }
        return answer.response
    }

    private mutating func runScript(
        _ step: FlowStep, _ answer: inout StepAnswer, _ inputs: [String: String], entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) {
        guard let script = runner.scripts[step.id] else {
            guard step.hasScriptlet else { return }
            return try passOver("has a scriptlet", entry: entry)
        }
        var context = FlowScriptContext(
            variables: frame.variables, results: answer.fields, response: answer.response, inputs: inputs,
            seconds: seconds)
        do { try await script(&context) } catch { throw .thrown(error, by: "the script") }
        try frame.replaceVariables(context.variables, limits: limits)
        answer.fields = context.results
        answer.response = context.response
    }

    private mutating func passOver(_ what: String, entry: Int?) throws(FlowFault) {
        guard runner.unscripted == .skip else {
            throw FlowFault(.notRunnable, "\(what), which cannot be run here; give the runner a script in its place")
        }
        if let entry { trace[entry].isUnscripted = true }
    }

    /// What an expression takes, before its filters; a field that is not there is empty and noted.
    private mutating func value(
        of expression: FlowExpression, in answer: StepAnswer, _ inputs: [String: String], entry: Int?
    ) -> String {
        let field = expression.field
        let value =
            switch expression.source {
            case "INPUT": inputs[field]
            case "AVAILABLE_RESULT": answer.available[field] ?? answer.fields[field]
            default: answer.fields[field] ?? answer.available[field]
            }
        if value == nil { noteMissing(field, at: entry) }
        return value ?? ""
    }

    private mutating func filtered(
        _ value: String, _ expression: FlowExpression, _ place: FlowPlace, entry: Int?
    ) async throws(FlowFault) -> String {
        if let filter = runner.filters[place] {
            do { return try await filter(value) } catch {
                throw .thrown(error, by: "the filter of \(shown(place.name))")
            }
        }
        guard !expression.filters.isEmpty else { return value }
        try passOver(
            "filters \(shown(place.name)) by \(expression.filters.map { shown($0) }.joined(separator: ", "))",
            entry: entry)
        return value
    }

    /// What a flow gives to its caller; a raw result of a flow is a field that its steps set as output.
    mutating func outputs(of frame: FlowFrame) async throws(FlowFault) -> [String: String] {
        if frame.graph.isCloudSlang { return try publishedOutputs(of: frame) }
        let document = frame.graph.document
        var outputs: [String: String] = [:]
        for expression in document.outputs {
            let answer = StepAnswer(response: "", fields: frame.outputs, available: outputs)
            let value = value(of: expression, in: answer, frame.inputs, entry: nil)
            outputs[expression.name] = try await filtered(
                value, expression, FlowPlace(document.id, expression.name), entry: nil)
        }
        return outputs
    }
}
