/// The constant that a CloudSlang text is, if it is one.
enum CloudSlangConstant {
    /// The text itself; of an expression, such as `${'a' + "b"}`, what its literals make; nil where it reads anything.
    static func text(of text: String) -> String? {
        guard text.contains("${") else { return text }
        let whole = trimmed(text)
        guard whole.hasPrefix("${"), whole.hasSuffix("}") else { return nil }
        var result = ""
        var rest = whole.dropFirst(2).dropLast()
        while let first = rest.first {
            if first == "'" || first == "\"" {
                guard let literal = literal(&rest, quote: first) else { return nil }
                result += literal
            } else if first.isWhitespace || first == "+" || first == "(" || first == ")" {
                rest.removeFirst()
            } else {
                return nil
            }
        }
        return result
    }

    /// The literal that the rest begins with, and takes it away; nil where it does not end.
    private static func literal(_ rest: inout Substring, quote: Character) -> String? {
        var text = ""
        var isEscaped = false
        rest.removeFirst()
        while let next = rest.popFirst() {
            if next == quote, !isEscaped { return text }
            isEscaped = next == "\\" && !isEscaped
            if !isEscaped { text.append(next) }
        }
        return nil
    }
}
