/// The keys and values of a Java properties file (`java.util.Properties.load`), read as UTF-8.
///
/// Java reads Latin-1; OO writes ASCII with `\uXXXX`, and people write UTF-8. Bytes that are not UTF-8 read as Latin-1.
public struct JavaProperties: Hashable, Sendable {
    /// One line of the file: comments and blank lines are left out, continued lines joined.
    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: String
        /// Line on which it starts, from 1.
        public var line: Int
    }

    /// The entries in the order of the file; a key may appear twice, and the last one counts.
    public private(set) var entries: [Entry] = []

    /// Reads a file's bytes; every input is valid, as in Java, except that a wrong `\u` escape reads as its letters.
    public init(_ bytes: some Sequence<UInt8>) {
        var scalars = Self.decode(Array(bytes))
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var cursor = 0
        var line = 1
        while let logical = Self.logicalLine(scalars, &cursor, &line) {
            entries.append(Self.entry(logical.text, line: logical.line))
        }
    }

    /// The last value of a key.
    public subscript(_ key: String) -> String? { entries.last { $0.key == key }?.value }

    private static func decode(_ bytes: [UInt8]) -> [Unicode.Scalar] {
        if let text = String(validating: bytes, as: UTF8.self) { return Array(text.unicodeScalars) }
        return bytes.map { Unicode.Scalar($0) }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{C}"
    }

    /// The next line that says something, with continuation lines joined and its escapes still in place.
    private static func logicalLine(
        _ scalars: [Unicode.Scalar], _ cursor: inout Int, _ line: inout Int
    ) -> (text: [Unicode.Scalar], line: Int)? {
        var text: [Unicode.Scalar] = []
        var firstLine = line
        var isContinued = false
        while cursor < scalars.count {
            if !isContinued { firstLine = line }
            var end = cursor
            while end < scalars.count, scalars[end] != "\n", scalars[end] != "\r" { end += 1 }
            var start = cursor
            while start < end, isBlank(scalars[start]) { start += 1 }
            let natural = scalars[start..<end]
            cursor = end
            if cursor < scalars.count {
                if scalars[cursor] == "\r", cursor + 1 < scalars.count, scalars[cursor + 1] == "\n" { cursor += 1 }
                cursor += 1
                line += 1
            }
            if !isContinued, natural.isEmpty || natural.first == "#" || natural.first == "!" { continue }
            let backslashes = natural.reversed().prefix { $0 == "\\" }.count
            if backslashes % 2 == 1 {
                text += natural.dropLast()
                isContinued = true
                continue
            }
            text += natural
            return (text, firstLine)
        }
        return isContinued ? (text, firstLine) : nil
    }

    private static func entry(_ text: [Unicode.Scalar], line: Int) -> Entry {
        var cursor = 0
        var key = String.UnicodeScalarView()
        while cursor < text.count, !isBlank(text[cursor]), text[cursor] != "=", text[cursor] != ":" {
            key.append(unescaped(text, &cursor))
        }
        while cursor < text.count, isBlank(text[cursor]) { cursor += 1 }
        if cursor < text.count, text[cursor] == "=" || text[cursor] == ":" {
            cursor += 1
            while cursor < text.count, isBlank(text[cursor]) { cursor += 1 }
        }
        var value = String.UnicodeScalarView()
        while cursor < text.count { value.append(unescaped(text, &cursor)) }
        return Entry(key: String(key), value: String(value), line: line)
    }

    /// The character at the cursor, with its escape resolved.
    private static func unescaped(_ text: [Unicode.Scalar], _ cursor: inout Int) -> Unicode.Scalar {
        let scalar = text[cursor]
        cursor += 1
        guard scalar == "\\", cursor < text.count else { return scalar }
        let escaped = text[cursor]
        cursor += 1
        switch escaped {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "f": return "\u{C}"
        case "u":
            guard let high = codeUnit(text, cursor) else { return "u" }
            cursor += 4
            if (0xD800...0xDBFF).contains(high), cursor + 1 < text.count, text[cursor] == "\\",
                text[cursor + 1] == "u", let low = codeUnit(text, cursor + 2), (0xDC00...0xDFFF).contains(low)
            {
                cursor += 6
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
            }
            return Unicode.Scalar(high) ?? "\u{FFFD}"
        default: return escaped
        }
    }

    private static func codeUnit(_ text: [Unicode.Scalar], _ start: Int) -> UInt32? {
        guard start + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for scalar in text[start..<start + 4] {
            guard scalar.isASCII, let digit = Character(scalar).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
