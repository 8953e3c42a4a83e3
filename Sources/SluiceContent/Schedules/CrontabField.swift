/// One time field of a line of cron: which values of its range it holds.
public struct CrontabField: Hashable, Sendable {
    /// The five fields.
    public enum Kind: String, Hashable, Sendable {
        case minute
        case hour
        case dayOfMonth = "day of month"
        case month
        case dayOfWeek = "day of week"

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            case .dayOfWeek: 0...6
            }
        }

        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    /// Longest text of a field.
    private static let textBytesMax = 512

    public let kind: Kind
    /// Whether the text begins with `*`, also as `*/2`: cron asks for both days then.
    public let beginsWithStar: Bool
    private var bits: UInt64 = 0

    init(_ text: String, _ kind: Kind) throws(CrontabSchedule.Fault) {
        self.kind = kind
        beginsWithStar = text.hasPrefix("*")
        guard text.utf8.count <= Self.textBytesMax else {
            throw CrontabSchedule.Fault(
                description: "the \(kind.rawValue) is longer than \(Self.textBytesMax) bytes")
        }
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            for value in try Self.values(item, kind) { bits |= 1 << UInt64(value) }
        }
    }

    /// Whether it holds every value of its range.
    public var isFull: Bool { kind.range.allSatisfy(contains) }

    public func contains(_ value: Int) -> Bool { (0..<64).contains(value) && bits & (1 << UInt64(value)) != 0 }

    /// The same values as Quartz writes them: `*`, or a list of values and ranges. Its days of the week begin at 1.
    var quartz: String {
        if isFull { return "*" }
        let shift = kind == .dayOfWeek ? 1 : 0
        var parts: [String] = []
        var value = kind.range.lowerBound
        while value <= kind.range.upperBound {
            guard contains(value) else {
                value += 1
                continue
            }
            var last = value
            while last < kind.range.upperBound, contains(last + 1) { last += 1 }
            parts.append(last > value + 1 ? "\(value + shift)-\(last + shift)" : "\(value + shift)")
            if last == value + 1 { parts.append("\(last + shift)") }
            value = last + 1
        }
        return parts.joined(separator: ",")
    }

    /// The values of one item of the list: `*`, `a`, `a-b`, each but `a` with a step.
    private static func values(_ item: Substring, _ kind: Kind) throws(CrontabSchedule.Fault) -> [Int] {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        func fault(_ why: String) -> CrontabSchedule.Fault {
            let names = kind.names.isEmpty ? "" : " or \(kind.names[0]) to \(kind.names[kind.names.count - 1])"
            let range = "\(kind.range.lowerBound) to \(kind == .dayOfWeek ? 7 : kind.range.upperBound)\(names)"
            return CrontabSchedule.Fault(
                description: "the \(kind.rawValue) may not be \(CrontabReader.quoted(item)): \(why); "
                    + "allowed are *, \(range), lists, ranges a-b, and steps */n and a-b/n")
        }
        guard parts.count <= 2 else { throw fault("there are two steps") }
        var step = 1
        if parts.count == 2 {
            guard let value = number(parts[1]), value > 0 else { throw fault("the step is no number above 0") }
            step = value
        }
        if parts[0] == "*" {
            return Array(stride(from: kind.range.lowerBound, through: kind.range.upperBound, by: step))
        }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw fault("it is no range") }
        var bounds: [Int] = []
        for end in ends {
            guard let value = value(end, kind) else { throw fault("\(CrontabReader.quoted(end)) is not allowed") }
            bounds.append(value)
        }
        guard bounds.count == 2 else {
            // Vixie's cron drops the step of a single value without a word, others count on to the end.
            if parts.count == 2 { throw fault("a step needs a range, and crons differ in what this means") }
            return [bounds[0] % (kind == .dayOfWeek ? 7 : 64)]
        }
        guard bounds[0] <= bounds[1] else { throw fault("the range runs backwards") }
        return stride(from: bounds[0], through: bounds[1], by: step).map { kind == .dayOfWeek ? $0 % 7 : $0 }
    }

    private static func value(_ text: Substring, _ kind: Kind) -> Int? {
        if let index = kind.names.firstIndex(of: text.lowercased()) {
            return index + (kind == .month ? 1 : 0)
        }
        guard let number = number(text) else { return nil }
        let last = kind == .dayOfWeek ? 7 : kind.range.upperBound
        return (kind.range.lowerBound...last).contains(number) ? number : nil
    }

    /// One to four digits.
    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
