/// An element with its content in order; white space and prefixes as they were written.
public struct XMLElement: Hashable, Sendable {
    /// With its prefix, as written.
    public var name: String
    /// In their order; declarations of namespaces (`xmlns`, `xmlns:p`) among them, before the others.
    public var attributes: [XMLAttribute]
    public var nodes: [XMLNode]

    public init(_ name: String, attributes: [XMLAttribute] = [], _ nodes: [XMLNode] = []) {
        self.name = name
        self.attributes = attributes
        self.nodes = nodes
    }

    /// An element with nothing but a text.
    public init(_ name: String, text: String) { self.init(name, [.text(text)]) }

    /// An element of elements.
    public init(_ name: String, children: [XMLElement]) { self.init(name, children.map { .element($0) }) }

    /// The name without its prefix.
    public var localName: Substring { name.firstIndex(of: ":").map { name[name.index(after: $0)...] } ?? name[...] }

    /// Its child elements, in order.
    public var children: [XMLElement] {
        nodes.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// Its own text, pieces between child elements joined, without white space at both ends.
    public var text: String {
        var text = ""
        for case .text(let piece) in nodes { text += piece }
        return text.trimmingWhiteSpace
    }

    /// Its first child element of that local name.
    public func child(_ name: String) -> XMLElement? { children.first { $0.localName == name } }

    /// Its child elements of that local name, in order.
    public func children(_ name: String) -> [XMLElement] { children.filter { $0.localName == name } }

    /// The text of the first element at a path of local names; nil when there is none, or it is empty.
    public func text(at path: String...) -> String? { text(at: path[...]) }

    /// The same for a path that was put together.
    public func text(at path: ArraySlice<String>) -> String? {
        guard let first = path.first else { return text.isEmpty ? nil : text }
        return child(first)?.text(at: path.dropFirst())
    }

    /// The elements at a path of local names, in document order.
    public func elements(at path: ArraySlice<String>) -> [XMLElement] {
        guard let first = path.first else { return [self] }
        return children(first).flatMap { $0.elements(at: path.dropFirst()) }
    }

    /// Replaces the content of its first child of that local name by a text; adds one at the end if there is none.
    public mutating func setChild(_ name: String, text: String) {
        setChild(XMLElement(name, text: text))
    }

    /// Replaces the content of its first child of that local name; adds the child at the end if there is none.
    public mutating func setChild(_ element: XMLElement) {
        for index in nodes.indices {
            guard case .element(var old) = nodes[index], old.localName == element.localName else { continue }
            old.nodes = element.nodes
            nodes[index] = .element(old)
            return
        }
        nodes.append(.element(element))
    }

    /// This element able to stand alone: with the declarations of namespaces of what it was taken from.
    public func standingAlone(from parent: XMLElement) -> XMLElement {
        let own = Set(attributes.map(\.name))
        let inherited = parent.attributes.filter { $0.isNamespaceDeclaration && !own.contains($0.name) }
        var element = self
        element.attributes = inherited + attributes
        return element
    }
}

/// What an element contains.
public enum XMLNode: Hashable, Sendable {
    case element(XMLElement)
    case text(String)
}

/// An attribute, references resolved.
public struct XMLAttribute: Hashable, Sendable {
    /// With its prefix, as written.
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it declares a namespace.
    public var isNamespaceDeclaration: Bool { name == "xmlns" || name.hasPrefix("xmlns:") }
}

extension String {
    /// Without XML's white space at both ends.
    var trimmingWhiteSpace: String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }
}
