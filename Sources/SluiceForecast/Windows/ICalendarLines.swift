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

    /// The value as text of one line: its escapes resolved (3.3.11), and a blank for each control character, so that
    /// it can stand in a log.
    var text: String {
        var result = ""
        var isEscaped = false
        for character in value {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (true, "n"), (true, "N"):
                result += " "
                isEscaped = false
            default:
                result.append(character)
                isEscaped = false
            }
        }
        let scalars = result.unicodeScalars.map { $0.isLineSafe ? $0 : " " }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.Scalar {
    /// Whether it ends no line and controls no terminal.
    fileprivate var isLineSafe: Bool {
        !(value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029)
    }
}

/// How much of a calendar is read.
public enum ICalendarLimits {
    public static let byteCountMax = 4 << 20
    /// Longest line after unfolding, in bytes.
    public static let lineByteCountMax = 64 << 10
    public static let eventCountMax = 1000
    /// Longest event, and longest period of an `RDATE`.
    public static let daysMax = 366
    /// Most periods of all rules of a file that are looked through for a first time.
    public static let periodCountMax = 300_000
    public static let depthMax = 8
    /// Remarks kept.
    public static let diagnosticCountMax = 100
}
