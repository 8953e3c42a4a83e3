internal import SluiceModel

/// Sets keys of a configuration file by changing or adding only their lines: comments, order and layout stay.
///
/// For keys of two names such as `csa.assignment`, in files whose sections are written one key a line.
public struct ConfigurationEdit: Hashable, Sendable {
    /// A line that becomes another one.
    public struct Change: Hashable, Sendable {
        /// From 1, in the new text.
        public var line: Int
        /// nil: the line is new.
        public var old: String?
        public var new: String
    }

    /// The whole file as it would be.
    public private(set) var text: String
    /// In the order of the file.
    public private(set) var changes: [Change] = []

    /// Why a file is not edited; it is to be done by hand.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - text: A file that was read without an error.
    ///   - settings: What to set, by the names of the keys.
    /// - Throws: `Refusal` when a line cannot be told, or the new text would not be read as meant.
    public init(
        _ text: String, setting settings: [(key: String, value: String)], file: String
    ) throws(Refusal) {
        self.text = text
        var lines = Lines(text)
        for (key, value) in settings { try lines.set(key, to: value) }
        self.text = lines.text
        changes = lines.changes
        try check(against: text, settings, file)
    }

    /// The new text must say what the old one says with these settings over it, and nothing else.
    private func check(
        against old: String, _ settings: [(key: String, value: String)], _ file: String
    ) throws(Refusal) {
        var wanted: [String: String] = [:]
        for (path, value) in settings {
            guard let key = ConfigKey.all.first(where: { $0.path == path }) else {
                throw Refusal(description: "\(path) is no key of the configuration")
            }
            wanted[key.environmentName] = value
        }
        let meant = SluiceConfiguration.read(yaml: old, file: file, environment: wanted)
        let written = SluiceConfiguration.read(yaml: text, file: file, environment: [:])
        if let error = written.diagnostics.first(where: { $0.severity == .error }) {
            throw Refusal(description: "the file would be wrong: \(error)")
        }
        guard written.configuration == meant.configuration else {
            throw Refusal(description: "the file is laid out in a way that its lines cannot be changed one by one")
        }
    }

    /// `-old` and `+new` with the number of the line.
    public var difference: [String] {
        changes.flatMap { change in
            ["@@ line \(change.line) @@"] + (change.old.map { ["-\($0)"] } ?? []) + ["+\(change.new)"]
        }
    }

    /// The environment variable that would win over a key of the file; nil when there is no such key.
    public static func variable(of path: String) -> String? {
        ConfigKey.all.first { $0.path == path }?.environmentName
    }
}

/// A file as lines, without their ends.
private struct Lines {
    private var lines: [String]
    private let lineEnd: String
    private var olds: [Int: String?] = [:]

