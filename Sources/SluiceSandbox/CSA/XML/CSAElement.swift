/// An element of CSA's documents: a name, and a value or children. Attributes are only written.
///
/// One tree gives both forms of a reply: XML (the default) and JSON (on `Accept`), section 13 of csa-api.md.
struct CSAElement: Hashable, Sendable {
    var name: String
    /// Of a leaf; text when it was read from XML.
    var value: LooseValue?
    var children: [CSAElement] = []
    var attributes: [String: String] = [:]
    /// In JSON one of an array, also when it is alone.
    var isRepeated = false

    init(_ name: String, _ value: LooseValue) {
        self.name = name
        self.value = value
    }

    /// A leaf with text.
    init(_ name: String, text: String) { self.init(name, .text(text)) }

    init(_ name: String, children: [CSAElement], isRepeated: Bool = false) {
        self.name = name
        self.children = children
        self.isRepeated = isRepeated
    }

    /// An element that holds a category value: `<x><name>VALUE</name></x>` and what the vendor sends with it.
    init(_ name: String, category value: String, of type: String) {
        self.init(
            name,
            children: [
                CSAElement("id", text: "cat-\(type)-\(value)"), CSAElement("objectId", text: "cat-\(type)-\(value)"),
                CSAElement("isCriticalSystemObject", true), CSAElement("name", text: value),
                // Display names differ from the enumeration's ("Canceled", "In Progress"): match on `name`.
                CSAElement("displayName", text: CSAElement.shown(value)), CSAElement("disabled", false),
                CSAElement(
                    "categoryType", children: [CSAElement("name", text: type), CSAElement("extensible", false)]),
            ])
    }

    private static func shown(_ value: String) -> String {
        let words = value.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }
        return words.joined(separator: " ").replacing("Cancelled", with: "Canceled")
    }
}

extension CSAElement {
    /// The text of a leaf without the spaces around it; empty for one with children.
    var text: String {
        switch value {
        case .text(let text): Self.trimmed(text)
        case .integer(let value): String(value)
        case .bool(let value): String(value)
        default: ""
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// The first child with that name.
    func first(_ name: String) -> CSAElement? { children.first { $0.name == name } }

    /// All children with that name, in order.
    func all(_ name: String) -> [CSAElement] { children.filter { $0.name == name } }

    /// The text at the end of a path of first children; nil when there is none, or it is empty.
    func text(at path: String...) -> String? {
        var element = self
        for name in path {
            guard let next = element.first(name) else { return nil }
            element = next
        }
        return element.text.isEmpty ? nil : element.text
    }

    /// As JSON: members are the children's names with a small first letter.
    var json: LooseValue {
        if let value { return value }
        var members = attributes.mapValues(LooseValue.text)
        for child in children {
            let name = child.name.prefix(1).lowercased() + child.name.dropFirst()
            switch members[name] {
            case nil: members[name] = child.isRepeated ? .list([child.json]) : child.json
            case .list(let others)?: members[name] = .list(others + [child.json])
            case let other?: members[name] = .list([other, child.json])
            }
        }
        return .object(members)
    }
}
