/// The words of a command as a shell splits them, without expanding anything.
enum ShellWords {
    struct Word: Hashable {
        /// As it was written.
        var raw = ""
        /// Without its quotes and backslashes.
        var text = ""
        var isQuoted = false
        /// A `;`, `|`, `&&`, `>` and the like.
        var isOperator = false
    }

    /// The words, and whether the line has input for the command: what stands behind the first `%` of cron, which is
    /// not among the words.
    static func split(_ command: String) -> (words: [Word], hasInput: Bool) {
        var words: [Word] = []
        var word: Word?
        var quote: Character?
        var isEscaped = false
        func end() {
            if let done = word { words.append(done) }
            word = nil
        }
        for character in command {
            if isEscaped {
                isEscaped = false
                word = word ?? Word()
                word?.raw.append(character)
                word?.text.append(character)
                continue
            }
            // cron ends the command here, quotes or not.
            if character == "%" {
                end()
                return (words, true)
            }
            if character == "\\", quote != "'" {
                isEscaped = true
                word = word ?? Word()
                word?.raw.append(character)
                continue
            }
            if let open = quote {
                word?.raw.append(character)
                if character == open { quote = nil } else { word?.text.append(character) }
                continue
            }
            switch character {
            case "'", "\"":
                word = word ?? Word()
                word?.raw.append(character)
                word?.isQuoted = true
                quote = character
            case " ", "\t":
                end()
            case ";", "|", "&", ">", "<", "(", ")":
                // `2>&1` is one word.
                if word?.isOperator != true, word?.raw != "2", word?.raw != "1" { end() }
                word = word ?? Word()
                word?.raw.append(character)
                word?.text.append(character)
                word?.isOperator = true
            default:
                if word?.isOperator == true, !(character.isNumber && word?.raw.hasSuffix("&") == true) { end() }
                word = word ?? Word()
                word?.raw.append(character)
                word?.text.append(character)
            }
        }
        end()
        return (words, false)
    }
}
