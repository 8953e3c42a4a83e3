import Yams

/// The steps of a workflow: what they call, with which arguments, and what they publish.
extension CloudSlangCompiler {
    private static let stepKeys: Set<String> = [
        "do", "do_external", "loop", "parallel_loop", "publish", "navigate", "worker_group", "robot_group",
    ]
    private static let callKeys = ["do", "do_external", "loop", "parallel_loop"]
    /// The compiler takes a loop's keys for the step's own, so its `navigate` may stand there, too
    /// (cloud-slang, `ExecutableBuilder.compileWorkFlow`).
    private static let loopKeys: Set<String> = [
        "for", "break", "do", "do_external", "publish", "navigate", "worker_group", "robot_group",
    ]
    private static let parallelLoopKeys: Set<String> = ["for", "do", "do_external", "worker_group", "max_throttle"]

    mutating func readWorkflow(_ body: Node, into document: inout FlowDocument) {
        guard let workflow = body["workflow"], !workflow.isEmptyValue else {
            fail("workflow", "the flow has no workflow; write `workflow:` with its steps", body)
            return
        }
        var graph = CloudSlangGraph()
        var seen: Set<String> = []
        let items = entries(workflow, of: "steps")
        for (index, (name, key, value)) in items.enumerated() {
            guard name == "on_failure" else {
                readStep(name, key, value, isOnFailure: false, seen: &seen, into: &graph)
                continue
            }
            if index < items.count - 1 {
                fail("on-failure", "on_failure is not the last step; move it to the end and write one only", key)
            }
            let inner = entries(value, of: "steps of on_failure")
            if inner.count != 1 {
                fail("on-failure", "on_failure has \(inner.count) steps; write exactly one", key)
            }
            for (name, key, value) in inner.prefix(graph.onFailure == nil ? 1 : 0) {
                readStep(name, key, value, isOnFailure: true, seen: &seen, into: &graph)
            }
        }
        finish(&graph, into: &document, workflow)
    }

    private mutating func readStep(
        _ name: String, _ key: Node, _ body: Node?, isOnFailure: Bool, seen: inout Set<String>,
        into graph: inout CloudSlangGraph
    ) {
        checkName(name, as: .plain, key)
        checkUnique(name, among: &seen, "step", key)
        if name.lowercased() == "on_failure" { fail("on-failure", "a step may not be called on_failure", key) }
        var step = FlowStep(id: name, name: name, kind: .step, line: key.mark?.line ?? 1)
        guard let body, body.mapping != nil else {
            fail("step", "the step \(shown(name)) is not a mapping; write `do:` below it, without `- `", key)
            graph.add(step, navigate: nil, isOnFailure: isOnFailure)
            return
        }
        checkKeys(body, allowed: Self.stepKeys, of: "step \(shown(name))")
        let calls = Self.callKeys.filter { body[$0] != nil }
        if calls.count != 1 {
            fail("step", "step \(shown(name)) has \(calls.count) of do, loop and parallel_loop; write one", key)
        }
        var publish = body["publish"]
        var navigate = body["navigate"]
        if let loop = body["loop"] {
            readLoop(loop, keys: Self.loopKeys, of: "loop", step: &step)
            publish = loop["publish"] ?? publish
            navigate = loop["navigate"] ?? navigate
        } else if let loop = body["parallel_loop"] {
            step.kind = .parallelMultiStep
            readLoop(loop, keys: Self.parallelLoopKeys, of: "parallel_loop", step: &step)
        } else if let call = body["do"] ?? body["do_external"] {
            readCall(call, isExternal: body["do"] == nil, step: &step)
        }
        readPublish(publish, step: &step)
        if isOnFailure, let navigate {
            fail("on-failure", "the step of on_failure has `navigate`; drop it, the flow ends with FAILURE", navigate)
        }
        graph.add(step, navigate: navigate, isOnFailure: isOnFailure)
    }

