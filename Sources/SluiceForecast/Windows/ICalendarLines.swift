/// One content line of RFC 5545 (section 3.1): `NAME;PARAMETER=VALUE:VALUE`, unfolded.
struct ICalendarLine: Hashable, Sendable {
    /// In upper case.
    var name: String
    /// Names in upper case; of several with one name the first counts.
    var parameters: [(name: String, value: String)]
    var value: String
    /// Of its first line, from 1.
    var number: Int

    subscript(parameter: String) -> String? { parameters.first { $0.name == parameter }?.value }

    static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.value == right.value && left.number == right.number
    }

    func hash(into hasher: inout Hasher) { hasher.combine(value) }

    /// nil when it has no name or no value.
    init?(_ text: String, number: Int) {
        var name = ""
        var parameters: [(name: String, value: String)] = []
        var part = ""
        var isQuoted = false
        var rest = text.unicodeScalars[...]
        func take() {
            if name.isEmpty {
                name = part.uppercased()
            } else {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                parameters.append((pair[0].uppercased(), pair.count == 2 ? String(pair[1]) : ""))
            }
            part = ""
        }
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": isQuoted.toggle()
            case ";" where !isQuoted:
                guard !part.isEmpty else { return nil }
                take()
            case ":" where !isQuoted:
                guard !part.isEmpty || !name.isEmpty else { return nil }
                take()
                self.name = name
                self.parameters = parameters
                value = String(rest)
                self.number = number
                return
            default: part.unicodeScalars.append(scalar)
            }
        }
        return nil
    }

    /// The value as text: its escapes resolved (3.3.11).
    var text: String {
        var result = ""
        var isEscaped = false
        for character in value {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (true, "n"), (true, "N"):
                result += "\n"
                isEscaped = false
            default:
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}

/// How much of a calendar is read.
public enum ICalendarLimits {
    public static let byteCountMax = 4 << 20
    /// Longest line after unfolding, in bytes.
    public static let lineByteCountMax = 64 << 10
    public static let eventCountMax = 1000
    public static let depthMax = 8
    /// Remarks kept.
    public static let diagnosticCountMax = 100
}
