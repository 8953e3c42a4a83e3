/// The tokens of a CloudSlang expression.
enum CloudSlangToken: Equatable {
    case name(String)
    case text(String)
    case number(Int)
    case mark(String)

    private static let pairs: Set<String> = ["==", "!=", "<=", ">="]
    private static let marks: Set<Unicode.Scalar> = ["(", ")", "[", "]", ",", ".", "+", "-", ":", "<", ">"]

    /// Reads a Python expression's tokens.
    static func tokens(of text: String, countMax: Int) throws(FlowFault) -> [CloudSlangToken] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [CloudSlangToken] = []
        var index = 0
        while index < scalars.count {
            guard tokens.count < countMax else {
                throw .limit("an expression has more parts", countMax, "split it")
            }
            let scalar = scalars[index]
            if scalar.properties.isWhitespace {
                index += 1
            } else if isNameStart(scalar) {
                let end = scalars[index...].firstIndex { !isNameStart($0) && !isDigit($0) } ?? scalars.count
                tokens.append(.name(string(scalars[index..<end])))
                index = end
            } else if isDigit(scalar) {
                let end = scalars[index...].firstIndex { !isDigit($0) } ?? scalars.count
                guard let number = Int(string(scalars[index..<end])) else { throw unreadable(scalar) }
                tokens.append(.number(number))
                index = end
            } else if scalar == "'" || scalar == "\"" {
                tokens.append(.text(try quoted(scalars, &index)))
            } else if index + 1 < scalars.count, pairs.contains(string(scalars[index...(index + 1)])) {
                tokens.append(.mark(string(scalars[index...(index + 1)])))
                index += 2
            } else if marks.contains(scalar) {
                tokens.append(.mark(String(scalar)))
                index += 1
            } else {
                throw unreadable(scalar)
            }
        }
        return tokens
    }

    private static func quoted(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(FlowFault) -> String {
        let quote = scalars[index]
        var text = String.UnicodeScalarView()
        index += 1
        while index < scalars.count, scalars[index] != quote {
            guard scalars[index] == "\\", index + 1 < scalars.count else {
                text.append(scalars[index])
                index += 1
                continue
            }
            switch scalars[index + 1] {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\\", "'", "\"": text.append(scalars[index + 1])
            default: text.append(contentsOf: [scalars[index], scalars[index + 1]])
            }
            index += 2
        }
        guard index < scalars.count else {
            throw FlowFault(.expression, "has an expression with a text that is never closed; add the quote")
        }
        index += 1
        return String(text)
    }

    private static func unreadable(_ scalar: Unicode.Scalar) -> FlowFault {
        FlowFault(
            .expression,
            "has an expression with U+\(String(scalar.value, radix: 16, uppercase: true)), which is not read here; "
                + "answer it by `expressions`")
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