    private mutating func readLoop(_ loop: Node, keys: Set<String>, of what: String, step: inout FlowStep) {
        checkKeys(loop, allowed: keys, of: "`\(what)`")
        let text = loop["for"]?.scalar?.string ?? ""
        let words = text.split(whereSeparator: \.isWhitespace)
        if let position = words.firstIndex(of: "in"), position > 0, position < words.count - 1 {
            let names = words[..<position].joined(separator: " ").split(separator: ",")
            let variables = names.map { $0.filter { !$0.isWhitespace } }
            for name in variables { checkName(name, as: .variable, loop["for"] ?? loop) }
            step.loop = FlowLoop(variables: variables, list: String(text[words[position + 1].startIndex...]))
        } else {
            fail("loop", "`for` of the \(what) is not `name in list`; write it so", loop["for"] ?? loop)
        }
        if let call = loop["do"] ?? loop["do_external"] {
            readCall(call, isExternal: loop["do"] == nil, step: &step)
        } else {
            fail("loop", "the \(what) has no `do`; write what it calls", loop)
        }
        let breaks = entries(loop["break"], of: "breaks")
        for (name, key, _) in breaks { checkName(name, as: .plain, key) }
        if loop["break"] != nil { step.loop?.breaks = breaks.map(\.name) }
    }

    private mutating func readCall(_ call: Node, isExternal: Bool, step: inout FlowStep) {
        guard let mapping = call.mapping, mapping.count == 1,
            let (key, arguments) = mapping.first(where: { _ in true }),
            let reference = key.scalar?.string, !reference.isEmpty
        else {
            fail("do", "`do` of step \(shown(step.name)) does not name one flow or operation; write one", call)
            return
        }
        step.called = isExternal ? reference : called(reference)
        step.calledLine = key.mark?.line
        if !isExternal { checkName(reference, as: .namespace, key) }
        var seen: Set<String> = []
        for (name, key, value) in entries(arguments, of: "arguments") {
            checkName(name, as: .variable, key)
            checkUnique(name, among: &seen, "argument", key)
            if let value { checkValue(value, keys: ["value", "sensitive", "prompt"], of: "argument \(shown(name))") }
            let written = value?.mapping == nil ? value : value?["value"]
            let text = written.map { $0.isEmptyValue ? "" : $0.scalar?.string ?? "" }
            var argument = FlowBinding(
                name: name, kind: "argument", type: value?["sensitive"]?.isTrue == true ? "sensitive" : "string",
                value: text.map { FlowValue($0) }, fromVariable: text == nil ? name : nil, line: key.mark?.line ?? 1)
            argument.prompt = prompt(value)
            step.bindings.append(argument)
        }
    }

    /// What somebody is asked for a value; empty where only the kind of question is given, nil where nobody is asked.
    func prompt(_ value: Node?) -> String? {
        guard let prompt = value?["prompt"], !prompt.isEmptyValue else { return nil }
        return prompt["message"]?.scalar?.string ?? ""
    }

    /// The full name of what is called: an alias of `imports` comes first, a bare name is in the own namespace.
    private func called(_ reference: String) -> String {
        guard let dot = reference.firstIndex(of: ".") else { return "\(namespace).\(reference)" }
        guard let imported = imports[String(reference[..<dot])] else { return reference }
        return imported + reference[dot...]
    }

    private mutating func readPublish(_ node: Node?, step: inout FlowStep) {
        var seen: Set<String> = []
        for (name, key, value) in entries(node, of: "publish values") {
            checkName(name, as: .variable, key)
            checkUnique(name, among: &seen, "publish value", key)
            if let value {
                if value.isEmptyValue {
                    fail("value", "the publish value \(shown(name)) is empty; drop the colon or write one", key)
                }
                checkValue(value, keys: ["value", "sensitive"], of: "publish value \(shown(name))")
            }
            let text = expression(value, name: name, key: "value")
            let isSecret = value?["sensitive"]?.isTrue == true
            step.assignments.append(
                FlowAssignment(
                    target: name, isOutput: false, isEncrypted: isSecret,
                    expression: FlowExpression(name: name, field: text, isSecret: isSecret)))
        }
    }
}
