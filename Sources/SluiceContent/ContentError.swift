import SluiceModel

/// Why one file or document cannot be read; readers turn it into a remark of their result.
struct ContentError: Error {
    /// What is wrong, and where.
    var diagnostic: Diagnostic

    init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }

    init(_ code: String, _ message: String, file: String, line: Int? = nil, column: Int? = nil) {
        diagnostic = Diagnostic(
            severity: .error, code: code, message: message, file: file, line: line, column: column)
    }
}

/// Remarks in the order found, bounded.
struct DiagnosticList {
    /// The remarks; at most the limit, the last one then says that there were more.
    private(set) var all: [Diagnostic] = []
    private let countMax: Int

    init(countMax: Int) { self.countMax = max(1, countMax) }

    mutating func append(_ diagnostic: Diagnostic) {
        guard all.count < countMax else { return }
        guard all.count < countMax - 1 else {
            all.append(
                Diagnostic(
                    severity: .error, code: "too-many-diagnostics",
                    message: "more than \(countMax - 1) remarks; the rest is not shown", file: diagnostic.file))
            return
        }
        all.append(diagnostic)
    }

    mutating func append(_ error: ContentError) { append(error.diagnostic) }

    mutating func warn(_ code: String, _ message: String, file: String, line: Int? = nil, column: Int? = nil) {
        append(
            Diagnostic(severity: .warning, code: code, message: message, file: file, line: line, column: column))
    }
}

/// Text from outside, made safe for one line of a message: control characters escaped, length bounded.
///
/// The limit is that of what is shown: an escape counts with all its characters.
package func shown(_ text: some StringProtocol, charactersMax: Int = 120) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        let isInvisible = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        let escape = isControl || isInvisible ? "\\u{" + String(scalar.value, radix: 16) + "}" : nil
        count += escape?.utf8.count ?? 1
        guard count <= charactersMax else { return result + "…" }
        if let escape { result += escape } else { result.unicodeScalars.append(scalar) }
    }
    return result
}
