extension LooseValue {
    /// A value as its JSON has it.
    init(coding value: some Encodable) throws {
        self = try SandboxCodec.decode(LooseValue.self, from: try SandboxCodec.encode(value))
    }
}

extension SandboxCodec {
    /// Decodes, and refuses members that nobody reads: a misspelt one must be noticed instead of having no effect.
    static func decodeStrictly<Value: Codable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let value = try decode(type, from: bytes)
        if let stray = stray(in: try decode(LooseValue.self, from: bytes), beside: try LooseValue(coding: value)) {
            throw CSARefusal("unknown member '\(stray)'")
        }
        return value
    }

    /// The first member of `given` that is not in what was made of it.
    private static func stray(in given: LooseValue, beside read: LooseValue) -> String? {
        switch (given, read) {
        case (.object(let given), .object(let read)):
            for (name, value) in given.sorted(by: { $0.key < $1.key }) where value != .null {
                guard let known = read[name] else { return name }
                if let stray = stray(in: value, beside: known) { return "\(name).\(stray)" }
            }
            return nil
        case (.list(let given), .list(let read)):
            for (value, known) in zip(given, read) { if let stray = stray(in: value, beside: known) { return stray } }
            return nil
        default: return nil
        }
    }
}
