import AsyncHTTPClient
import Foundation
import SluiceJSON
import SluiceSandbox
import SluiceTestServers
import Synchronization

/// Several real `sluice serve` processes over one PostgreSQL, each with a way of its own to it, before one Central.
///
/// Called itself, it goes through a balancer that gives connections to one replica after the other.
final class ReplicaSite: ServiceCalls {
    /// One of them.
    struct Replica: ServiceCalls {
        let name: String
        let process: ServeProcess
        /// Its way to the database.
        let relay: Relay
        let client: HTTPClient

        var url: String { process.url }
    }

    /// Short, so that a frozen replica does not hold the tests up.
    static let lease: Duration = .seconds(2)

    let cluster: TestCluster
    let database: String
    let replicas: [Replica]
    let sandbox: SandboxServer
    let client: HTTPClient
    let folder: URL
    private let balancer: Relay
    private let sandboxTask: Task<Void, any Error>

    var url: String { "http://127.0.0.1:\(balancer.port)" }

    /// - Parameters:
    ///   - cluster: nil: the one that tests share, which does not sync.
    ///   - standby: The second host of the URL; then the replicas connect without relays.
    ///   - settings: Environment of each replica.
    init(
        replicaCount: Int = 3, on cluster: TestCluster? = nil, standby: TestCluster? = nil,
        settings: [String: String] = [:], bodyMilliseconds: Int64 = 40
    ) async throws {
        let cluster = try cluster ?? TestCluster.shared.get()
        self.cluster = cluster
        database = try cluster.makeDatabase()
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try TestSite.writePack(to: folder)
        try TestSite.write(TestSite.gateToken, "gate.token", in: folder)
        try TestSite.write(TestSite.operatorToken, "operator.token", in: folder)
        let ports = try (0..<replicaCount).map { _ in try TestSite.freePort() }
        let balancer = try Relay(to: ports)
        self.balancer = balancer
        sandbox = TestSite.makeSandbox(gatePort: balancer.port, flows: TestSite.flows(bodyMilliseconds))
        sandboxTask = Task { [sandbox] in try await sandbox.run() }
        client = TestSite.makeClient()
        let (folder, database, client) = (folder, database, client)
        replicas = try ports.enumerated().map { index, port in
            let relay = try Relay(to: cluster.port)
            let hosts =
                standby.map { "127.0.0.1:\(cluster.port),127.0.0.1:\($0.port)" } ?? "127.0.0.1:\(relay.port)"
            let name = "r\(index)"
            let environment = [
                "SLUICE_STORE_URL": "postgres://sluice@\(hosts)/\(database)", "SLUICE_STORE_ACCEPT_LOSS": "true",
                "SLUICE_KEY_FILE": "sluice.key", "SLUICE_REPLICAS_NAME": name,
                "SLUICE_REPLICAS_LEASE_SECONDS": "\(Self.lease.components.seconds)",
                "SLUICE_CENTRAL_TIMEOUT_SECONDS": "2",
            ].merging(settings) { $1 }
            let process = ServeProcess(name, in: folder, port: port, environment: environment)
            return Replica(name: name, process: process, relay: relay, client: client)
        }
    }

    /// Starts one of them; it may not listen yet.
    func launch(_ replica: Replica, _ more: [String: String] = [:]) async throws {
        try replica.process.launch(["SLUICE_CENTRAL_URL": try await sandbox.centralURL].merging(more) { $1 })
    }

    /// Starts them all; returns when each may decide.
    func start() async throws {
        for replica in replicas { try await launch(replica) }
        try await untilReady()
    }

    /// Returns when each may decide.
    func untilReady(_ some: [Replica]? = nil, within limit: Duration = .seconds(30)) async throws {
        for replica in some ?? replicas {
            try await until("\(replica.name) is ready\n\(logText)", within: limit) { await replica.isReady }
        }
    }

    /// Lets the balancer give connections to these only.
    func balance(between some: [Replica]) { balancer.lead(to: some.map(\.process.port)) }

    /// The name of the replica that leads, as one of them sees it; nil while none does.
    func leader(seenBy replica: Replica) async throws -> String? {
        try await replica.get("/v1/replicas").body["leader"]?["name"]?.string
    }

    var logText: String {
        replicas.map { "\($0.name):\n\($0.process.logText.suffix(4000))" }.joined(separator: "\n")
    }

    /// Runs a test on a site, started or not, and ends the site however the test ends.
    static func with(
        replicaCount: Int = 3, on cluster: TestCluster? = nil, standby: TestCluster? = nil,
        settings: [String: String] = [:], bodyMilliseconds: Int64 = 40, isStarted: Bool = true,
        _ body: (ReplicaSite) async throws -> Void
    ) async throws {
        let site = try await ReplicaSite(
            replicaCount: replicaCount, on: cluster, standby: standby, settings: settings,
            bodyMilliseconds: bodyMilliseconds)
        do {
            if isStarted { try await site.start() }
            try await body(site)
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    private func end() async {
        for replica in replicas {
            replica.process.kill()
            replica.relay.stop()
        }
        balancer.stop()
        sandboxTask.cancel()
        _ = await sandboxTask.result
        try? await client.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }
}
