import Yams

/// Reads one CloudSlang file: a flow, an operation, a decision or a file of system properties.
///
/// It reads what an inventory needs and leaves checking to CloudSlang's compiler (oo-content-pack.md section 9).
struct CloudSlangReader {
    /// What a file holds.
    enum Document {
        case flow(PackFlow)
        case item(PackItem)
    }

    private static let flowKinds: [(key: String, kind: PackFlow.Kind)] = [
        ("flow", .cloudSlangFlow), ("operation", .cloudSlangOperation), ("decision", .cloudSlangDecision),
    ]
    private static let onFailure = "on_failure"
    private let limits: ContentLimits

    init(limits: ContentLimits) { self.limits = limits }

    /// Reads a file's bytes; `path` is its place in the pack, `file` what diagnostics name.
    func read(_ bytes: [UInt8], path: String, file: String) throws(ContentError) -> Document {
        do throws(ContentError) {
            return try read(YAMLDocument.compose(bytes, file: file, limits: limits), path: path, file: file)
        } catch {
            throw YAMLDocument.inside(bytes, error)
        }
    }

    /// Reads a file that is composed already.
    func read(_ root: Node, path: String, file: String) throws(ContentError) -> Document {
        guard root.mapping != nil else {
            throw ContentError("cloudslang-root", "the file is not a mapping", file: file, line: root.mark?.line)
        }
        let namespace = root["namespace"]?.scalar?.string ?? ""
        if let properties = root["properties"] {
            // A properties file may do without a namespace, and its name may be that of another in the same one.
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let sensitive = properties.sequence.map(Array.init) ?? []
            return .item(
                PackItem(
                    kind: "cloudslang-properties", id: namespace, name: name, path: path,
                    sensitiveProperties: sensitive.compactMap { sensitiveProperty($0, namespace) }))
        }
        guard !namespace.isEmpty else {
            throw ContentError("cloudslang-namespace", "the file has no namespace", file: file, line: root.mark?.line)
        }
        for (key, kind) in Self.flowKinds {
            if let body = root[key] {
                return .flow(try flow(body, kind: kind, root: root, namespace: namespace, path: path, file: file))
            }
        }
        throw ContentError(
            "cloudslang-kind", "the file has no flow, operation, decision or properties", file: file,
            line: root.mark?.line)
    }

    private func flow(
        _ body: Node, kind: PackFlow.Kind, root: Node, namespace: String, path: String, file: String
    ) throws(ContentError) -> PackFlow {
        guard let name = body["name"]?.scalar?.string, !name.isEmpty else {
            throw ContentError("cloudslang-name", "the file's document has no name", file: file, line: body.mark?.line)
        }
        var flow = PackFlow(id: "\(namespace).\(name)", name: name, path: path, kind: kind)
        flow.inputs = (body["inputs"]?.sequence.map(Array.init) ?? []).compactMap(input)
        flow.responses = responses(body["results"], kind: kind)
        guard kind == .cloudSlangFlow, let workflow = body["workflow"]?.sequence else { return flow }
        var steps = CloudSlangSteps(namespace: namespace, imports: imports(root["imports"]))
        steps.add(Array(workflow))
        flow.counts = steps.counts
        flow.references = steps.references
        flow.startStep = steps.first?.name
        flow.isGated = steps.isGated
        return flow
    }

    /// `- x`, `- x: 'default'` or `- x: {required, default, private, sensitive}`; the default itself is not kept.
    ///
    /// A default that is empty gives a required input no value, and a private one is the flow's own (cloud-slang,
    /// `InputUtils.isMandatory`).
    private func input(_ node: Node) -> PackInput? {
        if let name = node.scalar?.string {
            return PackInput(name: name, isRequired: true, type: "string", binding: "input")
        }
        guard let (key, value) = node.mapping?.first(where: { _ in true }), let name = key.scalar?.string else {
            return nil
        }
        guard value.mapping != nil else {
            var input = PackInput(name: name, isRequired: true, type: "string", binding: "default")
            input.hasOwnValue = isValue(value)
            return input
        }
        let isPrivate = value["private"]?.isTrue == true
        var input = PackInput(
            name: name, isRequired: value["required"]?.isTrue ?? true,
            type: value["sensitive"]?.isTrue == true ? "sensitive" : "string",
            binding: isPrivate ? "private" : value["default"] == nil ? "input" : "default")
        input.takesGivenValue = !isPrivate
        input.hasOwnValue = isValue(value["default"]) || !(value["prompt"]?.isEmptyValue ?? true)
        return input
    }

