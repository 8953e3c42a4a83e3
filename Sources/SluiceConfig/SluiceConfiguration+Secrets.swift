internal import FoundationEssentials
public import SluiceModel

extension SluiceConfiguration.Central {
    /// Longest password file that is read.
    static let passwordFileByteCountMax = 4096

    /// The password from the environment, else from its file, without the line break at its end.
    ///
    /// nil without a diagnostic: none was configured.
    public func loadPassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
        if let password { return (password, []) }
        guard let passwordFile else { return (nil, []) }
        func problem(_ message: String) -> (Secret?, [Diagnostic]) {
            (nil, [Diagnostic(severity: .error, code: "config-password", message: message, file: passwordFile)])
        }
        guard let bytes = FileManager.default.contents(atPath: passwordFile) else {
            return problem("central.passwordFile cannot be read; check its path and rights")
        }
        guard bytes.count <= Self.passwordFileByteCountMax, var text = String(validating: bytes, as: UTF8.self) else {
            return problem("central.passwordFile is not a short UTF-8 text")
        }
        // "\r\n" is one Character.
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty, !text.contains(where: \.isNewline) else {
            return problem("central.passwordFile must hold the password in one line")
        }
        return (Secret(text), [])
    }
}
