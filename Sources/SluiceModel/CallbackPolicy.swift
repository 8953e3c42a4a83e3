/// Whom Sluice may call back, so that nobody can make it send requests to where they themselves may not.
public struct CallbackPolicy: Hashable, Sendable {
    /// One entry of the allow-list.
    public enum Entry: Hashable, Sendable {
        /// A host by its name; `*.example.org` is every name below it. Its addresses must be public ones.
        case host(String)
        /// Hosts by their addresses, whatever their names; also ones that are not public.
        case range(AddressRange)

        /// - Parameter text: A host's name, `*.` and a domain, an address, or a range such as `10.0.0.0/8`.
        public init?(_ text: String) {
            if let range = AddressRange(text) {
                self = .range(range)
                return
            }
            let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
            guard CallbackURL.isHostName(name), !CallbackURL.looksLikeAddress(name) else { return nil }
            self = .host(text.lowercased())
        }
    }

    /// Empty: nobody is called back.
    public var allow: [Entry]
    /// Whether `http` is taken too.
    public var allowsClearText: Bool

    public init(allow: [Entry] = [], allowsClearText: Bool = false) {
        self.allow = allow
        self.allowsClearText = allowsClearText
    }

    /// Why a URL is not taken at the door; nil when it is. What its name resolves to is checked at each delivery.
    public func objection(to url: CallbackURL) -> String? {
        if allow.isEmpty { return "no callbacks are configured here (callbacks.allow is empty)" }
        if !url.isSecure, !allowsClearText { return "it must be https (callbacks.insecureHttp is false)" }
        if let address = NetworkAddress(url.host) { return objection(to: [address], of: url) }
        let mayResolve = allow.contains { if case .range = $0 { true } else { false } }
        return names(url.host) || mayResolve ? nil : "callbacks.allow does not name the host \(url.host)"
    }

    /// Why nothing is sent to these addresses of a URL's host; nil when all of them are allowed.
    public func objection(to addresses: [NetworkAddress], of url: CallbackURL) -> String? {
        guard !addresses.isEmpty else { return "the host \(url.host) has no address" }
        let isNamed = names(url.host)
        for address in addresses {
            let isInRange = allow.contains { if case .range(let range) = $0 { range.contains(address) } else { false } }
            if isInRange { continue }
            guard address.isPublic else {
                return "the host \(url.host) has the address \(address), which is loopback, private, link-local or "
                    + "otherwise not public, and in no range of callbacks.allow"
            }
            guard isNamed else {
                return "callbacks.allow names neither the host \(url.host) nor its address \(address)"
            }
        }
        return nil
    }

    private func names(_ host: String) -> Bool {
        allow.contains { entry in
            guard case .host(let name) = entry else { return false }
            return name.hasPrefix("*.") ? host.hasSuffix(name.dropFirst()) : host == name
        }
    }
}

/// Where a callback goes to: an `http` or `https` URL without user, password and fragment.
public struct CallbackURL: Hashable, Sendable, CustomStringConvertible {
    /// As it was given.
    public let text: String
    public let isSecure: Bool
    /// In lower case; an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// The same with scheme and host in lower case: clients compare names byte by byte.
    public let requestText: String

    /// Longest URL taken, in bytes.
    public static let byteCountMax = 2048

    public init?(_ text: String) {
        guard text.utf8.count <= Self.byteCountMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains(where: { "\"<>\\^`{|}#".contains($0) })
        else { return nil }
        let lower = text.lowercased()
        let rest: Substring
        if lower.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if lower.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return nil }
        var name = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.first == ":", name.contains(":"), NetworkAddress(String(name)) != nil else {
                return nil
            }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            if let colon = authority.firstIndex(of: ":") {
                name = authority[..<colon]
                portText = authority[authority.index(after: colon)...]
            }
            // `127.1`, `0x7f000001` and the like are names to some resolvers: only whole addresses are taken.
            guard Self.isHostName(String(name)),
                !Self.looksLikeAddress(String(name)) || NetworkAddress(String(name)) != nil
            else { return nil }
        }
        if let portText {
            guard let number = Int(portText), (1...65_535).contains(number), portText.first != "+" else { return nil }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
        host = name.lowercased()
        self.text = text
        let start = text.count - rest.count + authority.count
        requestText = text.prefix(start).lowercased() + text.dropFirst(start)
    }

    /// Whether it is a name of letters, digits, `-`, `_` and `.`, without empty parts.
    static func isHostName(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return !text.isEmpty && text.utf8.count <= 253
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.count <= 63
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
                            || byte == 0x5F
                    }
            }
    }

    /// Whether its last part is a number in any base: then it is an address to the resolver (WHATWG URL, "ends in a
    /// number").
    static func looksLikeAddress(_ text: String) -> Bool {
        guard let last = text.split(separator: ".").last else { return false }
        let isHex = last.lowercased().hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit)
        return isHex || last.allSatisfy { $0.isASCII && $0.isNumber }
    }

    public var description: String { text }
}
