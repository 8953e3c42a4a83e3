internal import SluiceModel
internal import Yams

/// A value with the place it came from, so that whatever is wrong with it can be pointed at.
struct ConfigValue {
    var node: Node
    var origin: Origin

    enum Origin: Hashable {
        case yaml(file: String)
        case environment(name: String)
    }

    /// One value inside this one.
    func child(_ node: Node) -> ConfigValue { ConfigValue(node: node, origin: origin) }

    /// The text of a scalar; nil for lists and sections.
    var text: String? { node.scalar?.string }

    /// Whether it is there only by name: `packs:` with nothing behind it.
    var isEmpty: Bool { node.null != nil }

    /// What kind of value it is, as messages name it; never the value itself, which may be a misplaced secret.
    var kind: String {
        switch node {
        case .scalar: "a text"
        case .sequence: "a list"
        case .mapping: "a section"
        case .alias: "an alias"
        }
    }

    /// A remark that points here.
    func diagnostic(_ code: String, _ message: String, severity: Diagnostic.Severity = .error) -> Diagnostic {
        switch origin {
        case .yaml(let file):
            Diagnostic(
                severity: severity, code: code, message: message, file: file, line: node.mark?.line,
                column: node.mark?.column)
        case .environment(let name):
            Diagnostic(severity: severity, code: code, message: "environment variable \(name): \(message)")
        }
    }
}
