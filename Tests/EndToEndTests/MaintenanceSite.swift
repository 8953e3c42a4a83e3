import AsyncHTTPClient
import Foundation
import Logging
import SluiceJSON
import SluiceSandbox
import SluiceTestServers
import Synchronization

/// A site with CSA: stand-ins of Central and CSA in this process, which can be restarted, and the real service with its
/// facade between them, which can be killed. One service, or several replicas over a PostgreSQL behind a HAProxy.
final class MaintenanceSite: ServiceCalls {
    static let order = "7e571001-0000-4000-8000-000000000001"
    static let gatedOrder = "7e571002-0000-4000-8000-000000000002"
    static let sync = "7e571003-0000-4000-8000-000000000003"
    static let approve = "7e571004-0000-4000-8000-000000000004"
    /// Central's scheduler starts it; gated, for that never crosses the facade.
    static let nightly = "7e571005-0000-4000-8000-000000000005"
    /// Programs launch it.
    static let report = "7e571006-0000-4000-8000-000000000006"
    /// Never ends by itself.
    static let long = "7e571007-0000-4000-8000-000000000007"
    /// Accounts of Central: CSA's and that of a program that waits. Who is called `sandbox` does not wait.
    static let accounts = ["csa": "csa", "night": "night"]

    let folder: URL
    let client: HTTPClient
    /// One, or several that share a store.
    let services: [ServeProcess]
    /// In front of the replicas; nil: there is one service.
    let balancer: ReplicaBalancer?
    let ports: Ports
    /// The fence's nginx.
    let nginx = Mutex<Process?>(nil)

    struct Ports {
        let central: Int
        let csa: Int
        let csaFence: Int
        let portalFence: Int
        let centralFence: Int
    }

    private let running = Mutex(Running())
    private let isEnded = Mutex(false)

    private struct Running {
        var central: (server: SandboxServer, task: Task<Void, any Error>)?
        var csa: (server: CSAServer, task: Task<Void, any Error>)?
    }

    private let isDirect: Bool

    /// - Parameters:
    ///   - stepMilliseconds: How long each flow of an order runs.
    ///   - isDirect: CSA launches in Central itself, and each flow asks the gate: when Sluice is killed no launch of
    ///     CSA's fails, as it does where only the facade of one service stands in between.
    ///   - replicaCount: More than one: replicas behind a HAProxy, which everybody calls, and which is the fence, too.
    ///     Each flow asks the gate, so that a launch whose outcome is not known can be made again.
    init(stepMilliseconds: Int64 = 100, isDirect: Bool = false, replicaCount: Int = 1) async throws {
        self.isDirect = isDirect
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-csa-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let flows = Self.flows(stepMilliseconds, allGated: isDirect || replicaCount > 1)
        try TestSite.writePack(to: folder, flows: flows)
        ports = Ports(
            central: try TestSite.freePort(), csa: try TestSite.freePort(), csaFence: try TestSite.freePort(),
            portalFence: try TestSite.freePort(), centralFence: try TestSite.freePort())
        client = TestSite.makeClient()
        let folder = folder
        services = try (1...replicaCount).map { number in
            let environment = replicaCount > 1 ? ["SLUICE_REPLICAS_NAME": "r\(number)"] : [:]
            return ServeProcess(
                replicaCount > 1 ? "r\(number)" : "service", in: folder, port: try TestSite.freePort(),
                environment: environment)
        }
        balancer = replicaCount > 1 ? try ReplicaBalancer(to: services.map(\.port), in: folder, client: client) : nil
        try TestSite.write(TestSite.gateToken, "gate.token", in: folder)
        try TestSite.write(TestSite.operatorToken, "operator.token", in: folder)
        try TestSite.write(try configuration(), "sluice.yaml", in: folder)
        try await startCentral(flows)
        var seed = Self.seed
        seed.pools = [.init("Pool", flow: Self.sync, id: "pool")]
        try await startCSA(seed)
    }

    /// Where the service listens, or what stands in front of the replicas.
    var url: String { "http://127.0.0.1:\(port)" }

