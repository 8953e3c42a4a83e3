import SluiceContent

/// The functions and methods that expressions may use (CloudSlang DSL reference, "Functions"), and slices.
extension CloudSlangExpression {
    /// Elements that `range` may give.
    static let rangeCountMax = 10_000

    static func function(
        _ name: String, _ arguments: [CloudSlangValue], _ names: Names
    ) throws(FlowFault) -> CloudSlangValue {
        let texts = arguments.map(\.text)
        let first = texts.first ?? nil
        switch (name, arguments.count) {
        case ("get", 1...2): return names[first ?? ""] ?? (arguments.count == 2 ? arguments[1] : .none)
        case ("get_sp", 1...2):
            if let value = names.systemProperties[first ?? ""] { return .text(value) }
            return arguments.count == 2 ? arguments[1] : .none
        case ("check_empty", 2): return first?.isEmpty ?? true ? arguments[1] : arguments[0]
        case ("get_run_id", 0): return .text(names.runID)
        case ("str", 1): return .text(arguments[0].spoken)
        case ("int", 1):
            guard let number = Int((first ?? "").trimmed) else { throw fault("makes a number of what is none") }
            return .number(number)
        case ("len", 1):
            guard let count = length(of: arguments[0]) else { throw fault("counts what has no length") }
            return .number(count)
        case ("range", 1...2):
            guard case .number(let last) = arguments[arguments.count - 1] else { throw fault("counts by no number") }
            guard arguments.count == 1 || arguments[0].isNumber else { throw fault("counts by no number") }
            let start = arguments.count == 1 ? 0 : Int(arguments[0].spoken) ?? 0
            guard last <= start || last.subtractingReportingOverflow(start).partialValue <= rangeCountMax,
                !last.subtractingReportingOverflow(start).overflow
            else { throw .limit("a range has more numbers", rangeCountMax, "make it shorter") }
            return .list((start..<max(start, last)).map { .number($0) })
        case ("cs_to_lower", 1): return .text((first ?? "").lowercased())
        case ("cs_to_upper", 1): return .text((first ?? "").uppercased())
        default: throw fault("calls \(shown(name)) with \(arguments.count) values, which is not known here")
        }
    }

    static func method(
        _ name: String, of value: CloudSlangValue, _ arguments: [CloudSlangValue], limits: FlowRunLimits
    ) throws(FlowFault) -> CloudSlangValue {
        guard case .text(let text) = value else { throw fault("calls .\(shown(name)) of what is no text") }
        let texts = arguments.compactMap(\.text)
        guard texts.count == arguments.count else { throw fault("calls .\(shown(name)) with None") }
        switch (name, texts.count) {
        case ("strip", 0...1): return .text(stripped(text, texts.first, front: true, back: true))
        case ("lstrip", 0...1): return .text(stripped(text, texts.first, front: true, back: false))
        case ("rstrip", 0...1): return .text(stripped(text, texts.first, front: false, back: true))
        case ("lower", 0): return .text(text.lowercased())
        case ("upper", 0): return .text(text.uppercased())
        case ("replace", 2) where !texts[0].isEmpty:
            let parts = text.parts(between: texts[0])
            let (bytes, overflows) = texts[1].utf8.count.multipliedReportingOverflow(by: parts.count)
            guard !overflows, bytes <= limits.valueBytesMax else {
                throw .limit("a replaced text has more bytes", limits.valueBytesMax, "replace less")
            }
            return .text(parts.joined(separator: texts[1]))
        case ("startswith", 1): return .truth(text.unicodeScalars.starts(with: texts[0].unicodeScalars))
        case ("endswith", 1):
            return .truth(text.unicodeScalars.reversed().starts(with: texts[0].unicodeScalars.reversed()))
        case ("split", 1) where !texts[0].isEmpty:
            return .list(text.parts(between: texts[0]).map { .text(String($0)) })
        default: throw fault("calls .\(shown(name)) with \(texts.count) values, which is not known here")
        }
    }

    private static func stripped(_ text: String, _ set: String?, front: Bool, back: Bool) -> String {
        let members = set.map { Set($0.unicodeScalars) }
        let isStripped = { (scalar: Unicode.Scalar) in members?.contains(scalar) ?? scalar.properties.isWhitespace }
        var scalars = text.unicodeScalars[...]
        if front { scalars = scalars.drop(while: isStripped) }
        while back, let last = scalars.last, isStripped(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func length(of value: CloudSlangValue) -> Int? {
        switch value {
        case .text(let text): text.unicodeScalars.count
        case .list(let values): values.count
        default: nil
        }
    }

    /// `value[index]`; nil when it is not there.
    static func part(of value: CloudSlangValue, at index: Int) -> CloudSlangValue? {
        guard let count = length(of: value) else { return nil }
        let place = index < 0 ? index + count : index
        guard (0..<count).contains(place) else { return nil }
        if case .list(let values) = value { return values[place] }
        return slice(of: value, from: place, to: place + 1)
    }

    /// `value[from:to]`; nil when it has no parts.
    static func slice(of value: CloudSlangValue, from: Int?, to: Int?) -> CloudSlangValue? {
        guard let count = length(of: value) else { return nil }
        let bound = { (index: Int) in min(max(index < 0 ? index + count : index, 0), count) }
        let start = bound(from ?? 0)
        let end = max(start, bound(to ?? count))
        switch value {
        case .text(let text): return .text(String(text.unicodeScalars.dropFirst(start).prefix(end - start)))
        case .list(let values): return .list(Array(values[start..<end]))
        default: return nil
        }
    }
}

extension CloudSlangValue {
    fileprivate var isNumber: Bool {
        if case .number = self { true } else { false }
    }
}
