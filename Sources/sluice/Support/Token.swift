import SluiceModel

/// The bearer token: from the environment or a file, never from the command line, where everybody could see it.
enum Token {
    /// Longest token taken.
    static let byteCountMax = 8192

    /// The token of the environment; nil when there is none.
    static func read(_ environment: [String: String]) throws -> Secret? {
        let direct = environment["SLUICE_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        let file = environment["SLUICE_TOKEN_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        switch (direct, file) {
        case (nil, nil): return nil
        case (_?, _?):
            throw CommandFailure(
                .usage, "both SLUICE_TOKEN and SLUICE_TOKEN_FILE are set", advice: "unset one of them")
        case (let text?, nil): return try checked(text, from: "SLUICE_TOKEN")
        case (nil, let path?): return try read(file: path, named: "SLUICE_TOKEN_FILE")
        }
    }

    /// The token in a file.
    /// - Parameter name: What named the file, for messages.
    static func read(file path: String, named name: String) throws -> Secret {
        let bytes = try InputFile.read(path, byteCountMax: byteCountMax, named: name)
        return try checked(String(decoding: bytes, as: UTF8.self), from: "\(name): \(path.printable)")
    }

    /// Without the white space around it.
    private static func checked(_ text: String, from place: String) throws -> Secret {
        let bytes = text.utf8.drop { $0 <= 0x20 }
        let token = String(decoding: bytes.reversed().drop { $0 <= 0x20 }.reversed(), as: UTF8.self)
        guard !token.isEmpty, token.utf8.count <= byteCountMax, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw CommandFailure(
                .usage, "\(place) holds no token", advice: "it must be one line of visible ASCII characters")
        }
        return Secret(token)
    }
}
