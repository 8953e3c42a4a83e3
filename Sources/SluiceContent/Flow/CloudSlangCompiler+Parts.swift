import Yams

/// Inputs, outputs, results and the action.
extension CloudSlangCompiler {
    private static let actionKeys: [(key: String, keys: Set<String>, required: [String])] = [
        ("java_action", ["gav", "class_name", "method_name"], ["class_name", "method_name"]),
        ("python_action", ["script", "use_jython", "dependencies"], ["script"]),
        ("sequential_action", ["gav", "steps", "skills", "settings", "external"], []),
    ]

    mutating func readParts(of body: Node, into document: inout FlowDocument) {
        document.inputs = readInputs(body["inputs"])
        let open = Set(document.inputs.filter { $0.kind != "private" }.map { $0.name.lowercased() })
        let isSequential = body["sequential_action"] != nil
        let outputKeys: Set<String> = isSequential ? ["value", "sensitive", "robot"] : ["value", "sensitive"]
        var seen: Set<String> = []
        for (name, key, value) in entries(body["outputs"], of: "outputs") {
            checkName(name, as: .variable, key)
            checkUnique(name, among: &seen, "output", key)
            if open.contains(name.lowercased()) {
                fail("input-output", "\(shown(name)) is an input and an output; rename one or make it private", key)
            }
            if let value { checkValue(value, keys: outputKeys, of: "output \(shown(name))") }
            let field = expression(value, name: name, key: "value")
            let isSecret = value?["sensitive"]?.isTrue == true
            document.outputs.append(FlowExpression(name: name, field: field, isSecret: isSecret))
        }
        document.responses = readResults(body["results"], kind: document.kind, body)
    }

    /// What an entry's value is, as written; an entry without one takes the variable of its name.
    func expression(_ value: Node?, name: String, key: String) -> String {
        value?.scalar?.string ?? value?[key]?.scalar?.string ?? "${\(name)}"
    }

    private mutating func readInputs(_ node: Node?) -> [FlowBinding] {
        var seen: Set<String> = []
        var inputs: [FlowBinding] = []
        for (name, key, value) in entries(node, of: "inputs") {
            checkName(name, as: .variable, key)
            checkUnique(name, among: &seen, "input", key)
            var input = FlowBinding(
                name: name, kind: "input", type: "string", isRequired: true, line: key.mark?.line ?? 1)
            if let value {
                if value.isEmptyValue {
                    fail("value", "the input \(shown(name)) has no value; drop the colon or write one", key)
                }
                checkValue(
                    value, keys: ["required", "default", "private", "sensitive", "prompt"], of: "input \(shown(name))")
                let constant = value.mapping == nil ? value : value["default"]
                input.value = constant.flatMap { $0.isEmptyValue ? nil : $0.scalar.map { FlowValue($0.string) } }
                input.isRequired = value["required"].map(\.isTrue) ?? true
                if value["sensitive"]?.isTrue == true { input.type = "sensitive" }
                if constant != nil { input.kind = "default" }
                input.prompt = prompt(value)
                if value["private"]?.isTrue == true {
                    input.kind = "private"
                    let isUnset = constant?.scalar?.string.isEmpty ?? true
                    if isUnset && input.isRequired {
                        fail("private", "the private input \(shown(name)) has no default; write `default:`", key)
                    }
                }
            }
            inputs.append(input)
        }
        return inputs
    }

    /// A value must be a text or a mapping of the keys known there, each of the right type.
    mutating func checkValue(_ node: Node, keys: Set<String>, of what: String) {
        if let mapping = node.mapping {
            checkKeys(node, allowed: keys, of: what, isValue: true)
            for (key, value) in mapping {
                let name = key.scalar?.string ?? ""
                if ["required", "private", "sensitive", "robot"].contains(name), !value.isTruthValue {
                    fail("value", "`\(name)` of the \(what) is not true or false; write one of them", value)
                }
                if ["default", "value"].contains(name), !value.isText, !value.isEmptyValue {
                    fail("value", "`\(name)` of the \(what) is not a text; put it in quotes", value)
                }
            }
        } else if !node.isText && !node.isEmptyValue {
            fail("value", "the value of the \(what) is not a text; put it in quotes", node)
        }
    }

    private mutating func readResults(_ node: Node?, kind: PackFlow.Kind, _ body: Node) -> [FlowResponse] {
        guard let node, !node.isEmptyValue else {
            if kind == .cloudSlangDecision {
                fail("results", "the decision has no results; write `results:` with the last one as default", body)
            }
            let names =
                kind == .cloudSlangFlow ? ["SUCCESS", "FAILURE"] : kind == .cloudSlangOperation ? ["SUCCESS"] : []
            return names.map {
                FlowResponse(name: $0, type: "", isDefault: kind != .cloudSlangFlow, line: body.mark?.line ?? 1)
            }
        }
        // The robot of a sequential action says which result holds; all others go by their expressions.
        let isConditional = kind != .cloudSlangFlow && body["sequential_action"] == nil
        var seen: Set<String> = []
        let list = entries(node, of: "results", sharing: true)
        var results: [FlowResponse] = []
        for (index, (name, key, value)) in list.enumerated() {
            checkName(name, as: .plain, key)
            checkUnique(name, among: &seen, "result", key)
            if name.lowercased() == "on_failure" {
                fail("on-failure", "a result may not be called on_failure; rename it", key)
            }
            let isLast = index == list.count - 1
            if kind == .cloudSlangFlow, value != nil {
                fail("results", "the flow's result \(shown(name)) has an expression; write the name alone", key)
            } else if isConditional, !isLast, value == nil || value?.isTrue == true {
                fail("results", "the result \(shown(name)) always holds; write what follows before it", key)
            }
            if isConditional, isLast, let value, !value.isTrue {
                fail("results", "the last result \(shown(name)) has an expression; write the name alone", key)
            }
            results.append(
                FlowResponse(
                    name: name, type: "", isDefault: kind != .cloudSlangFlow && isLast,
                    condition: isConditional && !isLast ? value?.scalar?.string : nil, line: key.mark?.line ?? 1))
        }
        return results
    }

    /// The script of a Python action that Jython does not run.
    func readPython(_ body: Node) -> FlowValue? {
        guard let action = body["python_action"], action["use_jython"]?.isTruthValue == true,
            action["use_jython"]?.isTrue == false
        else { return nil }
        return action["script"]?.scalar.map { FlowValue($0.string) }
    }

    /// The plugin of a Java or sequential action; nil for Python.
    mutating func readAction(_ body: Node) -> FlowPlugin? {
        let present = Self.actionKeys.filter { body[$0.key] != nil }
        guard present.count == 1, let (key, keys, required) = present.first, let action = body[key] else {
            fail("action", "the operation has \(present.count) actions; write one java_action or python_action", body)
            return nil
        }
        guard action.mapping != nil else {
            fail("action", "`\(key)` is not a mapping; write its keys below it, without `- `", action)
            return nil
        }
        checkKeys(action, allowed: keys, of: "`\(key)`")
        for name in required where action[name]?.scalar?.string.isEmpty ?? true {
            fail("action", "`\(key)` has no `\(name)`; write it", action)
        }
        guard key != "python_action", let gav = action["gav"]?.scalar?.string else { return nil }
        let parts = gav.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
            fail("gav", "the gav \(shown(gav)) is not group:artifact:version; write the three parts", action)
            return nil
        }
        let names = [action["class_name"], action["method_name"]].compactMap { $0?.scalar?.string }
        return FlowPlugin(
            groupID: parts[0], artifactID: parts[1], version: parts[2], actionName: names.joined(separator: "."))
    }
}
