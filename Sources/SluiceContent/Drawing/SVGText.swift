/// Writes SVG, escaping every text; what XML cannot hold becomes U+FFFD.
struct SVGText {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    mutating func open(_ name: StaticString, _ attributes: [(StaticString, String)]) {
        start(name, attributes)
        text += ">\n"
    }

    mutating func close(_ name: StaticString) { text += "</\(name)>\n" }

    mutating func mark(_ name: StaticString, _ attributes: [(StaticString, String)]) {
        start(name, attributes)
        text += "/>\n"
    }

    mutating func leaf(_ name: StaticString, _ attributes: [(StaticString, String)], text content: String) {
        start(name, attributes)
        text += ">" + Self.escaped(content) + "</\(name)>\n"
    }

    private mutating func start(_ name: StaticString, _ attributes: [(StaticString, String)]) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
    }

    /// A number with at most one decimal.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = (min(max(value, -1e9), 1e9) * 10).rounded()
        let whole = Int(tenths)
        return whole % 10 == 0 ? "\(whole / 10)" : "\(whole < 0 ? "-" : "")\(abs(whole) / 10).\(abs(whole) % 10)"
    }

    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\n": result.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{FFFE}"..."\u{FFFF}": result.append("\u{FFFD}")
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

/// Texts that must fit.
extension SVGText {
    /// Width of a text at 11 pixels, roughly: what is beyond Latin is taken for wide.
    static func width(of text: some StringProtocol) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x300 ? 6.2 : 11) }
    }

    /// The text, or as much of it as fits with `…` behind it.
    static func fitted(_ text: String, width: Double) -> String {
        guard self.width(of: text) > width else { return text }
        var result = ""
        var rest = width - 11
        for character in text {
            rest -= self.width(of: String(character))
            guard rest >= 0 else { break }
            result.append(character)
        }
        return result + "…"
    }

    /// One line of text.
    mutating func line(_ content: String, x: Double, y: Double, width: Double, isCentred: Bool) {
        var attributes: [(StaticString, String)] = [("x", Self.number(x)), ("y", Self.number(y))]
        if isCentred { attributes.append(("class", "middle")) }
        leaf("text", attributes, text: Self.fitted(content, width: width))
    }

    /// One or two centred lines inside a box.
    mutating func lines(_ content: String, in frame: FlowRectangle) {
        let (centre, width) = (frame.centre, frame.width - 12)
        guard Self.width(of: content) > width else {
            return line(content, x: centre.x, y: centre.y + 4, width: width, isCentred: true)
        }
        var first: [Substring] = []
        var words = content.split(separator: " ")[...]
        while let word = words.first, Self.width(of: (first + [word]).joined(separator: " ")) <= width {
            first.append(words.removeFirst())
        }
        guard !first.isEmpty else {
            return line(content, x: centre.x, y: centre.y + 4, width: width, isCentred: true)
        }
        line(first.joined(separator: " "), x: centre.x, y: centre.y - 3, width: width, isCentred: true)
        line(words.joined(separator: " "), x: centre.x, y: centre.y + 11, width: width, isCentred: true)
    }
}
