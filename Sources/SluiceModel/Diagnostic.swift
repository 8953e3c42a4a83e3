/// One remark about input from outside: what is wrong, how bad it is, and where.
///
/// Bad input never throws past a reader; it becomes diagnostics, and reading goes on where it can.
public struct Diagnostic: Hashable, Sendable {
    /// How bad a remark is, mildest first.
    public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Worth knowing; nothing is wrong.
        case note
        /// Was read, but probably does not mean what its author thinks.
        case warning
        /// Could not be read; the part it names is missing from the result.
        case error

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// How bad it is.
    public var severity: Severity
    /// A short stable code in kebab case, such as `xml-doctype` or `zip-ratio`; scripts may rely on it.
    public var code: String
    /// What is wrong, with the value, and what to do. Never a secret.
    public var message: String
    /// The file's path as the user gave it, with `!/entry` appended inside an archive; empty when there is none.
    public var file: String
    /// Line, from 1; nil when unknown.
    public var line: Int?
    /// Column, from 1; nil when unknown.
    public var column: Int?

    public init(
        severity: Severity, code: String, message: String, file: String = "", line: Int? = nil, column: Int? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.column = column
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: severity: message [code]`, the form compilers use and editors understand.
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if line != nil, let column { place += ":\(column)" }
        if !place.isEmpty { place += ": " }
        return "\(place)\(severity.rawValue): \(message) [\(code)]"
    }
}
