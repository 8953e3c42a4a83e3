/// Text of a drawing: made harmless, measured without a font, broken into lines.
package enum DrawnText {
    /// Scalars that are kept of a name.
    package static let nameScalarCountMax = 240
    /// Scalars that are kept of a description, which has several names.
    package static let textScalarCountMax = 2_000

    /// Text from outside as one line: control characters, marks of direction and what XML forbids become `\u{…}`.
    package static func plain(_ text: String, scalarCountMax: Int = nameScalarCountMax) -> String {
        var result = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < scalarCountMax else { return result + "…" }
            if isHarmless(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return result
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F: false
        // Marks of direction and of invisible structure: they would reorder or hide what stands around them.
        case 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: false
        case 0xE0000...0xE0FFF: false
        case let value where value & 0xFFFE == 0xFFFE: false
        default: true
        }
    }

    /// Harmless text as the content of an element or attribute.
    package static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// How wide a text is at most, in a usual sans-serif font of this size; no font is at hand to ask.
    package static func width(_ text: some StringProtocol, size: Double) -> Double {
        var width = 0.0
        for scalar in text.unicodeScalars { width += self.width(scalar) }
        return width * size
    }

    private static func width(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "l", "j", "t", "f", "I", ".", ",", ":", ";", "'", "|", "!", "(", ")", "[", "]", "/", " ": 0.36
        case "m", "w", "M", "W", "@", "%": 0.95
        case "A"..."Z", "_", "~", "+", "=", "<", ">", "#", "&": 0.7
        case "\u{0}"..."\u{7F}": 0.61
        case "\u{300}"..."\u{36F}", "\u{200C}", "\u{200D}", "\u{FE00}"..."\u{FE0F}": 0
        case "\u{1100}"..."\u{11FF}", "\u{2E80}"..."\u{A4CF}", "\u{AC00}"..."\u{D7FF}", "\u{F900}"..."\u{FAFF}",
            "\u{FE30}"..."\u{FE6F}", "\u{FF00}"..."\u{FF60}", "\u{1F000}"..."\u{10FFFF}":
            1
        default: 0.7
        }
    }

    /// The text, cut at its end when it is wider.
    package static func shortened(_ text: String, widthMax: Double, size: Double) -> String {
        guard width(text, size: size) > widthMax else { return text }
        var result = ""
        var used = width("…", size: size)
        for character in text {
            used += width(String(character), size: size)
            guard used <= widthMax else { break }
            result.append(character)
        }
        return result + "…"
    }

    /// A dotted name; when it is wider, without as many of its first parts as needed: its end says most.
    package static func shortenedName(_ name: String, widthMax: Double, size: Double) -> String {
        guard width(name, size: size) > widthMax else { return name }
        var rest = name[...]
        while let dot = rest.firstIndex(of: "."), width("…" + rest, size: size) > widthMax {
            rest = rest[rest.index(after: dot)...]
        }
        return shortened("…" + rest, widthMax: widthMax, size: size)
    }

    /// The text in lines no wider than told, broken at blanks or behind `_ - . / :` and in need anywhere.
    package static func wrapped(_ text: String, widthMax: Double, size: Double, lineCountMax: Int) -> [String] {
        var lines: [String] = []
        var rest = Array(text)[...]
        while !rest.isEmpty, lines.count < lineCountMax - 1 {
            let count = lineLength(rest, widthMax: widthMax, size: size)
            lines.append(trimmed(String(rest.prefix(count))))
            rest = rest.dropFirst(count).drop { $0 == " " }
        }
        if !rest.isEmpty { lines.append(shortened(trimmed(String(rest)), widthMax: widthMax, size: size)) }
        return lines.filter { !$0.isEmpty }
    }

    /// Without white space at its ends.
    private static func trimmed(_ text: String) -> String {
        let head = text.drop { $0.isWhitespace }
        return String(head.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func lineLength(_ text: ArraySlice<Character>, widthMax: Double, size: Double) -> Int {
        var used = 0.0
        var best = 0
        for (count, character) in text.enumerated() {
            used += width(String(character), size: size)
            if used > widthMax, character != " " { return best > 0 ? best : max(count, 1) }
            if " _-./:".contains(character) { best = count + 1 }
        }
        return text.count
    }
}
