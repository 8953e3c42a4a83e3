import FoundationEssentials
import SluiceModel

/// Where a server is: scheme, host, port and perhaps a path before `/v1`. Carries no credentials.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at its end.
    let base: String
    /// Whether what is sent cannot be read on the way: TLS, or this very machine.
    let isPrivate: Bool

    /// Where a server on this machine listens unless it is told otherwise.
    static let standard = "http://127.0.0.1:8470"

    /// Why a text is no address; says nothing of a text that may carry a password.
    enum Fault: Error {
        case credentials
        case malformed
    }

    init(_ text: String) throws(Fault) {
        // Before anything else, and by hand: what has credentials in it must not be shown in a message.
        let authority = text.split(separator: "://", maxSplits: 1).last?.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority?.contains("@") ?? false { throw .credentials }
        guard text.utf8.count <= 2048, let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil,
            parts.port.map({ (1...65_535).contains($0) }) ?? true
        else { throw .malformed }
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        let name = host.lowercased()
        let number = NetworkAddress(name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name)
        // A name such as `127.example.com` is anybody's.
        let isLoopback = name == "localhost" || number?.isLoopback ?? false
        isPrivate = scheme == "https" || isLoopback
    }

    var description: String { base }
}
