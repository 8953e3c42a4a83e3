import SluiceConfig
import SluiceModel
import Testing

@Suite struct CSAConfigurationTests {
    private func read(_ yaml: String, environment: [String: String] = [:]) -> (SluiceConfiguration.CSA, [String]) {
        let (configuration, diagnostics) = SluiceConfiguration.read(
            yaml: yaml, file: "sluice.yaml", environment: environment)
        return (configuration.csa, diagnostics.map(\.message))
    }

    @Test func readsEveryKey() {
        let (csa, messages) = read(
            """
            csa:
              url: https://csa:8444/csa
              username: svc
              passwordFile: ./p
              organization: CSA_CONSUMER
              tokenUsername: idm
              tokenPasswordFile: ./t
              caFile: ca.pem
              timeoutSeconds: 9
              pollSeconds: 3
              timeZone: Europe/Berlin
              sharedCatalog: 90x
              assignment: 4.90
              policyElement: approvalPolicy/id
              fullPolicy: false
              reevaluatesTimer: true
              staleLogin: unauthorized
              absentCountIsZero: true
              basicBesideToken: true
              subscriptions: mpp
              databaseUrl: postgres://ro@csadb/csa?sslmode=verify-full
              databasePasswordFile: ./d
              databaseTransitions: all
            """)
        #expect(messages.isEmpty)
        #expect(csa.url == "https://csa:8444/csa" && csa.username == "svc" && csa.passwordFile == "./p")
        #expect(csa.organization == "CSA_CONSUMER" && csa.tokenUsername == "idm" && csa.tokenPasswordFile == "./t")
        #expect(csa.caFile == "ca.pem" && csa.timeoutSeconds == 9 && csa.pollSeconds == 3)
        #expect(csa.timeZone == "Europe/Berlin" && csa.sharedCatalog == "90x" && csa.assignment == .v490)
        #expect(csa.policyElement == "approvalPolicy/id" && !csa.fullPolicy && csa.reevaluatesTimer)
        #expect(csa.staleLogin == .unauthorized && csa.absentCountIsZero && csa.basicBesideToken)
        #expect(csa.subscriptions == .mpp)
        #expect(csa.databaseURL == "postgres://ro@csadb/csa?sslmode=verify-full")
        #expect(csa.databasePasswordFile == "./d" && csa.databaseTransitions == .all)
    }

    @Test func takesSecretsFromTheEnvironmentAndShowsNone() {
        let environment = [
            "SLUICE_CSA_URL": "https://csa/csa", "SLUICE_CSA_USERNAME": "svc", "SLUICE_CSA_PASSWORD": "hunter2",
            "SLUICE_CSA_TOKEN_USERNAME": "idm", "SLUICE_CSA_TOKEN_PASSWORD": "hunter3",
            "SLUICE_CSA_DATABASE_URL": "postgres://ro@csadb/csa", "SLUICE_CSA_DATABASE_PASSWORD": "hunter4",
        ]
        let (csa, messages) = read("", environment: environment)
        #expect(messages.isEmpty)
        #expect(csa.loadPassword().password == Secret("hunter2"))
        #expect(csa.loadTokenPassword().password == Secret("hunter3"))
        #expect(csa.loadDatabasePassword().password == Secret("hunter4"))
        var shown = "\(csa)"
        dump(csa, to: &shown)
        #expect(!shown.contains("hunter"))
    }

    @Test(arguments: [
        ("csa: {url: 'csa:8444'}", "csa.url must be http(s)://HOST:PORT/csa, without query"),
        ("csa: {url: 'https://u:p@csa/csa', username: u, passwordFile: p}", "csa.url must not hold a user or password"),
        (
            "csa: {url: 'http://csa.example/csa', username: u, passwordFile: p}",
            "csa.url: over http the password travels"
        ),
        ("csa: {url: 'https://csa/csa', passwordFile: p}", "csa.url needs csa.username"),
        ("csa: {url: 'https://csa/csa', username: u}", "csa.url needs csa.passwordFile or SLUICE_CSA_PASSWORD"),
        ("csa: {username: 'a:b'}", "csa.username must have no colon in it"),
        ("csa: {tokenUsername: idm}", "csa.tokenUsername needs csa.tokenPasswordFile"),
        ("csa: {password: x}", "csa.passwordFile or SLUICE_CSA_PASSWORD"),
        ("csa: {tokenPassword: x}", "csa.tokenPasswordFile or SLUICE_CSA_TOKEN_PASSWORD"),
        ("csa: {databasePassword: x}", "csa.databasePasswordFile or SLUICE_CSA_DATABASE_PASSWORD"),
        ("csa: {databaseUrl: 'jdbc:oracle:thin:@db:1521:csa'}", "with Oracle or SQL Server leave it out"),
        ("csa: {databaseUrl: 'sqlserver://db/csa'}", "csa.databaseUrl must be postgres://USER@HOST/DATABASE"),
        ("csa: {databaseUrl: 'postgres://u:hunter2@db/csa'}", "csa.databaseUrl has a password in it"),
        ("csa: {databaseUrl: 'postgres://u@db/csa?password=hunter2'}", "csa.databaseUrl has a password in it"),
        ("csa: {databaseUrl: 'postgres://u@db/csa'}", "csa.databaseUrl needs csa.url"),
        ("csa: {databaseTransitions: some}", "csa.databaseTransitions must be one of orders, all"),
        ("csa: {assignment: 5.00}", "csa.assignment must be one of auto, 4.00, 4.90"),
        ("csa: {policyElement: 'a//id'}", "csa.policyElement must be names of elements"),
        ("csa: {policyElement: '../id?'}", "csa.policyElement must be names of elements"),
        ("csa: {pollSeconds: 0}", "csa.pollSeconds must be a whole number from 1 to 3600"),
        ("csa: {organisation: x}", "did you mean \"organization\"?"),
    ])
    func saysWhatIsWrong(yaml: String, part: String) {
        let (_, messages) = read(yaml)
        #expect(messages.contains { $0.contains(part) }, "\(messages)")
        #expect(!messages.contains { $0.contains("hunter") })
    }
}
