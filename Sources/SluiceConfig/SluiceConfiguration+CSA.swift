public import SluiceModel

extension SluiceConfiguration {
    /// CSA, and what is known of the one at hand; from `assignment` to `subscriptions` they are switches for what the
    /// reference does not know.
    public struct CSA: Hashable, Sendable {
        /// nil: there is none, and maintenances are of OO alone.
        public var url: String?
        public var username: String?
        public var passwordFile: String?
        /// From `SLUICE_CSA_PASSWORD` alone; wins over the file.
        public var password: Secret?
        /// The key of the organization that `username` belongs to.
        public var organization = "CSA-Provider"
        /// The account that asks for tokens; nil: `username`.
        public var tokenUsername: String?
        public var tokenPasswordFile: String?
        /// From `SLUICE_CSA_TOKEN_PASSWORD` alone; wins over the file.
        public var tokenPassword: Secret?
        public var caFile: String?
        public var timeoutSeconds = 30
        public var pollSeconds = 15
        /// The zone of CSA's server, by its Java id.
        public var timeZone = "UTC"
        public var sharedCatalog = CSACatalogID.globalShared.text
        /// How the assignment of policies is spelled.
        public var assignment = Assignment.auto
        /// Names of elements from an offering to the id of its policy; nil: assignments cannot be read back.
        public var policyElement: String?
        /// Whether a PUT takes the whole text of a GET.
        public var fullPolicy = true
        /// Whether CSA decides parked requests itself once their policy is automatic again.
        public var reevaluatesTimer = false
        /// What CSA answers to a person's id that is not valid any more.
        public var staleLogin = StaleLogin.missing
        public var absentCountIsZero = false
        public var basicBesideToken = false
        public var subscriptions = Subscriptions.legacy
        /// What becomes of CSA's process instance when its launch is coalesced, expires or is discarded.
        public var endedLaunches = EndedLaunches.answer
        /// CSA's own database, a PostgreSQL, without a password; nil: drains look at its API alone.
        public var databaseURL: String?
        public var databasePasswordFile: String?
        /// From `SLUICE_CSA_DATABASE_PASSWORD` alone; wins over the file.
        public var databasePassword: Secret?
        /// Which transitions are read there.
        public var databaseTransitions = DatabaseTransitions.orders

        public enum DatabaseTransitions: String, Hashable, Sendable, CaseIterable {
            /// An order's three, by their names (csa-api.md section 6, PROVEN).
            case orders
            /// Whatever waits for a callback: changes and cancellations, too (INFERRED).
            case all
        }

        public enum EndedLaunches: String, Hashable, Sendable, CaseIterable {
            /// CSA is told, as its representative was or that it failed.
            case answer
            /// It is left to people.
            case leave
        }

        public enum Assignment: String, Hashable, Sendable, CaseIterable {
            case auto
            case v400 = "4.00"
            case v490 = "4.90"
        }

        public enum StaleLogin: String, Hashable, Sendable, CaseIterable { case missing, unauthorized }

        public enum Subscriptions: String, Hashable, Sendable, CaseIterable { case legacy, mpp }

        public init() {}

        /// The password from the environment, else from its file, without the line break at its end.
        ///
        /// nil without a diagnostic: none was configured.
        public func loadPassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
            PasswordFile.load(password, passwordFile, key: "csa.passwordFile")
        }

        /// The same for the account that asks for tokens.
        public func loadTokenPassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
            PasswordFile.load(tokenPassword, tokenPasswordFile, key: "csa.tokenPasswordFile")
        }

        /// The same for the database.
        public func loadDatabasePassword() -> (password: Secret?, diagnostics: [Diagnostic]) {
            PasswordFile.load(databasePassword, databasePasswordFile, key: "csa.databasePasswordFile")
        }

        /// What is right by itself but not together: the key and what is wrong with it.
        var contradictions: [(path: String, message: String)] {
            var found: [(String, String)] = []
            if url != nil {
                if username == nil { found.append(("csa.url", "csa.url needs csa.username")) }
                if password == nil, passwordFile == nil {
                    found.append(("csa.url", "csa.url needs csa.passwordFile or SLUICE_CSA_PASSWORD"))
                }
            }
            if url == nil, databaseURL != nil { found.append(("csa.databaseUrl", "csa.databaseUrl needs csa.url")) }
            // HTTP Basic ends the name at the first colon.
            for (path, name) in [("csa.username", username), ("csa.tokenUsername", tokenUsername)]
            where name?.contains(":") == true {
                found.append((path, "\(path) must have no colon in it"))
            }
            if tokenUsername != nil, tokenPassword == nil, tokenPasswordFile == nil {
                found.append(
                    (
                        "csa.tokenUsername",
                        "csa.tokenUsername needs csa.tokenPasswordFile or SLUICE_CSA_TOKEN_PASSWORD"
                    ))
            }
            return found
        }
    }
}
