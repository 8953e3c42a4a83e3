internal import SluiceModel

extension ConfigKey {
    /// The keys of the fence. What they hold ends up in the configuration of a proxy, so nothing odd is taken.
    static let fence: [ConfigKey] = [
        parsed("fence.sluice", expected: "HOST:PORT such as 127.0.0.1:8470", \.fence.sluice, fenceAddress),
        parsed("fence.csaListen", expected: "HOST:PORT such as 0.0.0.0:8444", \.fence.csaListen, fenceAddress),
        parsed("fence.csaUpstream", expected: "http(s)://HOST:PORT", \.fence.csaUpstream, upstream),
        parsed("fence.portalListen", expected: "HOST:PORT such as 0.0.0.0:8089", \.fence.portalListen, fenceAddress),
        parsed("fence.portalUpstream", expected: "http(s)://HOST:PORT", \.fence.portalUpstream, upstream),
        parsed("fence.centralListen", expected: "HOST:PORT such as 0.0.0.0:8443", \.fence.centralListen, fenceAddress),
        parsed("fence.centralUpstream", expected: "http(s)://HOST:PORT", \.fence.centralUpstream, upstream),
        parsed("fence.certificateFile", expected: path, \.fence.certificateFile, plainPath),
        parsed("fence.certificateKeyFile", expected: path, \.fence.certificateKeyFile, plainPath),
        parsed("fence.caFile", expected: path, \.fence.caFile) { plainPath($0) },
        texts("fence.ooAddresses", \.fence.ooAddresses, check: addressProblem),
        parsed(
            "fence.callbackAccount", expected: "a name of letters, digits and . _ @ -", \.fence.callbackAccount
        ) { text in
            !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || ".-_@".utf8.contains($0) } ? text : nil
        },
        texts("fence.controllerAddresses", \.fence.controllerAddresses, check: addressProblem),
        number("fence.keepSeconds", 1...3600, \.fence.keepSeconds),
        parsed("fence.cacheFolder", expected: path, \.fence.cacheFolder) { plainPath($0) },
    ]

    private static let path = "an absolute path of letters, digits and / . _ -"

    @Sendable private static func addressProblem(_ text: String) -> String? {
        AddressRange(text) == nil ? "is no address and no range such as 10.0.0.0/8" : nil
    }

    @Sendable private static func plainPath(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { isLetterOrDigit($0) || "/._-".utf8.contains($0) }
        return text.hasPrefix("/") && text.utf8.count > 1 && isPlain ? text : nil
    }

    @Sendable private static func fenceAddress(_ text: String) -> SluiceConfiguration.ListenAddress? {
        guard let address = listenAddress(text), address.port > 0,
            address.host.utf8.allSatisfy({ isLetterOrDigit($0) || ".-:".utf8.contains($0) }),
            !address.host.contains(":") || NetworkAddress(address.host) != nil
        else { return nil }
        return address
    }

    @Sendable private static func upstream(_ text: String) -> SluiceConfiguration.Upstream? {
        for (scheme, isSecure) in [("https://", true), ("http://", false)] where text.hasPrefix(scheme) {
            return fenceAddress(String(text.dropFirst(scheme.count))).map { .init(isSecure: isSecure, address: $0) }
        }
        return nil
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
