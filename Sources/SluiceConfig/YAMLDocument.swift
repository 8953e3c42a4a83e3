internal import SluiceModel
internal import Yams

/// The keys of a YAML text by their path, and what is wrong with the text itself.
struct YAMLDocument {
    private(set) var values: [String: ConfigValue] = [:]
    private(set) var diagnostics: [Diagnostic] = []
    private let origin: ConfigValue.Origin

    /// Longest text that is read.
    static let byteCountMax = 1 << 20

    init(_ text: String, file: String) {
        origin = .yaml(file: file)
        guard text.utf8.count <= YAMLDocument.byteCountMax else {
            diagnostics = [
                Diagnostic(
                    severity: .error, code: "config-yaml",
                    message: "the file is longer than \(YAMLDocument.byteCountMax) bytes", file: file)
            ]
            return
        }
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            read(root, path: "")
        } catch {
            diagnostics = [YAMLDocument.diagnostic(of: error, file: file)]
        }
    }

    private mutating func read(_ node: Node, path: String) {
        let section = ConfigValue(node: node, origin: origin)
        if section.isEmpty { return }
        guard let mapping = node.mapping else {
            let what = path.isEmpty ? "the file" : path
            let names = YAMLDocument.names(in: path).joined(separator: ", ")
            diagnostics.append(
                section.diagnostic("config-type", "\(what) must be a section with \(names), not \(section.kind)"))
            return
        }
        for (key, node) in mapping {
            guard let name = key.string else {
                diagnostics.append(
                    ConfigValue(node: key, origin: origin).diagnostic("config-unknown-key", "a key must be a text"))
                continue
            }
            let inner = path.isEmpty ? name : "\(path).\(name)"
            let value = ConfigValue(node: node, origin: origin)
            // The name of a secret may be that of a section: then only a plain value is a secret.
            if let advice = ConfigKey.secretPaths[inner], !YAMLDocument.isSection(inner) || value.text != nil,
                !value.isEmpty
            {
                diagnostics.append(
                    ConfigValue(node: key, origin: origin).diagnostic(
                        "config-secret", "\(inner): a secret must not be in the file; \(advice)"))
            } else if YAMLDocument.isKey(inner), !name.contains(".") {
                if !value.isEmpty { values[inner] = value }
            } else if YAMLDocument.isSection(inner), !name.contains(".") {
                read(node, path: inner)
            } else {
                diagnostics.append(
                    ConfigValue(node: key, origin: origin).diagnostic(
                        "config-unknown-key", "unknown key \(inner)\(YAMLDocument.hint(name, in: path))"))
            }
        }
    }

    private static func isKey(_ path: String) -> Bool { ConfigKey.all.contains { $0.path == path } }

    private static func isSection(_ path: String) -> Bool { ConfigKey.all.contains { $0.path.hasPrefix(path + ".") } }

    /// The names that may stand in a section.
    private static func names(in path: String) -> [String] {
        let prefix = path.isEmpty ? "" : path + "."
        var names: [String] = []
        for key in ConfigKey.all where key.path.hasPrefix(prefix) {
            let name = String(key.path.dropFirst(prefix.count).prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// A name nearby in this section, else the same name elsewhere.
    private static func hint(_ name: String, in path: String) -> String {
        if let near = Suggestion.nearest(to: name, among: names(in: path)) { return " (did you mean \"\(near)\"?)" }
        if isKey(name) { return " (write it as sections: \(name.split(separator: ".").joined(separator: ": ")): …)" }
        let elsewhere = ConfigKey.all.map(\.path).filter { $0.contains(".") }
        if let key = elsewhere.first(where: { $0.hasSuffix("." + name) }) { return " (did you mean \(key)?)" }
        return ""
    }

    static func diagnostic(of error: any Error, file: String) -> Diagnostic {
        var message = "not YAML"
        var mark: Mark?
        switch error as? YamlError {
        case .scanner(let context, let problem, let place, _), .parser(let context, let problem, let place, _),
            .composer(let context, let problem, let place, _):
            message = "not YAML: \(context.map { "\($0.text) " } ?? "")\(problem)"
            mark = place
        case .duplicatedKeysInMapping(let names, let context):
            message = "the key \(names.map { "\"\($0)\"" }.joined(separator: ", ")) occurs twice in one section"
            mark = context.mark
        case .reader(let problem, _, _, _): message = "not YAML: \(problem)"
        default: break
        }
        return Diagnostic(
            severity: .error, code: "config-yaml", message: message, file: file, line: mark?.line, column: mark?.column)
    }
}
