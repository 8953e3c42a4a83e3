/// Takes the fields out of an object one by one, and knows at the end which nobody asked for.
///
/// `null` counts as absent. Errors name the place as a JSON pointer, such as `/inputs/host`.
public struct JSONObjectReader: Sendable {
    /// The object's own place in the document; empty for the document itself.
    public let pointer: String
    private let members: [JSONObject.Member]
    private var isTaken: [Bool]

    public init(_ object: JSONObject, pointer: String = "") {
        self.pointer = pointer
        members = object.members
        isTaken = [Bool](repeating: false, count: members.count)
    }

    /// - Throws: `JSONFieldError` when the value is no object.
    public init(_ value: JSONValue, pointer: String = "") throws(JSONFieldError) {
        guard case .object(let object) = value else {
            throw JSONFieldError(wrongType: pointer, expected: "an object", actual: value)
        }
        self.init(object, pointer: pointer)
    }

    /// The pointer of one of its fields.
    public func pointer(to name: String) -> String { "\(pointer)/\(JSONPointer.escape(name))" }

    /// Any value; nil when it is absent or `null`.
    public mutating func optionalValue(_ name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        isTaken[index] = true
        let value = members[index].value
        return value.isNull ? nil : value
    }

    /// Any value but `null`.
    public mutating func value(_ name: String) throws(JSONFieldError) -> JSONValue {
        try required(name, optionalValue(name))
    }

    /// Marks a field as known whatever it holds.
    public mutating func ignore(_ names: String...) {
        for name in names { _ = optionalValue(name) }
    }

    /// Call last: what is left over is a mistake of the sender's.
    /// - Throws: `JSONFieldError` `.unknownFields` that names all of them.
    public func finish() throws(JSONFieldError) {
        let unknown = zip(members, isTaken).filter { !$0.1 }.map { $0.0.name }
        guard !unknown.isEmpty else { return }
        throw JSONFieldError(unknown: unknown, in: self)
    }

    /// An error about a field that was read but makes no sense to the caller.
    public func invalid(_ name: String, _ message: String) -> JSONFieldError {
        JSONFieldError(code: .invalid, pointer: pointer(to: name), message: message)
    }

    func required<Value>(_ name: String, _ value: Value?) throws(JSONFieldError) -> Value {
        guard let value else {
            throw JSONFieldError(code: .missing, pointer: pointer(to: name), message: "this field is required")
        }
        return value
    }

    mutating func optional<Value>(
        _ name: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(JSONFieldError) -> Value? {
        guard let value = optionalValue(name) else { return nil }
        guard let converted = convert(value) else {
            throw JSONFieldError(wrongType: pointer(to: name), expected: expected, actual: value)
        }
        return converted
    }
}
