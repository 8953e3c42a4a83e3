import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import SluiceSandbox
import Synchronization

/// A site in small: a sandbox of Central in this process, and the real `sluice serve` as a process that can be killed.
final class TestSite: ServiceCalls {
    static let gatedFlow = "7e570001-0000-4000-8000-000000000001"
    static let ungatedFlow = "7e570002-0000-4000-8000-000000000002"
    static let waitingFlow = "7e570003-0000-4000-8000-000000000003"

    let folder: URL
    let sandbox: SandboxServer
    let client: HTTPClient
    private let sandboxTask: Task<Void, any Error>
    private let service: ServeProcess
    private let isEnded = Mutex(false)

    /// - Parameters:
    ///   - settings: Environment of the service, such as `SLUICE_CENTRAL_RELAUNCH_AFTER_SECONDS`.
    ///   - moreFlows: Flows that Central has beside those of the pack.
    init(
        bodyMilliseconds: Int64 = 40, settings: [String: String] = [:], moreFlows: [SandboxFlow] = []
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.writePack(to: folder)
        let port = try Self.freePort()
        service = ServeProcess(
            "service", in: folder, port: port,
            environment: ["SLUICE_STORE_PATH": "sluice.db", "SLUICE_KEY_FILE": "sluice.key"].merging(settings) { $1 })
        client = Self.makeClient()
        sandbox = Self.makeSandbox(gatePort: port, flows: Self.flows(bodyMilliseconds) + moreFlows)
        sandboxTask = Task { [sandbox] in try await sandbox.run() }
        try Self.write(Self.gateToken, "gate.token", in: folder)
        try Self.write(Self.operatorToken, "operator.token", in: folder)
    }

    /// With a connection for each of many callers: a question that waits in the client was not sent.
    static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(2)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        // After some refused connections it would wait up to a minute before the next.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }

    /// A Central whose gated flows ask the gate at a port for long enough to outlast a restart of the service.
    static func makeSandbox(gatePort: Int, flows: [SandboxFlow]) -> SandboxServer {
        var configuration = SandboxConfiguration()
        configuration.flows = flows
        configuration.gate = .init(url: "http://127.0.0.1:\(gatePort)", credentials: .bearer(gateToken))
        configuration.gate?.tryCountMax = 40
        configuration.gate?.retryDelayMilliseconds = 250
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        return SandboxServer(configuration: configuration, logger: logger)
    }

    static let gateToken = "gate-token-for-tests-only"
    static let operatorToken = "operator-token-for-tests-only"

    /// Where the service listens.
    var url: String { service.url }

    // MARK: The service

    /// Starts the service; returns when it is ready.
    func start(
        _ more: [String: String] = [:], arguments: [String] = [], within limit: Duration = .seconds(60)
    ) async throws {
        try service.launch(
            ["SLUICE_CENTRAL_URL": try await sandbox.centralURL].merging(more) { $1 }, arguments: arguments)
        try await until("the service is ready\n\(logText)", within: limit) { await isReady }
    }

    /// `kill -9`, and waits until it is gone.
    func kill() { service.kill() }

    /// SIGHUP: files are read again.
    func hangUp() { service.signal(SIGHUP) }

    /// SIGTERM; returns the exit code.
    func terminate() -> Int32 { service.terminate() }

    var logText: String { service.logText }

    /// Runs a test on a site, and ends the site however the test ends.
    static func with(
        settings: [String: String] = [:], moreFlows: [SandboxFlow] = [], _ body: (TestSite) async throws -> Void
    ) async throws {
        let site = try await TestSite(settings: settings, moreFlows: moreFlows)
        do { try await body(site) } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    /// A test that threw on its way to `end`: AsyncHTTPClient traps when it is dropped without its shutdown.
    deinit {
        guard !isEnded.withLock({ $0 }) else { return }
        kill()
        sandboxTask.cancel()
        try? client.syncShutdown()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Ends everything and removes the files.
    func end() async {
        isEnded.withLock { $0 = true }
        kill()
        sandboxTask.cancel()
        _ = await sandboxTask.result
        try? await client.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }
}