    private func isValue(_ node: Node?) -> Bool {
        guard let node, !node.isEmptyValue else { return false }
        return node.scalar.map { !$0.string.isEmpty } ?? true
    }

    /// The full name of a property, if it is sensitive.
    private func sensitiveProperty(_ entry: Node, _ namespace: String) -> String? {
        guard let (key, value) = entry.mapping?.first(where: { _ in true }), let name = key.scalar?.string,
            value["sensitive"]?.isTrue == true
        else { return nil }
        return namespace.isEmpty ? name : "\(namespace).\(name)"
    }

    /// The results by name; those that CloudSlang supplies when none are written.
    private func responses(_ node: Node?, kind: PackFlow.Kind) -> [PackResponse] {
        guard let results = node?.sequence else {
            let names =
                switch kind {
                case .cloudSlangFlow: ["SUCCESS", "FAILURE"]
                case .cloudSlangOperation: ["SUCCESS"]
                default: [String]()
                }
            return names.map { PackResponse(name: $0, type: "") }
        }
        return results.compactMap { result in
            let name = result.scalar?.string ?? result.mapping?.first(where: { _ in true })?.key.scalar?.string
            return name.map { PackResponse(name: $0, type: "") }
        }
    }

    private func imports(_ node: Node?) -> [String: String] {
        var imports: [String: String] = [:]
        guard let mapping = node?.mapping else { return imports }
        for (alias, namespace) in mapping {
            if let alias = alias.scalar?.string, let namespace = namespace.scalar?.string {
                imports[alias] = namespace
            }
        }
        return imports
    }
}

/// Counts the steps of a CloudSlang workflow and resolves what they call.
private struct CloudSlangSteps {
    let namespace: String
    let imports: [String: String]
    private(set) var counts = PackPartCounts()
    private(set) var references: [PackReference] = []
    private(set) var first: (name: String, called: String?)?
    private var second: String?
    private var referenceIndex: [String: Int] = [:]

    init(namespace: String, imports: [String: String]) {
        self.namespace = namespace
        self.imports = imports
    }

    mutating func add(_ workflow: [Node]) {
        for item in workflow {
            guard let (key, body) = item.mapping?.first(where: { _ in true }), let name = key.scalar?.string else {
                continue
            }
            if name == "on_failure", let steps = body.sequence {
                for step in steps { add(step) }
            } else {
                add(item)
            }
        }
    }

    private mutating func add(_ step: Node) {
        guard let (key, body) = step.mapping?.first(where: { _ in true }), let name = key.scalar?.string else { return }
        counts.steps += 1
        if body["parallel_loop"] != nil { counts.parallelSteps += 1 }
        let navigate = body["loop"]?["navigate"] ?? body["navigate"]
        counts.transitions += navigate?.sequence?.count ?? navigate?.mapping?.count ?? 0
        let plain = called(body["do"])
        if first == nil { first = (name, plain) } else if counts.steps == 2 { second = plain }
        guard let id = plain ?? called(body["loop"]?["do"]) ?? called(body["parallel_loop"]?["do"]) else { return }
        if let index = referenceIndex[id] {
            references[index].count += 1
        } else {
            referenceIndex[id] = references.count
            references.append(PackReference(id: id, isResolved: false, count: 1))
        }
    }

    /// Whether the first step asks the gate, or the one behind the encoder that gating puts in.
    var isGated: Bool {
        let called = first?.called == PackGate.cloudSlangEncoderName ? second : first?.called
        return called.map(PackGate.isGate) ?? false
    }

    /// The full name of what a `do` calls: an alias of `imports` comes first, a bare name is in the own namespace.
    private func called(_ node: Node?) -> String? {
        let reference = node?.mapping?.first(where: { _ in true })?.key.scalar?.string ?? node?.scalar?.string
        guard let reference, !reference.isEmpty else { return nil }
        guard let dot = reference.firstIndex(of: ".") else { return "\(namespace).\(reference)" }
        guard let imported = imports[String(reference[..<dot])] else { return reference }
        return imported + reference[dot...]
    }
}
