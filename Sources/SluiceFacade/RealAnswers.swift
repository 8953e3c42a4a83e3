public import SluiceJSON
public import SluiceModel

/// Central's answers about the execution that a hold became, told under the hold's virtual id.
public enum RealAnswers {
    /// Depth to which ids are looked for; deeper ones stay.
    static let depthMax = 64

    /// The same value with the real id replaced wherever it stands as an id: in a member whose name ends in `Id`, and
    /// in the path of a URL.
    public static func renamed(_ value: JSONValue, from real: String, to virtual: String, depth: Int = 0) -> JSONValue {
        guard depth < depthMax else { return value }
        switch value {
        case .array(let elements):
            return .array(elements.map { renamed($0, from: real, to: virtual, depth: depth + 1) })
        case .object(let object):
            var object = object
            for member in object.members {
                let changed =
                    member.name.lowercased().hasSuffix("id")
                    ? id(member.value, from: real, to: virtual)
                    : renamed(member.value, from: real, to: virtual, depth: depth + 1)
                if changed != member.value { object[member.name] = changed }
            }
            return .object(object)
        case .string(let text):
            let part = "/executions/\(real)/"
            guard text.contains(part) else { return value }
            return .string(text.replacing(part, with: "/executions/\(virtual)/", maxReplacements: 1))
        case .null, .bool, .number: return value
        }
    }

    private static func id(_ value: JSONValue, from real: String, to virtual: String) -> JSONValue {
        switch value {
        case .string(real): .string(virtual)
        case .number(let number) where number.text == real: JSONNumber(virtual).map { .number($0) } ?? value
        default: value
        }
    }

    /// The execution id in Central's answer to a start; nil when it refused or said something else.
    ///
    /// In v1 an `errorCode` other than `NO_ERROR` is a refusal although the status is a success (section 3).
    public static func executionID(_ answer: JSONValue) -> ExecutionID? {
        let value: JSONValue?
        if let object = answer.object {
            if let code = object["errorCode"]?.string, code != "NO_ERROR" { return nil }
            value = object["executionId"]
        } else {
            value = answer
        }
        let text: String? =
            switch value {
            case .number(let number): number.text
            case .string(let text): text
            default: nil
            }
        guard let text, (1...30).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return ExecutionID(text)
    }

    /// The same answer with `feedUrl` at another address.
    public static func moved(_ answer: JSONValue, _ addresses: FacadeAddresses, to base: String) -> JSONValue? {
        guard var object = answer.object, let feed = object["feedUrl"]?.string,
            let moved = addresses.moved(feed, to: base)
        else { return nil }
        object["feedUrl"] = .string(moved)
        return .object(object)
    }
}
