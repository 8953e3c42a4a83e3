public import SluicePluginKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `kind: webhook`.
public struct WebhookFactory: PluginFactory {
    public let kind = "webhook"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary = "Asks a program of yours, in any language, by one signed HTTP call."
    public let budget: Duration = .milliseconds(1000)

    /// Shortest secret taken, in bytes.
    public static let secretByteCountMin = 16
    /// Longest file that is read for one.
    public static let secretByteCountMax = 4096

    public init() {}

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        let allowsCleartext = settings.flag("cleartext", default: false)
        let url = settings.requiredText("url")
        if !url.isEmpty, let fault = Self.fault(of: url, allowsCleartext: allowsCleartext) {
            settings.complain("url", fault)
        }
        var configuration = Webhook.Configuration(url: url, secret: Secret(""))
        let secretFile = settings.requiredText("secretFile")
        if !secretFile.isEmpty {
            switch Self.secret(in: secretFile) {
            case .success(let secret): configuration.secret = secret
            case .failure(let fault): settings.complain("secretFile", fault.description)
            }
        }
        configuration.caFile = settings.text("caFile")
        if let caFile = configuration.caFile, !FileManager.default.isReadableFile(atPath: caFile) {
            settings.complain("caFile", "cannot be read; check its path and rights")
        }
        configuration.inputs =
            settings.parsedList("inputs", expected: "a pattern of 1 to \(IdentifierLimits.byteCountMax) bytes") {
                PathGlob($0)
            } ?? []
        configuration.timeout = .milliseconds(
            settings.number("timeoutMilliseconds", in: 1...60_000, default: 900))
        configuration.answerByteCountMax = settings.number("answerBytes", in: 64...(1 << 20), default: 65_536)
        configuration.connectionCountMax = settings.number("connections", in: 1...64, default: 8)
        return PluginParts(interceptor: Webhook(configuration))
    }

    /// What is wrong with an address; nil: nothing.
    private static func fault(of url: String, allowsCleartext: Bool) -> String? {
        guard let separator = url.firstRange(of: "://"), ["http", "https"].contains(url[..<separator.lowerBound]),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !url.contains("#")
        else { return "must be https://HOST/PATH, in ASCII and without blanks" }
        let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return "must hold no user or password; requests are signed" }
        let host = authority.first == "[" ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard !host.isEmpty, host != "]" else { return "has no host" }
        let isAddress = host.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
        let isLoopback = host == "localhost" || host == "[::1]" || isAddress && host.hasPrefix("127.")
        if url.hasPrefix("http:"), !isLoopback, !allowsCleartext {
            return "is http: launches would travel in clear; use https, or set cleartext: true"
        }
        return nil
    }

    /// A secret of one line.
    private static func secret(in file: String) -> Result<Secret, WebhookFault> {
        guard let data = FileManager.default.contents(atPath: file) else {
            return .failure(WebhookFault("cannot be read; check its path and rights"))
        }
        guard data.count <= secretByteCountMax, var text = String(validating: data, as: UTF8.self) else {
            return .failure(WebhookFault("is not a short UTF-8 text"))
        }
        while let last = text.last, last.isNewline { text.removeLast() }
        guard text.utf8.count >= secretByteCountMin, !text.contains(where: \.isNewline) else {
            return .failure(WebhookFault("must hold the secret in one line of at least \(secretByteCountMin) bytes"))
        }
        return .success(Secret(text))
    }
}
