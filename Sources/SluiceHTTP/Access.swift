import Crypto
public import SluiceModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a token may do (interfaces.md, "Roles"); each role may do what those before it may.
public enum Role: Int, Sendable, Comparable {
    /// Ask the gate, report ends, look at one hold.
    case gate
    /// Look at everything.
    case viewer
    /// Change the gate, move holds.
    case `operator`

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Who may do what. Keeps hashes of tokens, never the tokens.
public struct Access: Sendable {
    /// One token's owner.
    public struct Grant: Sendable {
        public var principal: Principal
        public var role: Role
        let hash: SHA256.Digest

        /// - Parameter token: At least `Access.tokenByteCountMin` bytes.
        public init(principal: Principal, role: Role, token: String) {
            self.principal = principal
            self.role = role
            hash = SHA256.hash(data: Data(token.utf8))
        }
    }

    /// Shortest token taken.
    public static let tokenByteCountMin = 16

    private let grants: [Grant]
    /// Whether a caller on the loopback address needs no token (`--insecure-loopback`).
    let trustsLoopback: Bool

    public init(grants: [Grant], trustsLoopback: Bool) {
        self.grants = grants
        self.trustsLoopback = trustsLoopback
    }

    /// Whom an `Authorization` header stands for; nil when it stands for nobody.
    ///
    /// `Bearer TOKEN`, or `Basic` with the token as password, which OO's HTTP operation speaks.
    func identity(authorization: String) -> Identity? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let token: String
        switch parts[0].lowercased() {
        case "bearer": token = String(parts[1])
        case "basic":
            guard let text = Self.basicText(String(parts[1])), let colon = text.firstIndex(of: ":") else { return nil }
            token = String(text[text.index(after: colon)...])
        default: return nil
        }
        // Comparing digests leaks nothing of the token, whatever the time it takes.
        let hash = SHA256.hash(data: Data(token.utf8))
        guard let grant = grants.first(where: { $0.hash == hash }) else { return nil }
        return Identity(principal: grant.principal, role: grant.role)
    }

    /// `user:password`, as Basic authentication wraps it; nil when it is not UTF-8 in base 64.
    static func basicText(_ wrapped: String) -> String? {
        Data(base64Encoded: wrapped).flatMap { String(data: $0, encoding: .utf8) }
    }
}

/// An authenticated caller.
struct Identity: Sendable {
    var principal: Principal
    var role: Role

    /// Whoever calls from this machine when that is trusted.
    static let loopback = Identity(principal: Principal("loopback"), role: .operator)
}
