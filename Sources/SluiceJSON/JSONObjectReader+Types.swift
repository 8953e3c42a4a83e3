extension JSONObjectReader {
    public mutating func optionalString(_ name: String) throws(JSONFieldError) -> String? {
        try optional(name, "a string") { $0.string }
    }

    public mutating func string(_ name: String) throws(JSONFieldError) -> String {
        try required(name, optionalString(name))
    }

    public mutating func optionalBool(_ name: String) throws(JSONFieldError) -> Bool? {
        try optional(name, "a boolean") { $0.bool }
    }

    public mutating func bool(_ name: String) throws(JSONFieldError) -> Bool {
        try required(name, optionalBool(name))
    }

    /// A whole number within a range.
    public mutating func optionalInt(
        _ name: String, in range: ClosedRange<Int> = .min ... .max
    ) throws(JSONFieldError) -> Int? {
        guard let value = try optional(name, "a whole number", { $0.number?.int }) else { return nil }
        guard range.contains(value) else {
            throw invalid(name, "expected \(range.lowerBound) to \(range.upperBound), got \(value)")
        }
        return value
    }

    public mutating func int(
        _ name: String, in range: ClosedRange<Int> = .min ... .max
    ) throws(JSONFieldError) -> Int {
        try required(name, optionalInt(name, in: range))
    }

    public mutating func optionalDouble(_ name: String) throws(JSONFieldError) -> Double? {
        try optional(name, "a number") { $0.number?.double }
    }

    /// A text that the caller's function turns into something better, such as `Timestamp.init(rfc3339:)`.
    /// - Parameters:
    ///   - expected: Completes "expected …" in the message.
    ///   - showsValue: Whether the message may quote what was sent (cut to 60 characters). Not for secrets.
    public mutating func optionalParsed<Value>(
        _ name: String, expected: String, showsValue: Bool = true, _ parse: (String) -> Value?
    ) throws(JSONFieldError) -> Value? {
        guard let text = try optionalString(name) else { return nil }
        guard let value = parse(text) else {
            let shown = showsValue ? ", got \(JSONValue.string(String(text.prefix(60))).write())" : ""
            throw invalid(name, "expected \(expected)\(shown)")
        }
        return value
    }

    /// The same, required.
    public mutating func parsed<Value>(
        _ name: String, expected: String, showsValue: Bool = true, _ parse: (String) -> Value?
    ) throws(JSONFieldError) -> Value {
        try required(name, optionalParsed(name, expected: expected, showsValue: showsValue, parse))
    }

    /// The text of a time; whoever knows times parses it, or use `optionalParsed`.
    public mutating func optionalTimestampText(_ name: String) throws(JSONFieldError) -> String? {
        try optional(name, "a string with an RFC 3339 time") { $0.string }
    }

    public mutating func timestampText(_ name: String) throws(JSONFieldError) -> String {
        try required(name, optionalTimestampText(name))
    }

    /// An object of strings, in order; empty when absent.
    public mutating func stringMap(_ name: String) throws(JSONFieldError) -> [(name: String, value: String)] {
        guard let object = try optional(name, "an object", { $0.object }) else { return [] }
        var pairs: [(name: String, value: String)] = []
        pairs.reserveCapacity(object.count)
        for member in object.members {
            guard case .string(let text) = member.value else {
                throw JSONFieldError(
                    wrongType: "\(pointer(to: name))/\(JSONPointer.escape(member.name))", expected: "a string",
                    actual: member.value)
            }
            pairs.append((member.name, text))
        }
        return pairs
    }

    /// An array of strings; nil when absent.
    public mutating func optionalStrings(_ name: String) throws(JSONFieldError) -> [String]? {
        guard let elements = try optionalArray(name) else { return nil }
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element else {
                throw JSONFieldError(
                    wrongType: "\(pointer(to: name))/\(index)", expected: "a string", actual: element)
            }
            strings.append(text)
        }
        return strings
    }

    public mutating func optionalArray(_ name: String) throws(JSONFieldError) -> [JSONValue]? {
        try optional(name, "an array") { $0.array }
    }

    /// A reader of an object inside this one.
    public mutating func optionalObject(_ name: String) throws(JSONFieldError) -> JSONObjectReader? {
        guard let object = try optional(name, "an object", { $0.object }) else { return nil }
        return JSONObjectReader(object, pointer: pointer(to: name))
    }

    public mutating func object(_ name: String) throws(JSONFieldError) -> JSONObjectReader {
        try required(name, optionalObject(name))
    }

    /// Readers of the objects of an array; empty when absent.
    public mutating func objects(_ name: String) throws(JSONFieldError) -> [JSONObjectReader] {
        var readers: [JSONObjectReader] = []
        for (index, element) in (try optionalArray(name) ?? []).enumerated() {
            readers.append(try JSONObjectReader(element, pointer: "\(pointer(to: name))/\(index)"))
        }
        return readers
    }
}
