/// Writes JSON with keys in the order they are given: the inspections promise a stable one.
struct JSONText {
    private(set) var text = ""
    private var needsComma = false

    /// An object whose members the body writes.
    mutating func object(_ body: (inout JSONText) -> Void) { bracketed("{", "}", body) }

    /// An array with one value per element.
    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONText, Element) -> Void) {
        bracketed("[", "]") { json in
            for element in elements { body(&json, element) }
        }
    }

    /// The next member's name; its value must follow.
    mutating func key(_ name: String) {
        separate()
        append(quoted: name)
        text += ":"
        needsComma = false
    }

    mutating func member(_ name: String, _ value: String?) {
        key(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: Int64?) {
        key(name)
        separate()
        text += value.map(String.init) ?? "null"
        needsComma = true
    }

    mutating func member(_ name: String, _ value: Bool) {
        key(name)
        separate()
        text += value ? "true" : "false"
        needsComma = true
    }

    mutating func string(_ value: String?) {
        separate()
        if let value { append(quoted: value) } else { text += "null" }
        needsComma = true
    }

    private mutating func bracketed(_ open: String, _ close: String, _ body: (inout JSONText) -> Void) {
        separate()
        text += open
        needsComma = false
        body(&self)
        text += close
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text += "," }
        needsComma = false
    }

    private mutating func append(quoted value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
