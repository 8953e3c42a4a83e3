internal import FoundationEssentials
public import SluiceModel

extension SluiceConfiguration.Central {
    /// The password from the environment, else from its file, without the line break at its end.
    ///
    /// nil without a diagnostic: none was configured.
    public func loadPassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
        PasswordFile.load(password, passwordFile, key: "central.passwordFile")
    }
}

extension SluiceConfiguration.Store {
    /// PostgreSQL's password from the environment, else from its file, without the line break at its end.
    ///
    /// nil without a diagnostic: none was configured.
    public func loadPassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
        PasswordFile.load(password, passwordFile, key: "store.passwordFile")
    }
}

/// A password in one line of a file of its own.
enum PasswordFile {
    /// Longest password file that is read.
    static let byteCountMax = 4096

    static func load(_ password: Secret?, _ file: String?, key: String) -> (Secret?, [Diagnostic]) {
        if let password { return (password, []) }
        guard let file else { return (nil, []) }
        func problem(_ message: String) -> (Secret?, [Diagnostic]) {
            (nil, [Diagnostic(severity: .error, code: "config-password", message: "\(key) \(message)", file: file)])
        }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            return problem("cannot be read; check its path and rights")
        }
        guard bytes.count <= byteCountMax, var text = String(validating: bytes, as: UTF8.self) else {
            return problem("is not a short UTF-8 text")
        }
        // "\r\n" is one Character.
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty, !text.contains(where: \.isNewline) else {
            return problem("must hold the password in one line")
        }
        return (Secret(text), [])
    }
}
