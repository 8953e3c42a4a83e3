/// Tells secrets by their form, whatever they are called.
///
/// What an expression puts in later is none: a password `${x}`, `%s` or `<yours>` is passed over.
enum RevealedSecret {
    /// What gives a secret away in a text, in words; nil when nothing does.
    static func what(in text: String) -> String? {
        let bytes = Array(text.utf8)
        if text.contains("://"), hasPasswordInURL(bytes) { return "a URL with a password" }
        if hasAuthorization(bytes) { return "an Authorization header" }
        if hasNamedValue(bytes) { return "a secret in JSON or a query" }
        if text.contains("-----BEGIN "), text.contains("PRIVATE KEY-----") { return "a private key" }
        if text.contains("eyJ"), hasJSONWebToken(bytes) { return "a JSON Web Token" }
        return nil
    }

    // MARK: Forms

    /// `scheme://user:password@host`.
    private static func hasPasswordInURL(_ text: [UInt8]) -> Bool {
        let mark = Array("://".utf8)
        var start = 0
        while let found = text[start...].firstRange(of: mark) {
            let end = text[found.upperBound...].firstIndex { "/?#\"'<> \t\r\n".utf8.contains($0) } ?? text.endIndex
            let authority = text[found.upperBound..<end]
            if let at = authority.lastIndex(of: UInt8(ascii: "@")),
                let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")),
                isGiven(authority[(colon + 1)..<at])
            {
                return true
            }
            start = found.upperBound
        }
        return false
    }

    /// `Authorization: Basic …`, or such a value alone.
    private static func hasAuthorization(_ text: [UInt8]) -> Bool {
        let name = Array("authorization".utf8)
        let small = text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if isCredentials(text[...], small[...], isHeader: false) { return true }
        var start = 0
        while let found = small[start...].firstRange(of: name) {
            let value = small[found.upperBound...].firstIndex { !" \t\\\"':=".utf8.contains($0) } ?? small.endIndex
            if isCredentials(text[value...], small[value...], isHeader: true) { return true }
            start = found.upperBound
        }
        return false
    }

    /// Whether a text begins with `Basic` or `Bearer` and what belongs behind it; alone it must have nothing else.
    private static func isCredentials(
        _ text: ArraySlice<UInt8>, _ small: ArraySlice<UInt8>, isHeader: Bool
    ) -> Bool {
        for scheme in isHeader ? ["basic", "bearer", "token"] : ["basic", "bearer"]
        where small.starts(with: scheme.utf8) {
            let behind = text.dropFirst(scheme.utf8.count)
            let credentials = behind.drop { $0 == 0x20 }
            let run = credentials.prefix { isTokenByte($0) }
            guard run.count < behind.count, run.count >= 8, isHeader || run.count == credentials.count else { continue }
            if scheme == "basic" { return base64(run)?.contains(UInt8(ascii: ":")) ?? false }
            return run.contains { (0x30...0x39).contains($0) }
        }
        return false
    }

    /// `"password": "…"` in JSON, also as a text inside another, and `?password=…` in a query.
    private static func hasNamedValue(_ text: [UInt8]) -> Bool {
        for place in text.indices where text[place] == UInt8(ascii: ":") || text[place] == UInt8(ascii: "=") {
            let isJSON = text[place] == UInt8(ascii: ":")
            let behind = text[(place + 1)...]
            guard let name = isJSON ? key(text[..<place]) : parameter(text[..<place]),
                // The same quote as the name's: another one ends a text of Python's.
                let value = isJSON ? quoted(behind, by: text[name.endIndex...]) : behind.prefix(while: isQueryByte),
                isGiven(value), ClearText.isTelling(value)
            else { continue }
            if SecretName.looksSecret(String(decoding: name, as: UTF8.self)) { return true }
        }
        return false
    }

    /// Three parts of base64url, the first of which begins a JSON object.
    private static func hasJSONWebToken(_ text: [UInt8]) -> Bool {
        let mark = Array("eyJ".utf8)
        var start = 0
        while let found = text[start...].firstRange(of: mark) {
            let token = text[found.lowerBound...].prefix { isTokenByte($0) }
            if token.count >= 20, token.count(where: { $0 == UInt8(ascii: ".") }) == 2 { return true }
            start = max(found.upperBound, token.endIndex)
        }
        return false
    }

    // MARK: Parts

    /// Whether something stands there that is a constant.
    private static func isGiven(_ value: ArraySlice<UInt8>) -> Bool {
        !value.isEmpty && !value.contains { "${}<>'\"".utf8.contains($0) }
            && !value.elementsEqual("%s".utf8) && !value.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The name in quotes that a text ends with; the quotes may be escaped.
    private static func key(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let end = text.droppingLast { $0 == 0x20 }
        guard let quote = end.last, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let inside = end.dropLast().droppingLast { $0 == UInt8(ascii: "\\") }
        let name = inside.suffixRun { isNameByte($0) }
        guard !name.isEmpty, name.startIndex > text.startIndex, text[name.startIndex - 1] == quote else { return nil }
        return name
    }

    /// The name behind `?` or `&` that a text ends with.
    private static func parameter(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let name = text.suffixRun { isNameByte($0) }
        guard !name.isEmpty, name.startIndex > text.startIndex else { return nil }
        return "?&".utf8.contains(text[name.startIndex - 1]) ? name : nil
    }

    /// The text in quotes that a text begins with, without them; the quotes are that which ends the name.
    private static func quoted(_ text: ArraySlice<UInt8>, by end: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let start = text.drop { " \t\r\n\\".utf8.contains($0) }
        guard let quote = start.first, quote == end.first(where: { $0 != UInt8(ascii: "\\") }) else { return nil }
        let value = start.dropFirst()
        guard let end = value.firstIndex(where: { $0 == quote || $0 == UInt8(ascii: "\\") }) else { return nil }
        return value[..<end]
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "._-".utf8.contains(byte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool { isNameByte(byte) || "+/=~".utf8.contains(byte) }

    private static func isQueryByte(_ byte: UInt8) -> Bool { !"?&# \t\r\n;".utf8.contains(byte) }

    /// What base64 stands for; nil when it is none.
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in text.droppingLast({ $0 == UInt8(ascii: "=") }) {
            let value: Int
            switch byte {
            case 0x41...0x5A: value = Int(byte) - 0x41
            case 0x61...0x7A: value = Int(byte) - 0x61 + 26
            case 0x30...0x39: value = Int(byte) - 0x30 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = (bits << 6 | value) & 0xFF_FFFF
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return result
    }
}

extension ArraySlice<UInt8> {
    fileprivate func droppingLast(_ isDropped: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        self[startIndex..<(lastIndex { !isDropped($0) }.map { $0 + 1 } ?? startIndex)]
    }

    /// The last bytes for which it holds.
    fileprivate func suffixRun(_ isInside: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        self[(lastIndex { !isInside($0) }.map { $0 + 1 } ?? startIndex)...]
    }
}
