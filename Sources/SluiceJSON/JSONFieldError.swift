/// Why a document that is JSON is not the document that was expected.
public struct JSONFieldError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; open, so that adding one breaks nobody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// A required field is absent or `null`.
        public static let missing = Code("missing")
        /// A field holds another type.
        public static let wrongType = Code("wrong-type")
        /// A field has the right type but cannot be.
        public static let invalid = Code("invalid")
        /// There are fields that nobody knows.
        public static let unknownFields = Code("unknown-fields")
    }

    public let code: Code
    /// The field, as a JSON pointer (RFC 6901); of unknown fields the object that has them.
    public let pointer: String
    /// What was expected and what was found, by type: no value of the sender's unless its field may be shown.
    public let message: String
    /// The names of unknown fields, in order; else empty.
    public let unknownNames: [String]

    public init(code: Code, pointer: String, message: String) {
        self.code = code
        self.pointer = pointer
        self.message = message
        unknownNames = []
    }

    public var description: String { "\(pointer.isEmpty ? "the document" : pointer): \(message)" }

    /// How many unknown names a message lists, and how much of each.
    private static let namesShownMax = 20
    private static let nameCharactersShownMax = 60

    init(wrongType pointer: String, expected: String, actual: JSONValue) {
        var found = actual.kind
        if case .number(let number) = actual, expected == "a whole number" { found = "the number \(number.text)" }
        self.init(code: .wrongType, pointer: pointer, message: "expected \(expected), got \(found)")
    }

    init(unknown names: [String], in reader: JSONObjectReader) {
        code = .unknownFields
        pointer = reader.pointer
        unknownNames = names
        let shown = names.prefix(Self.namesShownMax)
            .map { JSONValue.string(String($0.prefix(Self.nameCharactersShownMax))).write() }
        let rest = names.count > shown.count ? " and \(names.count - shown.count) more" : ""
        message = "unknown field\(names.count == 1 ? "" : "s") \(shown.joined(separator: ", "))\(rest)"
    }
}
