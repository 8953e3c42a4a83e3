import Glibc
import SluiceJSON

/// Where a command writes: results to stdout, everything else to stderr.
struct Console: Sendable {
    /// Whether results and errors are JSON.
    let isJSON: Bool

    /// A line to stdout.
    func print(_ line: String) { Self.write(line + "\n", to: STDOUT_FILENO) }

    /// Text with its own line ends to stdout.
    func write(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    /// A document to stdout.
    func print(_ object: JSONObject) { print(object.write(.pretty)) }

    /// Lines to stdout; nothing when there are none.
    func print(_ lines: [String]) {
        if !lines.isEmpty { print(lines.joined(separator: "\n")) }
    }

    /// A line to stderr about how it goes on.
    func note(_ line: String) { Self.write(line + "\n", to: STDERR_FILENO) }

    /// A line to stderr about how it goes on: the text, or the object when the output is JSON.
    func note(_ line: String, json: JSONObject) { note(isJSON ? json.write() : line) }

    /// A line to stderr about something odd that stops nothing.
    func warn(_ text: String) { note("Warning: \(text.printable)", json: ["warning": .string(text)]) }

    /// What failed and what to do next, to stderr; a problem document when the output is JSON.
    func report(_ failure: CommandFailure) {
        guard !isJSON else { return note(failure.json.write()) }
        note("Error: \(failure.message.printableLines)")
        if let advice = failure.advice { note("Hint: \(advice.printableLines)") }
    }

    /// Writes everything, or as much as the reader takes.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                written += count
            }
        }
    }
}

extension StringProtocol {
    /// Made safe for one line on a terminal: control characters and direction marks escaped, cut after 400 characters.
    var printable: String { printable(keepsLineBreaks: false, scalarCountMax: 400) }

    /// The same with its line breaks, cut after 4000 characters.
    var printableLines: String { printable(keepsLineBreaks: true, scalarCountMax: 4000) }

    private func printable(keepsLineBreaks: Bool, scalarCountMax: Int) -> String {
        var result = String.UnicodeScalarView()
        for (index, scalar) in unicodeScalars.enumerated() {
            if index == scalarCountMax {
                result.append("…")
                break
            }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isDirection = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            if (isControl && !(keepsLineBreaks && scalar == "\n")) || isDirection {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
