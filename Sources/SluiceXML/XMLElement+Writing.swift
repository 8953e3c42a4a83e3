extension XMLElement {
    /// The element as XML, without a declaration before it; reading it again gives the same element.
    ///
    /// Characters that XML cannot hold are left out.
    public func write() -> String {
        var text = ""
        write(to: &text)
        return text
    }

    /// A whole document in UTF-8.
    public func document() -> [UInt8] {
        Array(#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#.utf8) + Array(write().utf8)
    }

    private func write(to text: inout String) {
        text += "<\(name)"
        for attribute in attributes {
            text += " \(attribute.name)=\""
            XMLElement.escape(attribute.value, isAttribute: true, to: &text)
            text += "\""
        }
        guard !nodes.isEmpty else { return text += "/>" }
        text += ">"
        for node in nodes {
            switch node {
            case .element(let element): element.write(to: &text)
            case .text(let piece): XMLElement.escape(piece, isAttribute: false, to: &text)
            }
        }
        text += "</\(name)>"
    }

    private static func escape(_ value: String, isAttribute: Bool, to text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"" where isAttribute: text += "&quot;"
            // Readers turn them into other white space where they stand bare.
            case "\r": text += "&#13;"
            case "\n" where isAttribute: text += "&#10;"
            case "\t" where isAttribute: text += "&#9;"
            default: if isAllowed(scalar) { text.unicodeScalars.append(scalar) }
            }
        }
    }

    /// XML 1.0, production 2.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
