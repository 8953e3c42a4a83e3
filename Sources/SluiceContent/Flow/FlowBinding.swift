/// An input of a flow, or what a step hands to the callee for one (oo-content-pack.md section 4.1).
public struct FlowBinding: Hashable, Sendable {
    /// `inputSymbol`; the name.
    public var name: String
    /// The element's name, such as `staticBinding`. In CloudSlang `input`, `default`, `private` or `argument`.
    public var kind: String
    /// The document's word: `STRING`, `ENCRYPTED`, `OBJECT` …; in CloudSlang `string` or `sensitive`.
    public var type: String
    public var isRequired: Bool
    /// The constant or expression; nil when there is none. May be a secret: it prints as `…`.
    public var value: FlowValue?
    /// The flow variable, or system property, that it is taken from; nil when it is not.
    public var fromVariable: String?
    /// The flow variable in which it is kept; nil when it is not.
    public var toVariable: String?
    /// What separates the elements of a list (`listDelimiter` where `isList` is true); nil when it is no list.
    public var listDelimiter: String?
    public var line: Int
    /// What it is for; nil when nobody has written it.
    public var description: String?
    /// What a person who starts the flow is asked; nil when nobody has written it.
    public var prompt: String?

    public init(
        name: String, kind: String, type: String = "STRING", isRequired: Bool = false, value: FlowValue? = nil,
        fromVariable: String? = nil, toVariable: String? = nil, listDelimiter: String? = nil, line: Int = 1
    ) {
        self.name = name
        self.kind = kind
        self.type = type
        self.isRequired = isRequired
        self.value = value
        self.fromVariable = fromVariable
        self.toVariable = toVariable
        self.listDelimiter = listDelimiter
        self.line = line
    }

    /// Whether its values are secrets.
    public var isSecret: Bool { type == "ENCRYPTED" || type == "sensitive" }
}

/// A text of a document that may be a secret: it never prints, and whoever needs it asks for it by name.
public struct FlowValue: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text as the document has it, `{OBFUSCATED}` ones still obfuscated. Never for a log, an error or an export.
    public let exposed: String

    public init(_ text: String) { exposed = text }

    public var description: String { "…" }
    public var debugDescription: String { "…" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether OO has obfuscated it (oo-content-pack.md sections 2, 4.1).
    public var isObfuscated: Bool { exposed.hasPrefix("{OBFUSCATED}") }
}
