import SluiceJSON
import SluiceModel

/// What holds for everything that is shown to people and to other programs.
enum ShownInvariants {
    /// Characters of a message, of a file's path in a remark, and of one line of an inspection.
    private static let messageCharactersMax = 1_000
    private static let lineCharactersMax = 4_096

    /// Remarks: few, short, on one line, and inside the file.
    static func check(_ diagnostics: [Diagnostic], countMax: Int, lineMax: Int) throws(BrokenInvariant) {
        try require(diagnostics.count <= countMax, "\(diagnostics.count) remarks, more than \(countMax)")
        for diagnostic in diagnostics {
            try check(line: diagnostic.message, charactersMax: messageCharactersMax)
            try check(line: diagnostic.file, charactersMax: lineCharactersMax)
            try require(!diagnostic.message.isEmpty, "a remark without a message: \(diagnostic)")
            let isKebab = diagnostic.code.utf8.allSatisfy {
                (97...122).contains($0) || $0 == 45 || (48...57).contains($0)
            }
            try require(isKebab && !diagnostic.code.isEmpty, "a remark with a wrong code: \(diagnostic)")
            if let line = diagnostic.line {
                try require((1...max(1, lineMax)).contains(line), "a line outside the file's \(lineMax): \(diagnostic)")
            }
            if let column = diagnostic.column { try require(column >= 1, "a column before the first: \(diagnostic)") }
        }
    }

    /// A summary for people: no control characters, no endless line.
    static func check(text: String) throws(BrokenInvariant) {
        try require(text.utf8.last == UInt8(ascii: "\n"), "a summary without a newline at its end")
        for line in text.unicodeScalars.split(separator: "\n") {
            try check(line: String(line), charactersMax: lineCharactersMax)
        }
    }

    /// An inspection for programs: one line of JSON that a strict reader takes.
    static func check(json: String) throws(BrokenInvariant) {
        try require(!json.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "an inspection with control characters")
        do {
            _ = try JSONReader.read(json)
        } catch {
            throw BrokenInvariant("an inspection that is no JSON: \(error)")
        }
    }

    private static func check(line: String, charactersMax: Int) throws(BrokenInvariant) {
        try require(
            line.unicodeScalars.count <= charactersMax,
            "a text of \(line.unicodeScalars.count) characters is shown: \(line.prefix(80))")
        // What moves the cursor or turns the writing around.
        let isPlain = line.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !(0x202A...0x202E).contains(scalar.value)
                && !(0x2066...0x2069).contains(scalar.value)
        }
        try require(isPlain, "control characters are shown: \(line.debugDescription.prefix(200))")
    }
}
