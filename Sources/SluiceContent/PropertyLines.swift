/// Walks over the lines of a Java properties file that say something; a value is decoded only by who asks for it.
struct PropertyLines {
    /// One logical line, continued lines joined.
    struct Line {
        var key: String
        /// The value with its escapes still in place.
        var value: ArraySlice<UInt8>
        /// Line on which it starts, from 1.
        var number: Int
    }

    /// The file as UTF-8, without a byte order mark.
    private let bytes: [UInt8]
    private var cursor = 0
    private var lineNumber = 1

    init(_ bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            // Bytes of Latin-1 are the scalars of the same numbers.
            self.bytes = Array(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).utf8)
            return
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    }

    /// The next line that has a key; nil at the end.
    mutating func next() -> Line? {
        guard let logical = logicalLine() else { return nil }
        let text = logical.text
        var end = text.startIndex
        var isEscaped = false
        while end < text.endIndex, isEscaped || !(Self.isBlank(text[end]) || Self.isSeparator(text[end])) {
            isEscaped = !isEscaped && text[end] == escape
            end += 1
        }
        var start = end
        while start < text.endIndex, Self.isBlank(text[start]) { start += 1 }
        if start < text.endIndex, Self.isSeparator(text[start]) {
            start += 1
            while start < text.endIndex, Self.isBlank(text[start]) { start += 1 }
        }
        return Line(key: unescaped(text[..<end]), value: text[start...], number: logical.number)
    }

    /// The next line that is neither blank nor a comment, with those that continue it joined.
    private mutating func logicalLine() -> (text: ArraySlice<UInt8>, number: Int)? {
        var joined: [UInt8] = []
        var isContinued = false
        var number = lineNumber
        while cursor < bytes.count {
            if !isContinued { number = lineNumber }
            let natural = naturalLine()
            let isComment = natural.first == UInt8(ascii: "#") || natural.first == UInt8(ascii: "!")
            if !isContinued, natural.isEmpty || isComment { continue }
            if natural.reversed().prefix(while: { $0 == escape }).count % 2 == 1 {
                joined += natural.dropLast()
                isContinued = true
            } else {
                guard isContinued else { return (natural, number) }
                joined += natural
                return (joined[...], number)
            }
        }
        return isContinued ? (joined[...], number) : nil
    }

    /// The text up to the next line break without the blanks before it; goes on behind the break.
    private mutating func naturalLine() -> ArraySlice<UInt8> {
        var end = cursor
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        var start = cursor
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        cursor = end
        if cursor < bytes.count {
            if bytes[cursor] == 0x0D, cursor + 1 < bytes.count, bytes[cursor + 1] == 0x0A { cursor += 1 }
            cursor += 1
            lineNumber += 1
        }
        return bytes[start..<end]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0C }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") }
}

/// The text of a key or value with its escapes resolved.
func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard let first = bytes.firstIndex(of: escape) else { return String(decoding: bytes, as: UTF8.self) }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var rest = bytes
    var next: Int? = first
    while let place = next {
        text += rest[..<place]
        // A backslash at the very end stands for itself.
        guard place + 1 < bytes.endIndex else {
            rest = bytes[place...]
            break
        }
        var cursor = place + 2
        switch bytes[place + 1] {
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): text += String(unicodeEscape(bytes, &cursor)).utf8
        default: text.append(bytes[place + 1])
        }
        rest = bytes[cursor...]
        next = rest.firstIndex(of: escape)
    }
    text += rest
    return String(decoding: text, as: UTF8.self)
}

private let escape = UInt8(ascii: "\\")

/// The character of the four digits at the cursor, and of a low surrogate's escape behind them.
private func unicodeEscape(_ bytes: ArraySlice<UInt8>, _ cursor: inout Int) -> Unicode.Scalar {
    guard let high = codeUnit(bytes, cursor) else { return "u" }
    cursor += 4
    if (0xD800...0xDBFF).contains(high), cursor + 1 < bytes.endIndex, bytes[cursor] == UInt8(ascii: "\\"),
        bytes[cursor + 1] == UInt8(ascii: "u"), let low = codeUnit(bytes, cursor + 2), (0xDC00...0xDFFF).contains(low)
    {
        cursor += 6
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }
    return Unicode.Scalar(high) ?? "\u{FFFD}"
}

private func codeUnit(_ bytes: ArraySlice<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= bytes.endIndex else { return nil }
    var value: UInt32 = 0
    for byte in bytes[start..<start + 4] {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
        default: return nil
        }
    }
    return value
}
