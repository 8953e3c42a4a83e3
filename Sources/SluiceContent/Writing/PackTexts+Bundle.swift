/// Texts on their way from a project's documents to `resource-bundles/cp.properties`.
extension PackTexts {
    /// Takes a document's texts and answers the document without them: a blank line remains, as in real packs.
    mutating func take(from document: [UInt8]) -> [UInt8] {
        let opening = Array("<descriptionCdata>".utf8)
        let closing = Array("</descriptionCdata>".utf8)
        guard let start = document.firstRange(of: opening),
            let end = document[start.upperBound...].firstRange(of: closing)
        else { return document }
        var inner = document[start.upperBound..<end.lowerBound]
        if let cdata = inner.firstRange(of: Array("<![CDATA[".utf8)) { inner = inner[cdata.upperBound...] }
        if let stop = inner.firstRange(of: Array("]]>".utf8)) { inner = inner[..<stop.lowerBound] }
        take(properties: Array(inner))
        return Array(document[..<start.lowerBound] + document[end.upperBound...])
    }

    /// The bundle, by key: ASCII, as `java.util.Properties.store` escapes it.
    var bundle: [UInt8] {
        var text = ""
        for (key, value) in sorted {
            text += Self.escaped(key, isKey: true) + "=" + Self.escaped(value, isKey: false) + "\n"
        }
        return Array(text.utf8)
    }

    private static func escaped(_ text: String, isKey: Bool) -> String {
        var result = ""
        for (index, unit) in text.utf16.enumerated() {
            switch unit {
            case 0x20: result += isKey || index == 0 ? "\\ " : " "
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0x5C, 0x3A, 0x3D, 0x23, 0x21:
                result += "\\"
                result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            case 0x21...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }
}
