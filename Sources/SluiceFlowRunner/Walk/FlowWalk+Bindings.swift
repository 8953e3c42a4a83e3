import SluiceContent

/// Where values come from (oo-content-pack.md section 4.1).
///
/// Inferred, because no document says it: a variable that is there but empty gives way to the constant; a name that
/// nothing knows is substituted by nothing; what is substituted is not looked at again.
extension FlowWalk {
    /// Binds the inputs of a step in order; a later one may use an earlier one, as Studio's own steps do.
    mutating func bind(_ step: FlowStep, entry: Int, frame: inout FlowFrame) throws(FlowFault) -> [String: String] {
        if frame.graph.isCloudSlang { return try bindArguments(step, entry: entry, frame: frame) }
        var inputs: [String: String] = [:]
        for binding in step.bindings {
            let value = try value(of: binding, place: FlowPlace(step.id, binding.name), inputs, entry: entry, frame)
            guard let value else {
                if binding.isRequired { throw missing(binding.name) }
                continue
            }
            inputs[binding.name] = value
            note(binding, value, at: entry)
            if let kept = binding.toVariable { try frame.set(kept, to: value, limits: limits) }
        }
        return inputs
    }

    /// Binds the inputs of a flow or operation: what the caller gives counts before its own constants.
    mutating func bindInputs(given: [String: String], frame: inout FlowFrame) throws(FlowFault) {
        if frame.graph.isCloudSlang { return try bindCloudSlangInputs(given: given, frame: &frame) }
        let document = frame.graph.document
        for binding in document.inputs {
            var value = given[binding.name] ?? binding.fromVariable.flatMap { given[$0] }
            if value?.isEmpty ?? true {
                let place = FlowPlace(document.id, binding.name)
                value = try self.value(of: binding, place: place, frame.inputs, entry: nil, frame) ?? value
            }
            guard let value else {
                if binding.isRequired { throw missing(binding.name) }
                continue
            }
            frame.inputs[binding.name] = value
            if let kept = binding.toVariable { try frame.set(kept, to: value, limits: limits) }
        }
        // An operation is given also what it does not declare: the step's author bound it.
        for name in given.keys.sorted() where frame.inputs[name] == nil { frame.inputs[name] = given[name] }
    }

    func missing(_ name: String) -> FlowFault {
        FlowFault(.missingInput, "the required input \(shown(name)) has no value; give the launch or the runner one")
    }

    private mutating func value(
        of binding: FlowBinding, place: FlowPlace, _ inputs: [String: String], entry: Int?, _ frame: FlowFrame
    ) throws(FlowFault) -> String? {
        var known: String?
        if let name = binding.fromVariable {
            known = frame.variables[name] ?? runner.systemProperties[name]
            if let known, !known.isEmpty { return known }
        }
        if let constant = binding.value {
            return try substituted(constant.exposed, inputs, entry: entry, frame)
        }
        if let supplied = runner.supplied[place] { return supplied.exposed }
        if binding.kind == "resultBinding" { return frame.last["returnResult"] ?? frame.last["Result"] ?? known }
        if known == nil, let name = binding.fromVariable { noteMissing(name, at: entry) }
        return known
    }

    /// Puts variables, system properties or earlier inputs in the place of every `${name}`.
    private mutating func substituted(
        _ text: String, _ inputs: [String: String], entry: Int?, _ frame: FlowFrame
    ) throws(FlowFault) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        for part in FlowTemplate.parts(of: text) {
            switch part {
            case .text(let text): result += text
            case .variable(let name):
                let value = frame.variables[name] ?? runner.systemProperties[name] ?? inputs[name]
                if value == nil { noteMissing(name, at: entry) }
                result += value ?? ""
            }
            guard result.utf8.count <= limits.valueBytesMax else {
                throw .limit("a bound value has more bytes", limits.valueBytesMax, "look for a loop that makes it grow")
            }
        }
        return result
    }
}

/// A constant with `${name}` in it.
enum FlowTemplate {
    enum Part: Equatable {
        case text(Substring)
        case variable(String)
    }

    /// The parts in order; a `${` that is never closed is text.
    static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        var start = rest.startIndex
        while let dollar = rest.utf8[start...].firstIndex(of: UInt8(ascii: "$")) {
            let open = rest.utf8.index(after: dollar)
            guard open < rest.endIndex, rest.utf8[open] == UInt8(ascii: "{") else {
                start = open
                continue
            }
            guard let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: "}")) else { break }
            if rest.startIndex < dollar { parts.append(.text(rest[..<dollar])) }
            parts.append(.variable(String(rest[rest.utf8.index(after: open)..<close])))
            rest = rest[rest.utf8.index(after: close)...]
            start = rest.startIndex
        }
        if !rest.isEmpty { parts.append(.text(rest)) }
        return parts
    }
}
