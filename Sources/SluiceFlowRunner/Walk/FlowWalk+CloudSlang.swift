import SluiceContent

/// What is different in CloudSlang: expressions, publishing and loops (CloudSlang DSL reference, "Contexts", `loop`).
extension FlowWalk {
    private static let success = "SUCCESS"
    private static let failure = "FAILURE"

    private func names(_ variables: [String: String]) -> CloudSlangExpression.Names {
        CloudSlangExpression.Names(
            variables: variables, systemProperties: runner.systemProperties, runID: runner.runID)
    }

    private func evaluated(_ body: String, _ variables: [String: String]) throws(FlowFault) -> CloudSlangValue {
        do throws(FlowFault) {
            return try CloudSlangExpression.evaluate(body, names(variables), limits: limits)
        } catch {
            guard error.code == .expression, let expressions = runner.expressions else { throw error }
            let answer: String?
            do { answer = try expressions(body, variables) } catch { throw .thrown(error, by: "`expressions`") }
            guard let answer else { throw error }
            return .text(answer)
        }
    }

    /// A value as written: an expression, or a literal that stands for itself. Nil for Python's `None`.
    private func value(_ text: String, _ variables: [String: String]) throws(FlowFault) -> String? {
        guard let body = CloudSlangExpression.body(of: text) else { return text }
        return try evaluated(body, variables).text
    }

    /// Arguments see the flow's variables and the arguments before them; one without a value is left unbound.
    mutating func bindArguments(
        _ step: FlowStep, entry: Int, frame: FlowFrame, loop: [String: String] = [:]
    ) throws(FlowFault) -> [String: String] {
        var known = frame.variables.merging(loop) { _, loop in loop }
        var inputs: [String: String] = [:]
        for binding in step.bindings {
            let value: String?
            if let written = binding.value {
                value = try self.value(written.exposed, known)
            } else {
                let name = binding.fromVariable ?? binding.name
                value = known[name]
                if value == nil { noteMissing(name, at: entry) }
            }
            guard let value else { continue }
            guard value.utf8.count <= limits.valueBytesMax else {
                throw .limit("a bound value has more bytes", limits.valueBytesMax, "look for a loop that makes it grow")
            }
            inputs[binding.name] = value
            known[binding.name] = value
            note(binding, value, at: entry)
        }
        return inputs
    }

    /// What the caller gives, else the default; a private input takes the default only, and a required one may not be
    /// empty.
    func bindCloudSlangInputs(given: [String: String], frame: inout FlowFrame) throws(FlowFault) {
        var known = given
        for binding in frame.graph.document.inputs {
            var value = binding.kind == "private" ? nil : given[binding.name]
            if value == nil, let written = binding.value { value = try self.value(written.exposed, known) }
            if binding.isRequired, value?.isEmpty ?? true { throw missing(binding.name) }
            known[binding.name] = value
            guard let value else { continue }
            frame.inputs[binding.name] = value
            try frame.set(binding.name, to: value, limits: limits)
        }
    }

    /// Publishing sees the callee's outputs, the step's arguments and what was published before it.
    mutating func publish(
        _ step: FlowStep, _ answer: StepAnswer, _ inputs: [String: String], entry: Int, frame: inout FlowFrame
    ) throws(FlowFault) {
        var known = inputs.merging(answer.fields) { _, field in field }.merging(answer.available) { _, output in output
        }
        for assignment in step.assignments {
            let written = assignment.expression.field
            let value: String?
            if let body = CloudSlangExpression.body(of: written), known[body.trimmed] == nil, body.trimmed.isPlainName {
                noteMissing(body.trimmed, at: entry)
                value = nil
            } else {
                value = try self.value(written, known)
            }
            known[assignment.target] = value ?? ""
            try frame.set(assignment.target, to: value ?? "", appends: assignment.appends, limits: limits)
        }
    }

