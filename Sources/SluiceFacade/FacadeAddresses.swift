/// Where Central is, and how its own addresses become the facade's.
public struct FacadeAddresses: Hashable, Sendable {
    /// `https://central.example:8443`, without a path.
    public let origin: String
    /// `/oo`: Central's root, and the facade's, so that links and the paths of cookies stay as they are.
    public let root: String
    private let authority: String

    /// - Parameter url: `central.url`; without a path `/oo` is meant.
    /// - Returns: nil when it is no http URL with a host.
    public init?(centralURL url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard scheme == "http" || scheme == "https", !authority.isEmpty else { return nil }
        var root = String(rest[authority.endIndex...])
        while root.hasSuffix("/") { root.removeLast() }
        origin = "\(scheme)://\(authority)"
        self.root = root.isEmpty ? "/oo" : root
        self.authority = Self.normal(authority.lowercased(), scheme)
    }

    /// What is below the root in a request's target, and its query; nil when it is not the facade's.
    public func below(_ target: String) -> (path: String, query: String?)? {
        guard target.hasPrefix(root) else { return nil }
        let rest = target.dropFirst(root.count)
        guard rest.isEmpty || "/?;".contains(rest.first ?? "/") else { return nil }
        guard let mark = rest.firstIndex(of: "?") else { return (String(rest), nil) }
        return (String(rest[..<mark]), String(rest[rest.index(after: mark)...]))
    }

    /// An address of Central's with the facade's origin; nil when it is elsewhere, or relative.
    /// - Parameter base: `https://gate.example`, without a path.
    public func moved(_ address: String, to base: String) -> String? {
        let scheme: String
        let rest: Substring
        if let separator = address.firstRange(of: "://"), address[..<separator.lowerBound].allSatisfy(\.isLetter) {
            scheme = address[..<separator.lowerBound].lowercased()
            rest = address[separator.upperBound...]
        } else if address.hasPrefix("//") {
            scheme = origin.hasPrefix("https:") ? "https" : "http"
            rest = address.dropFirst(2)
        } else {
            return nil
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard scheme == "http" || scheme == "https", Self.normal(host.lowercased(), scheme) == authority else {
            return nil
        }
        return base + rest[host.endIndex...]
    }

    private static func normal(_ authority: String, _ scheme: String) -> String {
        let port = scheme == "https" ? ":443" : ":80"
        return authority.hasSuffix(port) ? String(authority.dropLast(port.count)) : authority
    }

    /// Whether a `Host` may stand in an answer: letters, digits, dots, dashes, a port, or an address in brackets.
    public static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 261
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                    UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
