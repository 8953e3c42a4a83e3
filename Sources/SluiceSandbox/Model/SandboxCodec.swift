import FoundationEssentials

/// Bytes to values and back: the only place of the sandbox that touches a JSON library.
enum SandboxCodec {
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Members are sorted by name, unless that takes too long; slashes stay as they are.
    static func encode(_ value: some Encodable, isSorted: Bool = true) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = isSorted ? [.sortedKeys, .withoutEscapingSlashes] : .withoutEscapingSlashes
        return Array(try encoder.encode(value))
    }

    /// Says which member was wrong and why, in one line and without the value.
    static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "not readable: \(error)" }
        switch error {
        case .keyNotFound(let key, let context): return "missing member '\(path(context.codingPath, key))'"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let place = path(context.codingPath)
            return "\(place.isEmpty ? "all of it" : "'\(place)'") must be \(words(for: type))"
        case .dataCorrupted(let context):
            let place = path(context.codingPath)
            return place.isEmpty ? "not JSON" : "at '\(place)': \(context.debugDescription)"
        @unknown default: return "not readable"
        }
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is [String: Any].Type: "an object: {…}"
        case is [Any].Type: "a list: […]"
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        default: "a number"
        }
    }

    private static func path(_ keys: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
        (keys + (last.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }
            .joined(separator: ".")
    }
}

/// A member's name that is not known in advance.
struct AnyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Refuses members nobody reads, so that a misspelt one is noticed instead of having no effect.
    func refuseUnknownMembers<Key: CodingKey & CaseIterable>(besides keys: Key.Type) throws {
        let known = Set(Key.allCases.map(\.stringValue))
        let container = try container(keyedBy: AnyMember.self)
        for key in container.allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container,
                debugDescription: "unknown member; known are \(known.sorted().joined(separator: ", "))")
        }
    }
}
