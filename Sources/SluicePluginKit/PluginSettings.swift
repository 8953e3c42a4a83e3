/// Reads a plugin's settings, each by its kind. What is wrong is noted with its key and line, and a default is given,
/// so that one look shows every fault.
///
/// ```swift
/// let name = settings.text("name", default: "pool")
/// let length = settings.number("lengthMax", in: 1...500, default: 100)
/// ```
public struct PluginSettings: Sendable {
    /// What is wrong so far.
    public private(set) var diagnostics: [Diagnostic] = []
    /// `plugins[0].settings`.
    public let path: String
    private let place: PluginValue
    private let members: [PluginValue.Member]
    private var namesRead: [String] = []

    /// Most elements of a list.
    public static let elementCountMax = 1000
    /// Characters of a wrong value that a message shows.
    private static let shownCharacterCountMax = 60

    /// - Parameter path: Stands before the keys in messages.
    public init(_ value: PluginValue, path: String = "settings") {
        self.path = path
        place = value
        switch value.content {
        case .section(let section): members = section
        case .nothing: members = []
        case .text, .list:
            members = []
            report(value, "config-type", "\(path) must be a section, not \(value.kind)")
        }
    }

    // MARK: Kinds of settings

    /// A text that is not empty; nil when it is not there.
    public mutating func text(_ key: String) -> String? {
        parsed(key, expected: "a text") { $0.isEmpty ? nil : $0 }
    }

    public mutating func text(_ key: String, default standard: String) -> String { text(key) ?? standard }

    /// A text that must be there.
    public mutating func requiredText(_ key: String) -> String {
        guard members.contains(where: { $0.name == key }) else {
            namesRead.append(key)
            report(place, "config-value", "\(path) has no \(key)")
            return ""
        }
        return text(key) ?? ""
    }

    public mutating func number(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        parsed(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? standard
    }

    public mutating func flag(_ key: String, default standard: Bool) -> Bool {
        parsed(key, expected: "true or false") { ["true": true, "false": false][$0] } ?? standard
    }

    /// One of the words of an enum.
    public mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, default standard: Choice
    ) -> Choice {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return parsed(key, expected: "one of \(words)") { Choice(rawValue: $0) } ?? standard
    }

    /// `30s`, `15m`, `4h` or `14d`, up to 366 days; nil when it is not there.
    public mutating func duration(_ key: String) -> Duration? {
        parsed(key, expected: "a time such as 30s, 15m, 4h or 14d") { text in
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
            guard let last = text.last, let unit = units[last], case let digits = text.dropLast(),
                (1...9).contains(digits.utf8.count), let count = Int64(digits),
                (1...366 * 86_400).contains(count * unit)
            else { return nil }
            return .seconds(count * unit)
        }
    }

    /// A pattern over flow paths; nil when it is not there.
    public mutating func glob(_ key: String) -> PathGlob? {
        parsed(key, expected: "a pattern of 1 to \(IdentifierLimits.byteCountMax) bytes") { PathGlob($0) }
    }

    /// The id of a flow; nil when it is not there.
    public mutating func flow(_ key: String) -> FlowID? {
        parsed(key, expected: "a flow's id") { FlowID(checking: $0) }
    }

    /// A priority from 0 to 9; nil when it is not there.
    public mutating func priority(_ key: String) -> Priority? {
        parsed(key, expected: "a priority from 0 to 9") { Int($0).flatMap { Priority($0) } }
    }

    /// A text that a function turns into something better; nil when it is not there, or was no such thing.
    public mutating func parsed<Value>(_ key: String, expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let value = value(key) else { return nil }
        return read(value, "\(path).\(key)", expected: expected, parse)
    }

    /// A list of texts, none of them empty; a text alone is a list of one.
    public mutating func texts(_ key: String, default standard: [String] = []) -> [String] {
        parsedList(key, expected: "a text") { $0.isEmpty ? nil : $0 } ?? standard
    }

    /// A list of texts that a function turns into something better; nil when it is not there.
    public mutating func parsedList<Value>(
        _ key: String, expected: String, _ parse: (String) -> Value?
    ) -> [Value]? {
        guard let elements = elements(key) else { return nil }
        var values: [Value] = []
        for (index, element) in elements.enumerated() {
            guard let value = read(element, "\(path).\(key)[\(index)]", expected: expected, parse) else { continue }
            values.append(value)
        }
        return values
    }

    /// A list of sections, each read by a function; a section alone is a list of one.
    public mutating func sections<Value>(_ key: String, _ read: (inout PluginSettings) -> Value) -> [Value] {
        (elements(key) ?? []).enumerated().map { index, element in
            var section = PluginSettings(element, path: "\(path).\(key)[\(index)]")
            let value = read(&section)
            section.finish()
            diagnostics += section.diagnostics
            return value
        }
    }

    // MARK: Faults

    /// Notes what is wrong with a setting; nil: with the settings as a whole.
    public mutating func complain(_ key: String? = nil, _ message: String) {
        let value = key.flatMap { key in members.first { $0.name == key }?.value } ?? place
        report(value, "config-value", "\(key.map { "\(path).\($0)" } ?? path) \(message)")
    }

    /// Notes the settings that nobody read. The host calls it after `PluginFactory.make`.
    public mutating func finish() {
        let expected = namesRead.isEmpty ? "there are none" : "there are \(namesRead.joined(separator: ", "))"
        for member in members where !namesRead.contains(member.name) {
            report(member.value, "config-unknown-key", "unknown key \(path).\(member.name); \(expected)")
        }
    }

    private mutating func value(_ key: String) -> PluginValue? {
        if !namesRead.contains(key) { namesRead.append(key) }
        guard let value = members.first(where: { $0.name == key })?.value, value.content != .nothing else { return nil }
        return value
    }

    private mutating func elements(_ key: String) -> [PluginValue]? {
        guard let value = value(key) else { return nil }
        guard case .list(let elements) = value.content else { return [value] }
        guard elements.count <= Self.elementCountMax else {
            report(value, "config-range", "\(path).\(key) has more than \(Self.elementCountMax) elements")
            return []
        }
        return elements
    }

    private mutating func read<Value>(
        _ value: PluginValue, _ path: String, expected: String, _ parse: (String) -> Value?
    ) -> Value? {
        guard case .text(let text) = value.content else {
            report(value, "config-type", "\(path) must be \(expected), not \(value.kind)")
            return nil
        }
        guard let parsed = parse(text) else {
            let shown = text.isEmpty ? "empty" : "\"\(text.prefix(Self.shownCharacterCountMax))\""
            report(value, "config-value", "\(path) must be \(expected), not \(shown)")
            return nil
        }
        return parsed
    }

    private mutating func report(_ value: PluginValue, _ code: String, _ message: String) {
        diagnostics.append(
            Diagnostic(
                severity: .error, code: code, message: message, file: value.file, line: value.line,
                column: value.column))
    }
}
