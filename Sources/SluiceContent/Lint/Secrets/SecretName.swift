/// Tells by its name whether a value is a secret.
enum SecretName {
    /// Words that say so wherever they stand.
    private static let words = [
        "passphrase", "password", "passwd", "credential", "privatekey", "apikey", "secret", "token", "pwd",
    ]
    /// Short words, which others contain; they say so as the last one of a name.
    private static let lastWords: Set<String> = ["pass", "bearer"]
    /// Words behind those: then it is something about a secret.
    private static let aspects = [
        "age", "alias", "algorithm", "attribute", "change", "complexity", "count", "days", "delimiter", "dir",
        "encoding", "endpoint", "expir", "field", "file", "folder", "format", "header", "hint", "history", "iz", "kind",
        "label", "last", "length", "lifetime", "limit", "location", "max", "min", "mode", "name", "parameter", "path",
        "pattern", "policy", "policies", "position", "prompt", "provider", "regex", "required", "rule", "scope",
        "separator", "service", "size", "store", "strength", "timeout", "ttl", "type", "uri", "url", "valid", "vault",
    ]

    static func looksSecret(_ name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        if letters.hasPrefix("max") || letters.hasPrefix("min") { return false }
        var rest: Substring?
        var word = ""
        for candidate in words {
            guard let found = letters.ranges(of: candidate).last else { continue }
            let tail = letters[found.upperBound...]
            guard rest.map({ tail.utf8.count < $0.utf8.count }) ?? true else { continue }
            rest = tail
            word = candidate
        }
        if let rest { return !isAspect(rest, of: word) }
        return lastWord(of: name).map(lastWords.contains) ?? false
    }

    /// The same in doubt: also names such as `PGPASS` and `accessKey`, where hiding a harmless value costs little.
    static func mayBeSecret(_ name: String) -> Bool {
        if looksSecret(name) { return true }
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return doubtfulEndings.contains(where: letters.hasSuffix)
    }

    private static let doubtfulEndings = [
        "pass", "passcode", "accesskey", "secretkey", "sharedkey", "encryptionkey", "signingkey", "masterkey",
        "authorization", "cookie",
    ]

    /// Whether a text holds a secret by its looks: a URL with a user, or a part such as `password=…`.
    static func isHeld(in text: String) -> Bool {
        if let scheme = text.firstRange(of: "://"), text[scheme.upperBound...].contains("@") { return true }
        return text.split { ";&?, \t\n\"'{}".contains($0) }.contains { part in
            guard let mark = part.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                return ["bearer", "basic"].contains(part.lowercased())
            }
            return part.index(after: mark) < part.endIndex && mayBeSecret(String(part[..<mark]))
        }
    }

    /// Whether what stands behind a word makes it the name of something else; the word may be a plural.
    private static func isAspect(_ rest: Substring, of word: String) -> Bool {
        let tails = rest.hasPrefix("s") ? [rest, rest.dropFirst()] : [rest]
        return tails.contains { tail in
            // A secret id is what Vault's AppRole logs in with.
            (tail == "id" && word != "secret") || aspects.contains { tail.hasPrefix($0) }
        }
    }

    /// The last word of `dbPass`, `db_pass` or `DB-PASS`, in small letters.
    private static func lastWord(of name: String) -> String? {
        var words: [String] = []
        var isInside = false
        var wasSmall = false
        for character in name {
            let isWord = character.isLetter || character.isNumber
            if isWord, !isInside || (wasSmall && character.isUppercase) { words.append("") }
            if isWord { words[words.count - 1].append(contentsOf: character.lowercased()) }
            isInside = isWord
            wasSmall = character.isLowercase
        }
        return words.last
    }
}
