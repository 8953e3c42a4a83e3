/// Takes what looks like a secret out of a command line, so that the rest can be shown and matched.
///
/// By its looks only: a value after a name such as `password`, after `--user`, `-u` or `Bearer`, and the user of a URL.
enum CommandSecrets {
    private static let sensitive = ["password", "passwd", "pwd", "secret", "token", "apikey", "api-key", "api_key"]
    private static let mask = "***"

    /// The command with `***` in place of each such value.
    static func masked(_ command: String) -> String {
        var isNextSecret = false
        let words = command.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
            guard !word.isEmpty else { return "" }
            if isNextSecret {
                isNextSecret = false
                return mask
            }
            let (text, isNext) = maskedWord(String(word))
            isNextSecret = isNext
            return text
        }
        return words.joined(separator: " ")
    }

    private static func maskedWord(_ word: String) -> (text: String, isNextSecret: Bool) {
        let lower = word.lowercased()
        if let scheme = word.range(of: "://"), let at = word[scheme.upperBound...].firstIndex(of: "@") {
            return (word[..<scheme.upperBound] + mask + word[at...], false)
        }
        if ["-u", "--user", "bearer", "basic"].contains(lower.trimmingQuotes) { return (word, true) }
        guard sensitive.contains(where: lower.contains) else { return (word, false) }
        if let mark = word.firstIndex(where: { $0 == "=" || $0 == ":" }) {
            let rest = word[word.index(after: mark)...]
            return (word[...mark] + mask, rest.isEmpty)
        }
        return (word, word.hasPrefix("-"))
    }
}

extension String {
    fileprivate var trimmingQuotes: String {
        let isQuote = { (character: Character) in character == "\"" || character == "'" }
        return String(drop(while: isQuote).reversed().drop(while: isQuote).reversed())
    }

    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
