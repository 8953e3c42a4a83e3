public import SluiceCSA
public import SluiceConfig
import SluiceContent
import SluiceEngine
import SluiceModel
import SluicePostgres

extension CSAConfiguration {
    /// What an operator configured of CSA, with the secrets read from where it points; nil without `csa.url`.
    /// - Throws: `ServiceError` when a password cannot be read, or the zone is none.
    public init?(_ csa: SluiceConfiguration.CSA) throws {
        guard let url = csa.url else { return nil }
        let password = csa.loadPassword()
        let tokenPassword = csa.loadTokenPassword()
        for diagnostic in password.diagnostics + tokenPassword.diagnostics {
            throw ServiceError("\(diagnostic)")
        }
        self.init(
            baseURL: url, username: csa.username ?? "", password: password.password ?? Secret(""),
            organization: csa.organization)
        if let username = csa.tokenUsername {
            tokenAccount = (username, tokenPassword.password ?? Secret(""))
        }
        caFile = csa.caFile
        guard let zone = SystemTimeZones.shared.zone(csa.timeZone) else {
            throw ServiceError(
                "csa.timeZone '\(csa.timeZone)' is no time zone of this machine; use a name such as Europe/Berlin")
        }
        self.zone = zone
        totalTimeout = .seconds(csa.timeoutSeconds)
        connectTimeout = min(connectTimeout, totalTimeout)
        switches.assignmentSpelling =
            switch csa.assignment {
            case .auto: nil
            case .v400: .v400
            case .v490: .v490
            }
        switches.policyPath = csa.policyElement?.split(separator: "/").map(String.init) ?? []
        switches.takesFullPolicy = csa.fullPolicy
        switches.reevaluatesTimer = csa.reevaluatesTimer
        switches.staleLogin = csa.staleLogin == .missing ? .missing : .unauthorized
        switches.absentCountIsZero = csa.absentCountIsZero
        switches.basicBesideToken = csa.basicBesideToken
        switches.subscriptions = csa.subscriptions == .legacy ? .legacy : .mpp
        switches.sharedCatalogID = CSACatalogID(csa.sharedCatalog)
    }
}

extension ServiceSettings {
    /// - Throws: `ServiceError` or `StoreError` when its password cannot be read, or its URL is none.
    static func csaDatabase(_ csa: SluiceConfiguration.CSA) throws -> PostgresCSADatabase? {
        guard let url = csa.databaseURL else { return nil }
        let (password, diagnostics) = csa.loadDatabasePassword()
        if let problem = diagnostics.first { throw ServiceError("\(problem)") }
        let address = try PostgresAddress(
            url, password: password, key: "csa.databaseUrl",
            passwordKeys: ("csa.databasePasswordFile", "SLUICE_CSA_DATABASE_PASSWORD"))
        return PostgresCSADatabase(
            address, transitions: csa.databaseTransitions == .orders ? .orders : .all,
            timeout: .seconds(csa.timeoutSeconds))
    }

    /// CSA as the engine sees it.
    func csaSite(_ client: RESTCSAClient) -> CSASite {
        guard let csa else { return CSASite(client: client, userName: "") }
        var site = CSASite(
            client: client, userName: csa.username, callDuration: csa.totalTimeout, pollInterval: csaPollInterval,
            readsAssignments: !csa.switches.policyPath.isEmpty, reevaluatesTimer: csa.switches.reevaluatesTimer)
        site.database = csaDatabase
        site.address = csa.root
        site.answersEndedLaunches = csaAnswersEndedLaunches
        site.readAccount = { [readCSA] in
            guard let read = try readCSA?() else { return }
            client.reconfigure(password: read.password, tokenPassword: read.tokenAccount?.password)
        }
        return site
    }
}
