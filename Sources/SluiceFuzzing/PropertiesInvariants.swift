import SluiceContent

/// What holds for every properties file.
enum PropertiesInvariants {
    static func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let entries = JavaProperties(bytes).entries
        let lineCount = 1 + bytes.count { $0 == 0x0A || $0 == 0x0D }
        var last = 0
        for entry in entries {
            try require(
                entry.line > last && entry.line <= lineCount, "line \(entry.line) after \(last) of \(lineCount)")
            last = entry.line
        }
        let again = JavaProperties(encoded(entries)).entries
        try require(
            again.map(\.key) == entries.map(\.key) && again.map(\.value) == entries.map(\.value),
            "\(entries) reads as \(again) once it is written again")
        for entry in entries {
            let wanted = entries.last { $0.key == entry.key }?.value
            try require(JavaProperties(bytes)[entry.key] == wanted, "\(entry.key) is not the last of its kind")
        }
    }

    /// The entries as `java.util.Properties.store` writes them: ASCII, the rest in `\u` escapes.
    private static func encoded(_ entries: [JavaProperties.Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += escaped(entry.key, escapesEverySpace: true)
            bytes.append(UInt8(ascii: "="))
            bytes += escaped(entry.value, escapesEverySpace: false)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private static func escaped(_ text: String, escapesEverySpace: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for unit in text.utf16 {
            switch unit {
            case 0x20 where escapesEverySpace || bytes.isEmpty: bytes += Array("\\ ".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x0C: bytes += Array("\\f".utf8)
            case 0x5C, 0x3D, 0x3A, 0x23, 0x21: bytes += [0x5C, UInt8(unit)]
            case 0x20...0x7E: bytes.append(UInt8(unit))
            default:
                let digits = String(unit, radix: 16)
                bytes += Array("\\u".utf8) + Array(String(repeating: "0", count: 4 - digits.count).utf8)
                bytes += Array(digits.utf8)
            }
        }
        return bytes
    }
}
