import Logging
import ServiceLifecycle
import SluiceCSA
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceTestKit
import Testing

/// The sandbox's CSA and Central over real HTTP, in this process, and a client of that CSA.
struct StandIn: Sendable {
    let csa: SluiceSandbox.CSAServer
    let client: RESTCSAClient
    private let counter = Counter()

    static let organization = CSAOrganizationID("90org")
    static let catalog = CSACatalogID("90cat")
    static let carol = CSAUser(userName: "carol", organizationName: "CSA_CONSUMER")
    static let alice = CSAUser(userName: "alice", organizationName: "CSA_CONSUMER")

    /// One organization with two catalogs; "Standing" is ordered without approval, "Asked" with alice's.
    private static var seed: CSASeed {
        var seed = CSASeed()
        seed.organizations = [.init("CSA_CONSUMER", id: organization.text)]
        seed.persons = ["carol", "alice", "admin"].map {
            .init($0, of: "CSA_CONSUMER", password: "sandbox", id: "90\($0)")
        }
        var manual = CSASeed.Policy("Manual", kind: .named, of: "CSA_CONSUMER", id: "90manual")
        manual.approvers = ["alice"]
        seed.policies = [manual]
        seed.catalogs = [
            .init("Main", of: "CSA_CONSUMER", categories: ["CRM"], id: catalog.text),
            .init("Shared", of: nil, categories: ["CRM"]),
        ]
        seed.offerings = [
            .init("Standing", publications: [.init("Main", "CRM")], id: "90standing"),
            .init("Asked", publications: [.init("Main", "CRM", policies: ["ORDER": "Manual"])], id: "90asked"),
        ]
        seed.pools = [.init("Pool", flow: "long", id: "90pool")]
        return seed
    }

    /// Runs both, lets `body` use them, and stops both.
    static func run(
        settings change: (inout CSASettings) -> Void = { _ in },
        client adjust: (inout SluiceCSA.CSAConfiguration) -> Void = { _ in }, clocks: any Clocks = SystemClocks(),
        _ body: (StandIn) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "stand-in", factory: { _ in SwiftLogNoOpLogHandler() })
        var central = SandboxConfiguration()
        central.flows = [SandboxFlow(id: "long", durationMilliseconds: 3_600_000)]
        let sandbox = SandboxServer(configuration: central, logger: quiet)
        var configuration = SluiceSandbox.CSAConfiguration()
        configuration.settings.gapMilliseconds = 0
        change(&configuration.settings)
        configuration.seed = seed
        let csa = try SluiceSandbox.CSAServer(configuration: configuration, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let services = ServiceGroup(configuration: .init(services: [sandbox, csa], logger: quiet))
            group.addTask { try await services.run() }
            csa.settings.ooURL = try await sandbox.centralURL
            var asked = SluiceCSA.CSAConfiguration(
                baseURL: try await csa.csaURL, username: "admin", password: Secret("sandbox"))
            asked.retryDelays = [.zero, .zero]
            asked.switches.staleLogin = .unauthorized
            adjust(&asked)
            let client = RESTCSAClient(asked, clocks: clocks)
            do {
                try await body(StandIn(csa: csa, client: client))
                try await client.shutdown()
            } catch {
                try await client.shutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    // MARK: What people do

    /// - Returns: The request and what it led to so far.
    func order(
        _ offering: String, by person: String = "carol", name: String? = nil, startsAt: Timestamp? = nil,
        endsAt: Timestamp? = nil
    ) throws -> (request: CSARequestID, instance: CSAInstanceID?) {
        var order = CSABulkOrder(of: offering, by: person)
        order.name = name
        order.startDate = startsAt?.milliseconds
        order.endDate = endsAt?.milliseconds
        let id = try #require(try csa.place(order).first)
        let subscriptions = csa.dump(part: "work")?["subscriptions"]?.asList ?? []
        let subscription = try #require(subscriptions.first { $0["requestID"] == .text(id) })
        return (CSARequestID(id), subscription["instanceID"]?.asText.map { CSAInstanceID($0) })
    }

    func publish(_ name: String) throws -> CSAOfferingID {
        let id = "90offering\(counter.next())"
        var seed = CSASeed()
        seed.offerings = [.init(name, publications: [.init("Main", "CRM")], id: id)]
        try csa.seed(seed)
        return CSAOfferingID(id)
    }

    /// A process instance whose flow runs in Central for an hour.
    func process() async throws -> CSAProcessID {
        let id = try #require(csa.sync(pool: "90pool"))
        for _ in 0..<20_000 {
            let launch = csa.launches.asList?.first { $0["processId"] == .text(id) }
            if launch?["launch"] == "accepted" { return CSAProcessID(id) }
            // Each look is a turn of the launch's own task; there is nothing to wait on.
            await Task.yield()
            _ = try await client.processInstance(CSAProcessID(id))
        }
        throw NeverAccepted(launches: "\(csa.launches)")
    }

    /// What the laws need.
    var world: CSAConformance.World {
        CSAConformance.World(
            client: client, organization: Self.organization, catalog: Self.catalog, category: "CRM",
            sharedCatalog: .globalShared
        ) { name in
            try publish(name)
        } addInstance: { state in
            let id = try #require(try order("Standing").instance)
            try csa.control("PUT", "instances/\(id)", ["state": .text(state.word)])
            return id
        } addProcess: {
            try await process()
        } park: {
            .init(request: try order("Asked").request, submitter: Self.carol, approver: Self.alice)
        } addPersons: { count, pending in
            for number in 0..<count {
                var seed = CSASeed()
                seed.persons = [.init("p\(count - number)", of: "CSA_CONSUMER")]
                try csa.seed(seed)
                try csa.place(CSABulkOrder(pending, of: "Asked", by: "p\(count - number)"))
            }
        }
    }
}

/// A launch that Central did not take in time.
struct NeverAccepted: Error {
    let launches: String
}
