/// What a CloudSlang expression gives.
indirect enum CloudSlangValue: Equatable {
    case none
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([CloudSlangValue])

    /// As CloudSlang keeps it in a variable; nil for `None`.
    var text: String? {
        switch self {
        case .none: nil
        case .text(let text): text
        case .number(let number): String(number)
        case .truth(let truth): truth ? "True" : "False"
        case .list(let values): "[" + values.map(\.shownInList).joined(separator: ", ") + "]"
        }
    }

    /// As Python's `str` gives it.
    var spoken: String { text ?? "None" }

    var isTrue: Bool {
        switch self {
        case .none: false
        case .text(let text): !text.isEmpty
        case .number(let number): number != 0
        case .truth(let truth): truth
        case .list(let values): !values.isEmpty
        }
    }

    private var shownInList: String {
        if case .text(let text) = self { "'\(text)'" } else { spoken }
    }

    /// What `loop` goes through: a list's elements, or those of a comma delimited text (CloudSlang DSL, `for`).
    var elements: [String]? {
        switch self {
        case .list(let values): values.map(\.spoken)
        case .text(let text): text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        default: nil
        }
    }

    /// `left + right`; nil where Python has no sum.
    static func sum(_ left: CloudSlangValue, _ right: CloudSlangValue) -> CloudSlangValue? {
        switch (left, right) {
        case (.text(let left), .text(let right)): .text(left + right)
        case (.list(let left), .list(let right)): .list(left + right)
        case (.number(let left), .number(let right)):
            left.addingReportingOverflow(right).overflow ? nil : .number(left + right)
        default: nil
        }
    }

    /// `self in whole`; nil where Python has no answer.
    func isPart(of whole: CloudSlangValue) -> Bool? {
        switch (self, whole) {
        case (.text(let part), .text(let whole)): part.isEmpty || whole.range(ofScalars: part) != nil
        case (_, .list(let values)): values.contains(self)
        default: nil
        }
    }
}

extension StringProtocol {
    /// The first place of a text, compared scalar by scalar as Python does.
    func range(ofScalars part: String) -> Range<Index>? {
        let mark = Array(part.unicodeScalars)
        guard let first = mark.first else { return nil }
        var start = startIndex
        while let place = unicodeScalars[start...].firstIndex(of: first) {
            if unicodeScalars[place...].starts(with: mark) {
                return place..<unicodeScalars.index(place, offsetBy: mark.count)
            }
            start = unicodeScalars.index(after: place)
        }
        return nil
    }

    /// The parts between the occurrences of a text that is not empty.
    func parts(between mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = Substring(self)
        while let range = rest.range(ofScalars: mark) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