    init(_ text: String) {
        lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix("\r") ? String(line.dropLast()) : String(line)
        }
        // "\r\n" is one Character, which no "\n" splits.
        if lineEnd == "\r\n" {
            lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
        }
    }

    var text: String { lines.joined(separator: lineEnd) }

    var changes: [ConfigurationEdit.Change] {
        lines.indices.compactMap { index in
            olds[index].map { .init(line: index + 1, old: $0, new: lines[index]) }
        }
    }

    mutating func set(_ path: String, to value: String) throws(ConfigurationEdit.Refusal) {
        let names = path.split(separator: ".").map(String.init)
        guard names.count == 2 else { throw .init(description: "\(path) is not a key within a section") }
        let isOdd = lines.contains { $0 == "..." || $0.hasPrefix("%") }
        guard !isOdd, lines.count(where: { $0.hasPrefix("---") }) < 2 else {
            throw .init(description: "the file has several documents, or directives")
        }
        guard let section = try section(names[0]) else {
            return append(names[0], [Self.line(2, names[1], value)])
        }
        var indent: Int?
        for index in section where !Self.isBlank(lines[index]) {
            let own = Self.indent(of: lines[index])
            if indent == nil { indent = own }
            guard own == indent else { continue }
            if Self.value(of: names[1], in: lines[index]) != nil { return try replace(index, names[1], value, path) }
        }
        let depth = indent ?? 2
        insert(Self.line(depth, names[1], value), at: place(in: section, of: names[1]))
    }

    /// The lines below a section's name; nil when there is no such section.
    private func section(_ name: String) throws(ConfigurationEdit.Refusal) -> Range<Int>? {
        guard let start = lines.firstIndex(where: { Self.value(of: name, in: $0) != nil }) else { return nil }
        guard Self.value(of: name, in: lines[start])?.text.isEmpty == true else {
            throw .init(description: "the section \(name) is not written one key a line (line \(start + 1))")
        }
        let end = lines[(start + 1)...].firstIndex { !Self.isBlank($0) && Self.indent(of: $0) == 0 } ?? lines.endIndex
        return (start + 1)..<end
    }

    /// Behind the comment that shows the key, else behind the section's last key.
    private func place(in section: Range<Int>, of name: String) -> Int {
        let shown = section.first { index in
            let text = lines[index].drop { $0 == " " }
            guard text.hasPrefix("#") else { return false }
            return Self.value(of: name, in: String(text.dropFirst().drop { $0 == " " })) != nil
        }
        return (shown ?? section.last { !Self.isBlank(lines[$0]) } ?? section.lowerBound - 1) + 1
    }

    private mutating func replace(
        _ index: Int, _ name: String, _ value: String, _ path: String
    ) throws(ConfigurationEdit.Refusal) {
        let old = lines[index]
        guard let found = Self.value(of: name, in: old), let plain = found.end else {
            throw .init(description: "the value of \(path) is not plain (line \(index + 1))")
        }
        let head = old[..<found.text.startIndex]
        var tail = old[plain...]
        let new = Self.quoted(value)
        if tail.contains(where: { $0 != " " }) {
            // A comment stays in its column where it can.
            let spaces = tail.prefix { $0 == " " }.count
            tail = tail.dropFirst(spaces)
            let width = max(2, spaces + found.text[..<plain].count - new.count)
            let gap = head.last == ":" ? " " : ""
            lines[index] = "\(head)\(gap)\(new)\(String(repeating: " ", count: width))\(tail)"
        } else {
            lines[index] = "\(head)\(head.last == ":" ? " " : "")\(new)"
        }
        if lines[index] != old, olds[index] == nil { olds[index] = .some(old) }
    }

    private mutating func insert(_ line: String, at index: Int) {
        lines.insert(line, at: index)
        var moved: [Int: String?] = [:]
        for (place, old) in olds { moved[place < index ? place : place + 1] = .some(old) }
        olds = moved
        olds[index] = .some(nil)
    }

    private mutating func append(_ section: String, _ keys: [String]) {
        // What follows the last line end is an empty line.
        if lines.last == "" { lines.removeLast() }
        if !lines.isEmpty { insert("", at: lines.count) }
        for line in ["\(section):"] + keys { insert(line, at: lines.count) }
        lines.append("")
    }

    // MARK: One line

    /// A key's value in a line: from where, and where a plain or quoted one ends; nil when the line has another key.
    private static func value(of name: String, in line: String) -> (text: Substring, end: String.Index?)? {
        let body = line.drop { $0 == " " }
        guard
            let rest = ["\(name):", "\"\(name)\":", "'\(name)':"].lazy
                .compactMap({ body.hasPrefix($0) ? body.dropFirst($0.count) : nil }).first
        else { return nil }
        guard rest.first == nil || rest.first == " " || rest.first == "\t" else { return nil }
        let text = rest.drop { $0 == " " || $0 == "\t" }
        if text.isEmpty || text.first == "#" {
            let empty = text.isEmpty ? rest[rest.startIndex..<rest.startIndex] : text[text.startIndex..<text.startIndex]
            return (empty, empty.startIndex)
        }
        guard let first = text.first, !"&*!|>{[@`%?-".contains(first) else { return (text, nil) }
        if first == "\"" || first == "'" {
            guard let close = text.dropFirst().firstIndex(of: first), !text[..<close].contains("\\") else {
                return (text, nil)
            }
            let after = text[text.index(after: close)...]
            // `''` within single quotes is one; what follows the quotes must be a comment.
            let isEnd = after.isEmpty || after.first == " "
            return (text, isEnd ? after.startIndex : nil)
        }
        let comment = text.firstRange(of: " #")?.lowerBound ?? text.endIndex
        var end = comment
        while end > text.startIndex, text[text.index(before: end)] == " " { end = text.index(before: end) }
        return (text, end)
    }

    private static func line(_ indent: Int, _ name: String, _ value: String) -> String {
        "\(String(repeating: " ", count: indent))\(name): \(quoted(value))"
    }

    /// Plain where every reader of YAML takes it for the same text, number or truth value.
    private static func quoted(_ value: String) -> String {
        let isWord = value.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2F, 0x2D, 0x5F].contains(byte)
        }
        let isNumber = !value.isEmpty && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let isPlain = isNumber || isWord && value.utf8.first.map { !(0x30...0x39).contains($0) && $0 != 0x2D } == true
        return isPlain ? value : "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static func indent(of line: String) -> Int { line.prefix { $0 == " " }.count }

    /// Whether a line is empty or a comment alone.
    private static func isBlank(_ line: String) -> Bool {
        let first = line.first { $0 != " " && $0 != "\t" }
        return first == nil || first == "#" || line.hasPrefix("---")
    }
}
