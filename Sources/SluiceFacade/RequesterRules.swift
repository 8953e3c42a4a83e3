public import SluiceModel

/// Who is taken for which source, and who is patient: the first rule that matches a user counts.
public struct RequesterRules: Hashable, Sendable {
    /// One rule.
    public struct Rule: Hashable, Sendable {
        /// Over the user name, in any case: `*` any run, `?` one character.
        public var user: PathGlob
        /// What its launches are taken for; nil: `api`.
        public var source: LaunchSource?
        /// How long it waits for a held launch; nil: it does not, and is told 503.
        public var patienceSeconds: Int64?

        /// - Returns: nil when the pattern is too long.
        public init?(user: String, source: LaunchSource? = nil, patienceSeconds: Int64? = nil) {
            guard let glob = PathGlob(user.lowercased().replacing("*", with: "**")) else { return nil }
            self.user = glob
            self.source = source
            self.patienceSeconds = patienceSeconds
        }
    }

    /// Somebody who calls Central.
    public struct Requester: Hashable, Sendable {
        /// As Basic authentication names it; nil: it shows a session or nothing.
        public var user: String?
        public var source: LaunchSource
        public var patienceSeconds: Int64?

        public init(user: String?, source: LaunchSource, patienceSeconds: Int64? = nil) {
            self.user = user
            self.source = source
            self.patienceSeconds = patienceSeconds
        }

        /// `central:USER`, so that no account of Central is taken for the owner of a token of Sluice's.
        public var principal: Principal { Principal("central:\(user ?? "session")") }
    }

    public var rules: [Rule]

    public init(_ rules: [Rule] = []) { self.rules = rules }

    /// Who calls.
    /// - Parameters:
    ///   - user: From Basic authentication.
    ///   - hasSession: Whether it shows a cookie: then a person at Central's pages, unless it names itself as well.
    public func requester(user: String?, hasSession: Bool) -> Requester {
        // A session does not name its user, so nobody could tell later whose hold it was.
        guard let user, IdentifierLimits.allows("central:\(user)") else {
            return Requester(user: nil, source: hasSession ? .ui : .api, patienceSeconds: nil)
        }
        let name = user.lowercased()
        let rule = rules.first { $0.user.matches(name) }
        return Requester(user: name, source: rule?.source ?? .api, patienceSeconds: rule?.patienceSeconds)
    }
}