    func publishedOutputs(of frame: FlowFrame) throws(FlowFault) -> [String: String] {
        var known = frame.variables
        var outputs: [String: String] = [:]
        for output in frame.graph.document.outputs {
            let value = try self.value(output.field, known) ?? ""
            outputs[output.name] = value
            known[output.name] = value
        }
        return outputs
    }

    /// Runs an operation's Python; outputs and results see its inputs and what the script returned, and the first
    /// result whose expression holds counts (CloudSlang DSL reference, "Contexts", `results`).
    func perform(_ python: FlowPython, _ script: String, _ frame: FlowFrame) async throws(FlowFault) -> StepAnswer {
        let document = frame.graph.document
        var inputs: [String: String?] = [:]
        for input in document.inputs { inputs.updateValue(frame.inputs[input.name], forKey: input.name) }
        let returned: [String: String]
        do {
            returned = try await python(script, inputs)
        } catch {
            throw .thrown(error, by: "the Python of \(shown(document.id))")
        }
        let known = frame.variables.merging(returned) { _, returned in returned }
        var outputs: [String: String] = [:]
        for output in document.outputs { outputs[output.name] = try value(output.field, known) }
        for result in document.responses {
            guard let condition = result.condition, let body = CloudSlangExpression.body(of: condition) else {
                return StepAnswer(response: result.name, fields: outputs)
            }
            if try evaluated(body, known).isTrue { return StepAnswer(response: result.name, fields: outputs) }
        }
        throw FlowFault(.unknownResponse, "ends with none of its results; write the last one without an expression")
    }

    // MARK: Loops

    /// Runs the step for each element until a result is among its breaks; each time is a visit of its own.
    mutating func loop(_ step: FlowStep, entry: Int, frame: inout FlowFrame) async throws(FlowFault) -> String {
        var entry = entry
        var response = Self.success
        for (index, variables) in try rounds(of: step, frame).enumerated() {
            if index > 0 { entry = try begin(step, frame: frame) }
            let inputs = try bindArguments(step, entry: entry, frame: frame, loop: variables)
            let answer = try await answer(step, inputs: inputs, frame: &frame)
            response = try await finish(step, answer, inputs, entry: entry, frame: &frame)
            trace[entry].response = response
            if step.loop?.breaks.contains(response) ?? false { break }
        }
        return response
    }

    /// Runs the step for each element in a context of its own; `SUCCESS` when all of them were.
    mutating func parallelLoop(_ step: FlowStep, entry: Int, frame: inout FlowFrame) async throws(FlowFault) -> String {
        guard step.assignments.isEmpty else {
            throw FlowFault(
                .expression,
                "publishes from branches_context, which is not known here; put the step in the table's hands")
        }
        var entry = entry
        var response = Self.success
        for (index, variables) in try rounds(of: step, frame).enumerated() {
            if index > 0 { entry = try begin(step, frame: frame) }
            var branch = frame.branch()
            try checkDepth(branch.depth)
            let inputs = try bindArguments(step, entry: entry, frame: branch, loop: variables)
            let answer = try await answer(step, inputs: inputs, frame: &branch)
            trace[entry].response = answer.response
            if answer.response != Self.success { response = Self.failure }
        }
        return response
    }

    /// The loop's variables for each round; one round without any where the document does not say what to go through.
    private func rounds(of step: FlowStep, _ frame: FlowFrame) throws(FlowFault) -> [[String: String]] {
        guard let loop = step.loop else { return [[:]] }
        guard let variable = loop.variables.first, loop.variables.count == 1 else {
            throw CloudSlangExpression.fault("goes through a map")
        }
        let body = CloudSlangExpression.body(of: loop.list) ?? loop.list
        guard let elements = try evaluated(body, frame.variables).elements, !elements.isEmpty else {
            throw CloudSlangExpression.fault("gives nothing to go through")
        }
        try checkBranches(elements.count)
        return elements.map { [variable: $0] }
    }
}

extension String {
    /// Whether it is one name and nothing else.
    fileprivate var isPlainName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 95
            } && !(48...57).contains(utf8.first ?? 48) && !["None", "True", "False", "run_id"].contains(self)
    }
}
