/// A value of a plugin's configuration with its place in the file.
public struct PluginValue: Hashable, Sendable {
    /// The file as the user gave it; empty when there is none.
    public var file: String
    /// From 1; nil when unknown.
    public var line: Int?
    /// From 1; nil when unknown.
    public var column: Int?
    public var content: Content

    /// What YAML knows: everything that is neither list nor section is a text.
    public enum Content: Hashable, Sendable {
        case nothing
        case text(String)
        case list([PluginValue])
        /// In the order written; names are unique.
        case section([Member])
    }

    /// One name in a section.
    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: PluginValue

        public init(name: String, value: PluginValue) {
            self.name = name
            self.value = value
        }
    }

    public init(_ content: Content, file: String = "", line: Int? = nil, column: Int? = nil) {
        self.content = content
        self.file = file
        self.line = line
        self.column = column
    }

    /// Its kind, as messages name it; never the value itself, which may be a misplaced secret.
    var kind: String {
        switch content {
        case .nothing: "nothing"
        case .text: "a text"
        case .list: "a list"
        case .section: "a section"
        }
    }
}

extension PluginValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral text: String) { self.init(.text(text)) }

    public init(arrayLiteral elements: PluginValue...) { self.init(.list(elements)) }

    public init(dictionaryLiteral members: (String, PluginValue)...) {
        self.init(.section(members.map { Member(name: $0.0, value: $0.1) }))
    }
}