    private var port: Int { balancer?.port ?? services[0].port }

    // MARK: The systems

    /// The store, and what goes by it. A leader makes no call that may outlast its lead, which is to be short here.
    private func storeKeys() throws -> (store: String, timeout: String) {
        guard services.count > 1 else { return ("store: {path: sluice.db}", "") }
        let cluster = try TestCluster.shared.get()
        let url = cluster.url(try cluster.makeDatabase())
        return (
            "store: {url: '\(url)', acceptLoss: true}\nreplicas: {leaderLeaseSeconds: 4}", "timeoutSeconds: 2"
        )
    }

    private func configuration() throws -> String {
        let (store, timeout) = try storeKeys()
        return """
            \(store)
            key:
              file: sluice.key
            central:
              url: http://127.0.0.1:\(ports.central)/oo
              \(timeout)
            facade:
              enabled: true
              requesters:
                - {user: csa, source: csa, patienceSeconds: 43200}
                - {user: night, source: api, patienceSeconds: 43200}
            csa:
              url: http://127.0.0.1:\(ports.csa)/csa
              \(timeout)
              username: admin
              policyElement: approvalPolicy/id
              staleLogin: unauthorized
              pollSeconds: 1
            drain:
              pollSeconds: 1
              quietLooks: 2
              settleSeconds: 1
              accountSees: everything
            gate:
              startWindowSeconds: 2
            schedules:
              policy: all
            fence:
              sluice: 127.0.0.1:\(port)
              csaListen: 127.0.0.1:\(ports.csaFence)
              csaUpstream: http://127.0.0.1:\(ports.csa)
              portalListen: 127.0.0.1:\(ports.portalFence)
              portalUpstream: http://127.0.0.1:\(ports.csa)
              callbackAccount: ooInboundUser
              centralListen: 127.0.0.1:\(ports.centralFence)
              centralUpstream: http://127.0.0.1:\(port)
              keepSeconds: \(balancer == nil ? 8 : 2)
              cacheFolder: \(folder.path)/cache
            """
    }

    static var quietLogger: Logger {
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        return logger
    }

    func startCentral(_ flows: [SandboxFlow] = []) async throws {
        var configuration = SandboxConfiguration()
        configuration.port = ports.central
        configuration.flows = flows
        configuration.otherAccounts = Self.accounts
        configuration.stateFile = folder.appending(path: "central.json").path
        configuration.gate = .init(url: url, credentials: .bearer(TestSite.gateToken))
        configuration.gate?.tryCountMax = 200
        configuration.gate?.retryDelayMilliseconds = 250
        // Flows report to CSA through the fence, as everybody else calls it.
        configuration.csa = .init(url: "http://127.0.0.1:\(ports.csaFence)/csa", password: "sandbox")
        configuration.csa?.tryCountMax = 200
        configuration.csa?.retryDelayMilliseconds = 250
        let server = SandboxServer(configuration: configuration, logger: Self.quietLogger)
        let task = Task { try await server.run() }
        running.withLock { $0.central = (server, task) }
        _ = try await server.centralURL
    }

    func startCSA(_ seed: CSASeed = CSASeed()) async throws {
        var configuration = CSAConfiguration()
        configuration.port = ports.csa
        configuration.seed = seed
        configuration.stateFile = folder.appending(path: "csa.json").path
        configuration.settings.ooURL = isDirect ? "http://127.0.0.1:\(ports.central)/oo" : url + "/oo"
        configuration.settings.gapMilliseconds = 300
        configuration.ooAccount = .init(user: "csa", password: "csa")
        let server = try CSAServer(configuration: configuration, logger: Self.quietLogger)
        let task = Task { try await server.run() }
        running.withLock { $0.csa = (server, task) }
        _ = try await server.csaURL
    }

    func stopCentral() async {
        guard let (server, task) = running.withLock({ $0.central }) else { return }
        await server.stopListening()
        task.cancel()
        _ = await task.result
    }

