/// Texts on their way from a project's documents to `resource-bundles/cp.properties`.
extension PackTexts {
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
