/// Any JSON value; the sandbox reads and writes all its bodies through this one type.
///
/// It is the sandbox's own codec on purpose: sharing one with Sluice would let one misreading of OO's
/// documents pass on both sides.
public enum LooseValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([LooseValue])
    case object([String: LooseValue])
}

extension LooseValue {
    /// The text, or nil when it is something else.
    public var asText: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The truth value, or nil when it is something else.
    public var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, or nil when it is something else.
    public var asInteger: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number, whole or not, or nil when it is something else.
    public var asNumber: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, or nil when it is no list.
    public var asList: [LooseValue]? {
        if case .list(let values) = self { values } else { nil }
    }

    /// The members, or nil when it is no object.
    public var asObject: [String: LooseValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The member of that name; nil when there is none, or this is no object.
    public subscript(name: String) -> LooseValue? { asObject?[name] }

    /// The text, or JSON null for nil.
    static func text(orNull text: String?) -> LooseValue { text.map(LooseValue.text) ?? .null }

    /// The whole number, or JSON null for nil.
    static func integer(orNull value: Int64?) -> LooseValue { value.map(LooseValue.integer) ?? .null }
}

extension LooseValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // Text first: it is the most frequent, and each wrong guess costs an error.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([LooseValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: LooseValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension LooseValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: LooseValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, LooseValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
