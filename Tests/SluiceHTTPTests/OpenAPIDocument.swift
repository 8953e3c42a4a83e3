import Foundation
import SluiceJSON
import Yams

/// Reads `docs/openapi.yaml` and checks values against its schemas, as far as that document uses JSON Schema.
struct OpenAPIDocument {
    struct Operation {
        var method: String
        var path: String
        var object: [String: Any]
    }

    struct Unreadable: Error {}

    private let root: [String: Any]

    static func load() throws -> OpenAPIDocument {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/openapi.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        guard let root = try Yams.load(yaml: text) as? [String: Any] else { throw Unreadable() }
        return OpenAPIDocument(root: root)
    }

    var operations: [Operation] {
        let paths = root["paths"] as? [String: [String: Any]] ?? [:]
        return paths.flatMap { path, methods in
            methods.compactMap { method, object in
                (object as? [String: Any]).map {
                    Operation(method: method.uppercased(), path: path, object: $0)
                }
            }
        }
    }

    /// The media types of an operation's request and answers, with their place.
    func contents(of operation: Operation) -> [(String, [String: Any])] {
        var found: [(String, [String: Any])] = []
        func add(_ place: String, _ holder: Any?) {
            let content = resolved(holder)["content"] as? [String: Any] ?? [:]
            for (type, media) in content { found.append(("\(place) \(type)", media as? [String: Any] ?? [:])) }
        }
        add("request", operation.object["requestBody"])
        for (status, answer) in operation.object["responses"] as? [String: Any] ?? [:] { add(status, answer) }
        return found
    }

    func examples(of media: [String: Any]) -> [(String, Any)] {
        var found: [(String, Any)] = []
        if let example = media["example"] { found.append(("example", example)) }
        for (name, example) in media["examples"] as? [String: Any] ?? [:] {
            found.append((name, (example as? [String: Any])?["value"] ?? NSNull()))
        }
        return found
    }

    /// What is wrong with an answer: its status or type is not described, or its body is not as the schema says.
    func faults(of reply: Reply, _ method: String, _ path: String) -> [String] {
        guard let operation = operations.first(where: { $0.method == method && $0.path == path }) else {
            return ["not described"]
        }
        let answers = operation.object["responses"] as? [String: Any] ?? [:]
        guard let answer = answers[String(reply.status)] else { return ["status \(reply.status) is not described"] }
        let content = resolved(answer)["content"] as? [String: Any] ?? [:]
        if content.isEmpty { return reply.text.isEmpty ? [] : ["a body is not described"] }
        let type = String(reply.header("Content-Type")?.split(separator: ";").first ?? "")
        guard let media = content[type] as? [String: Any] else { return ["type \(type) is not described"] }
        if type == "text/plain" { return [] }
        guard let value = reply.json else { return ["not JSON"] }
        return faults(of: value.plain, media["schema"])
    }

    private func resolved(_ value: Any?) -> [String: Any] {
        guard let object = value as? [String: Any] else { return [:] }
        guard let reference = object["$ref"] as? String else { return object }
        var target: Any = root
        for step in reference.dropFirst(2).split(separator: "/") {
            target = (target as? [String: Any])?[String(step)] ?? [:]
        }
        return resolved(target)
    }

    // MARK: Schemas

    func faults(of value: Any, _ schema: Any?, at place: String = "") -> [String] {
        let schema = resolved(schema)
        guard !schema.isEmpty else { return ["\(place): no schema"] }
        var faults: [String] = []
        for part in schema["allOf"] as? [Any] ?? [] { faults += self.faults(of: value, part, at: place) }
        if let choices = schema["oneOf"] as? [Any] {
            let each = choices.map { self.faults(of: value, $0, at: place) }
            if each.count(where: \.isEmpty) != 1 { faults += each.min { $0.count < $1.count } ?? [] }
        }
        let kind = self.kind(of: value)
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
        if !types.isEmpty, !types.contains(kind) { faults.append("\(place): \(kind), not \(types)") }
        if let words = schema["enum"] as? [Any], !words.contains(where: { "\($0)" == "\(value)" }) {
            faults.append("\(place): \(value) is none of \(words)")
        }
        if let word = schema["const"], "\(word)" != "\(value)" { faults.append("\(place): not \(word)") }
        if let pattern = schema["pattern"] as? String, let text = value as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            faults.append("\(place): \(text) does not match \(pattern)")
        }
        if let items = schema["items"], let elements = value as? [Any] {
            for (index, element) in elements.enumerated() {
                faults += self.faults(of: element, items, at: "\(place)/\(index)")
            }
        }
        if let members = value as? [String: Any] { faults += memberFaults(members, schema, at: place) }
        return faults
    }

    private func memberFaults(_ members: [String: Any], _ schema: [String: Any], at place: String) -> [String] {
        var faults: [String] = []
        for name in schema["required"] as? [String] ?? [] where members[name] == nil {
            faults.append("\(place): \(name) is missing")
        }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        for (name, member) in members {
            if let property = properties[name] {
                faults += self.faults(of: member, property, at: "\(place)/\(name)")
            } else if let more = schema["additionalProperties"] {
                if more as? Bool == false { faults.append("\(place): \(name) is not described") }
                if more is [String: Any] { faults += self.faults(of: member, more, at: "\(place)/\(name)") }
            }
        }
        return faults
    }

    private func kind(of value: Any) -> String {
        switch value {
        case is NSNull: "null"
        case is [String: Any]: "object"
        case is [Any]: "array"
        case is String: "string"
        case is Bool: "boolean"
        case is Int: "integer"
        case is Double: "number"
        default: "\(type(of: value))"
        }
    }
}

extension JSONNumber {
    /// As Yams would have read it.
    fileprivate var plain: Any {
        if let int { return int }
        if let double { return double }
        return text
    }
}

extension JSONValue {
    /// As Yams would have read it.
    var plain: Any {
        switch self {
        case .null: NSNull()
        case .bool(let flag): flag
        case .number(let number): number.plain
        case .string(let text): text
        case .array(let elements): elements.map(\.plain)
        case .object(let object):
            [String: Any](object.members.map { ($0.name, $0.value.plain) }, uniquingKeysWith: { $1 })
        }
    }
}
