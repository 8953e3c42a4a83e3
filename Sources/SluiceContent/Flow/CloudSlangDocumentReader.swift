public import SluiceModel
import Yams

/// Reads one CloudSlang file as a whole graph, and names what CloudSlang's compiler would refuse in it.
///
/// Rules that need the callee, such as a result of it that is not handled, are lint's (oo-content-pack.md section 9.2).
public struct CloudSlangDocumentReader {
    public init() {}

    /// Reads a file's bytes; `path` is its place in the pack, `file` what diagnostics name.
    ///
    /// The document is nil where nothing can be kept of it, and for a file of system properties.
    public func read(
        bytes: [UInt8], path: String, file: String, limits: ContentLimits = ContentLimits()
    ) -> (document: FlowDocument?, diagnostics: [Diagnostic]) {
        do {
            let root = try YAMLDocument.compose(bytes, file: file, limits: limits)
            var compiler = CloudSlangCompiler(path: path, file: file, limits: limits)
            let document = compiler.document(root)
            return (document, YAMLDocument.inside(bytes, compiler.diagnostics.all))
        } catch {
            return (nil, [YAMLDocument.inside(bytes, error).diagnostic])
        }
    }
}

/// The state of reading one CloudSlang file: what it is told so far, and what is wrong with it.
struct CloudSlangCompiler {
    let path: String
    let file: String
    let limits: ContentLimits
    var diagnostics: DiagnosticList
    var namespace = ""
    var imports: [String: String] = [:]

    private static let kinds: [(key: String, kind: PackFlow.Kind, keys: Set<String>)] = [
        ("flow", .cloudSlangFlow, ["name", "inputs", "workflow", "outputs", "results", "worker_group"]),
        (
            "operation", .cloudSlangOperation,
            [
                "name", "inputs", "outputs", "results", "java_action", "python_action", "sequential_action",
                "worker_group",
            ]
        ),
        ("decision", .cloudSlangDecision, ["name", "inputs", "outputs", "results"]),
    ]
    private static let rootKeys: Set<String> = [
        "namespace", "imports", "flow", "operation", "decision", "properties", "extensions", "object_repository",
    ]

    init(path: String, file: String, limits: ContentLimits) {
        self.path = path
        self.file = file
        self.limits = limits
        diagnostics = DiagnosticList(countMax: limits.diagnosticCountMax)
    }

    mutating func fail(_ code: String, _ message: String, _ node: Node) {
        diagnostics.append(ContentError("cloudslang-\(code)", message, file: file, line: node.mark?.line))
    }

    /// The file's flow, operation or decision.
    mutating func document(_ root: Node) -> FlowDocument? {
        guard root.mapping != nil else {
            fail("root", "the file is not a mapping; begin it with `namespace:`", root)
            return nil
        }
        checkKeys(root, allowed: Self.rootKeys, of: "the file")
        readNamespace(root)
        readImports(root["imports"])
        let present = Self.kinds.filter { root[$0.key] != nil }
        let count = present.count + (root["properties"] == nil ? 0 : 1)
        guard count == 1 else {
            fail("kind", "the file has \(count) of flow, operation, decision and properties; write exactly one", root)
            return nil
        }
        guard let (key, kind, keys) = present.first, let body = root[key] else {
            checkProperties(root["properties"])
            return nil
        }
        guard body.mapping != nil else {
            fail("kind", "`\(key)` is not a mapping; write `name:` and the rest below it", body)
            return nil
        }
        checkKeys(body, allowed: keys, of: "`\(key)`")
        guard let name = readName(body) else { return nil }
        var document = FlowDocument(
            id: "\(namespace).\(name)", name: name, path: path, kind: kind, line: body.mark?.line ?? 1)
        readParts(of: body, into: &document)
        switch kind {
        case .cloudSlangFlow: readWorkflow(body, into: &document)
        case .cloudSlangOperation:
            document.plugin = readAction(body)
            document.python = readPython(body)
        default: break
        }
        return document
    }

    private mutating func readNamespace(_ root: Node) {
        guard let node = root["namespace"], let text = node.scalar?.string, !text.isEmpty else {
            // System properties may do without one.
            if root["properties"] == nil { fail("namespace", "the file has no namespace; write `namespace:`", root) }
            return
        }
        namespace = text
        checkName(text, as: .namespace, node)
    }

    private mutating func readImports(_ node: Node?) {
        guard let node, !node.isEmptyValue else { return }
        guard let mapping = node.mapping else {
            fail("imports", "imports are not a mapping; write `alias: namespace` with a space after the colon", node)
            return
        }
        for (key, value) in mapping {
            guard let alias = key.scalar?.string, let target = value.scalar?.string, !value.isEmptyValue else {
                fail("imports", "an import has no namespace; write `alias: namespace`", key)
                continue
            }
            checkName(alias, as: .plain, key)
            checkName(target, as: .namespace, value)
            imports[alias] = target
        }
    }

    private mutating func readName(_ body: Node) -> String? {
        guard let node = body["name"], let name = node.scalar?.string, !node.isEmptyValue else {
            fail("name", "the document has no name; write `name:` with the file's name without `.sl`", body)
            return nil
        }
        checkName(name, as: .plain, node)
        let last = path.split(separator: "/").last.map(String.init) ?? path
        let stem = [".sl.yaml", ".sl.yml", ".sl"].first(where: last.hasSuffix).map { String(last.dropLast($0.count)) }
        if let stem, stem != name {
            fail("file-name", "the name \(shown(name)) is not the file's, \(shown(stem)); make them the same", node)
        }
        return name
    }
}