    func stopCSA() async {
        guard let (server, task) = running.withLock({ $0.csa }) else { return }
        await server.stopListening()
        task.cancel()
        _ = await task.result
    }

    var central: SandboxServer {
        get throws {
            guard let (server, _) = running.withLock({ $0.central }) else { throw TestSiteError("no Central") }
            return server
        }
    }

    var csa: CSAServer {
        get throws {
            guard let (server, _) = running.withLock({ $0.csa }) else { throw TestSiteError("no CSA") }
            return server
        }
    }

    // MARK: The service

    /// Starts all there is of it; CSA's pools are synchronised from then on, for they go through its facade.
    /// - Parameter more: Environment beside what every service has.
    func start(_ more: [String: String] = [:], within limit: Duration = .seconds(60)) async throws {
        for service in services { try launch(service, more) }
        if let balancer {
            try balancer.start(beside: try await writeFence("haproxy"))
            try await untilAllAreReady()
        } else {
            try await until("the service is ready\n\(logText)", within: limit) { await isReady }
        }
        var pools = CSASeed()
        pools.pools = Self.seed.pools
        try csa.seed(pools)
    }

    /// Starts one; it may not listen yet.
    func launch(_ service: ServeProcess, _ more: [String: String] = [:]) throws {
        var environment = ["SLUICE_CSA_PASSWORD": "sandbox"]
        // Before replicas CSA goes on launching, and what it launches takes places, too.
        if balancer != nil { environment["SLUICE_RELEASE_CEILING"] = "100" }
        try service.launch(environment.merging(more) { $1 }, arguments: ["--config", "sluice.yaml"])
    }

    func kill() { for service in services { service.kill() } }

    var logText: String { services.map { $0.logText.suffix(4000) }.joined(separator: "\n") }

    // MARK: A maintenance

    /// Runs a client command; orders about a maintenance go to who leads.
    func program(_ arguments: String...) async throws -> ProgramRun {
        let server = balancer == nil ? url : try await untilOneLeads().url
        return try await ProgramRun(
            arguments + ["--server", server], environment: ["SLUICE_TOKEN": TestSite.operatorToken], in: folder)
    }

    func plan(_ more: String = "") async throws {
        let end = Date.now.addingTimeInterval(4 * 3600)
        let text = """
            title: Upgrade
            owner: the night shift
            systems: csa-and-oo
            expectedEnd: \(end.formatted(.iso8601))
            \(more)
            """
        try Data(text.utf8).write(to: folder.appending(path: "plan.yaml"))
        let planned = try await program("maintenance", "plan", "plan.yaml")
        guard planned.status == 0 else { throw TestSiteError("not planned: \(planned.errors)") }
    }

    /// The phase of the newest maintenance.
    func phase() async throws -> String {
        let newest = try await get("/v1/maintenances").body["maintenances"]?.array?.first
        return newest?["phase"]?.string ?? "none"
    }

    // MARK: What can be compared

    /// CSA's configuration, and which of Central's schedules are enabled.
    func picture() throws -> [LooseValue] {
        let schedules = try central.schedules.map { LooseValue.text("\($0.id) \($0.isEnabled)") }
        return [try csa.dump(part: "configuration") ?? .null, .list(schedules)]
    }

    /// Ends everything and removes the files.
    func end() async {
        isEnded.withLock { $0 = true }
        stopFence()
        balancer?.stop()
        kill()
        await stopCSA()
        await stopCentral()
        try? await client.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }

    static func with(
        stepMilliseconds: Int64 = 100, isDirect: Bool = false, replicaCount: Int = 1,
        _ body: (MaintenanceSite) async throws -> Void
    ) async throws {
        let site = try await MaintenanceSite(
            stepMilliseconds: stepMilliseconds, isDirect: isDirect, replicaCount: replicaCount)
        do { try await body(site) } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    deinit {
        guard !isEnded.withLock({ $0 }) else { return }
        stopFence()
        balancer?.stop()
        kill()
        try? client.syncShutdown()
        try? FileManager.default.removeItem(at: folder)
    }
}
