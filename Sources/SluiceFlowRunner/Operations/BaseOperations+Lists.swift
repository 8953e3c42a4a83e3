import Foundation

/// Operations that go through something, one element for each call, and the look into JSON.
extension BaseOperations {
    /// What a counter keeps when no number follows.
    private static let end = "end"

    /// Counts from `from` to `to`, both included, and begins again after `no more` or with `reset`.
    static func count(_ call: OperationCall) -> OperationAnswer {
        let step = call["incrementBy"].trimmed
        guard let from = Int(call["from"].trimmed), let to = Int(call["to"].trimmed),
            let increment = step.isEmpty ? 1 : Int(step), increment != 0
        else { return OperationAnswer(failure, results: ["exception": "from, to and incrementBy are no numbers"]) }
        let memory = isTrue(call["reset"]) ? nil : call.memory
        let current = memory.flatMap { Int($0) } ?? from
        guard memory != end, increment > 0 ? current <= to : current >= to else { return OperationAnswer(noMore) }
        let (next, overflows) = current.addingReportingOverflow(increment)
        return OperationAnswer(
            hasMore, results: ["resultString": String(current)], memory: overflows ? end : String(next))
    }

    /// Gives the elements one by one, and begins again after `no more` or when the list is another.
    static func iterate(_ call: OperationCall) -> OperationAnswer {
        let separator = call["separator"].isEmpty ? "," : call["separator"]
        let list = call["list"]
        let elements = SluiceFlowRunner.elements(of: list, separator: separator)
        var index = 0
        if let memory = call.memory, let space = memory.firstIndex(of: " "),
            memory[memory.index(after: space)...].utf8.elementsEqual(list.utf8)
        {
            index = Int(memory[..<space]) ?? 0
        }
        guard elements.indices.contains(index) else { return OperationAnswer(noMore) }
        return OperationAnswer(hasMore, results: ["resultString": elements[index]], memory: "\(index + 1) \(list)")
    }

    /// The value of `key` in the JSON object: a text as it is, all else as JSON.
    static func member(_ call: OperationCall) -> OperationAnswer {
        let missing = OperationAnswer(failure, results: ["exception": "the object has no such key, or is none"])
        guard let parsed = try? JSONSerialization.jsonObject(with: Data(call["object"].utf8)),
            let value = (parsed as? [String: Any])?[call["key"]]
        else { return missing }
        let text: String
        if let string = value as? String {
            text = string
        } else if let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        {
            text = String(decoding: data, as: UTF8.self)
        } else {
            return missing
        }
        return OperationAnswer(success, results: ["returnResult": text, "Result": text])
    }
}
