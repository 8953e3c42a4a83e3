import AsyncHTTPClient
import FoundationEssentials
public import Logging
import NIOCore
import SluiceCentral
import SluiceContent
import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceHTTP
import SluiceJSON
import SluiceModel
import SluiceSandbox
import Synchronization

/// `sluice demo`: a whole maintenance in small, told as it happens, over the real parts and a sandbox of Central.
public struct Demo: Sendable {
    /// Launches that come in while the gate is closed.
    public static let launchCount = 200
    /// Longest the release may take before the demo says it failed.
    private static let releaseDurationMax: Duration = .seconds(120)

    private let folder: String
    private let port: Int
    private let isKept: Bool
    private let logger: Logger
    private let narrate: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: Where its files go; made if need be.
    ///   - port: Of the service; 0 is any free one.
    ///   - isKept: Whether service and sandbox run on after the story.
    ///   - narrate: Told one line at a time.
    public init(
        folder: String, port: Int, isKept: Bool, logger: Logger, narrate: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.port = port
        self.isKept = isKept
        self.logger = logger
        self.narrate = narrate
    }

    /// Plays the story.
    /// - Returns: Whether every held launch was launched exactly once.
    public func run() async throws -> Bool {
        guard !FileManager.default.fileExists(atPath: "\(folder)/sluice.db") else {
            throw ServiceError("\(folder) has a database of an earlier demo; name another folder or remove it")
        }
        try readContent()
        let client = HTTPClient(configuration: .init(connectionPool: .init(idleTimeout: .seconds(30))))
        let result: Result<Bool, any Error>
        do {
            result = .success(try await play(client))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    // MARK: Content

    private func readContent() throws {
        for (path, text) in DemoContent.packFiles { try write(text, to: "demo-pack/\(path)") }
        try write(DemoContent.quartzXML, to: "demo-quartz.xml")
        let pack = ContentPackReader().read(path: "\(folder)/demo-pack")
        guard !pack.hasErrors else { throw ServiceError("the demo's pack cannot be read: \(pack.diagnostics)") }
        narrate("Content pack \(pack.name ?? "?"): \(pack.flows.count) flows")
        for flow in pack.flows {
            narrate("  \(flow.isGated ? "gated  " : "ungated")  \(flow.name)  (\(flow.id))")
        }
        let schedule = ScheduleReader().read(
            path: "\(folder)/demo-quartz.xml", now: SystemTime.now(), defaultZone: .utc)
        narrate("Quartz file: \(schedule.jobs.count) jobs, \(schedule.triggers.count) triggers")
    }

    private func write(_ text: String, to path: String) throws {
        let full = "\(folder)/\(path)"
        let parent = String(full.prefix(upTo: full.lastIndex(of: "/") ?? full.endIndex))
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: full))
    }

    // MARK: Story

    private func play(_ client: HTTPClient) async throws -> Bool {
        // The sandbox's gate step needs the service's address and the service needs Central's: both are fixed first.
        let servicePort = port == 0 ? try FreePort.find() : port
        let address = "http://127.0.0.1:\(servicePort)"
        let gateToken = try TokenFile.load("\(folder)/gate.token")
        let operatorToken = try TokenFile.load("\(folder)/operator.token")
        var sandboxConfiguration = SandboxConfiguration()
        sandboxConfiguration.port = try FreePort.find()
        sandboxConfiguration.flows = DemoContent.sandboxFlows
        sandboxConfiguration.gate = .init(url: address, credentials: .bearer(gateToken))
        let sandbox = SandboxServer(configuration: sandboxConfiguration, logger: logger)
        let demoClient = DemoClient(
            client: client, address: address, gateToken: gateToken, operatorToken: operatorToken)
        let service = try await SluiceService.make(
            settings(port: servicePort, centralURL: "http://127.0.0.1:\(sandboxConfiguration.port)/oo"),
            environment: [:], logger: logger)
        let (listening, isListening) = AsyncStream<Void>.makeStream()
        let verdict = Mutex<Bool?>(nil)
        try await service.run(beside: [sandbox], onListening: { _ in isListening.finish() }) {
            for await _ in listening {}
            let centralURL = try await sandbox.centralURL
            let isGood = try await tell(demoClient, sandbox, centralURL)
            verdict.withLock { $0 = isGood }
            if isKept { await keep(address, centralURL) }
        }
        guard let isGood = verdict.withLock({ $0 }) else {
            throw ServiceError("the demo was stopped before its end")
        }
        return isGood
    }

    /// Says where everything is, and waits for Ctrl-C.
    private func keep(_ address: String, _ centralURL: String) async {
        narrate("")
        narrate("Kept running. Service \(address), sandbox \(centralURL). Ctrl-C ends both.")
        narrate("Operator token: \(folder)/operator.token, gate token: \(folder)/gate.token")
        narrate("Try: SLUICE_SERVER=\(address) SLUICE_TOKEN_FILE=\(folder)/operator.token sluice holds list")
        let (forever, end) = AsyncStream<Void>.makeStream()
        await withTaskCancellationHandler {
            for await _ in forever {}
        } onCancel: {
            end.finish()
        }
    }

    private func settings(port: Int, centralURL: String) -> ServiceSettings {
        var settings = ServiceSettings(folder: folder)
        settings.listen.port = port
        settings.packs = ["\(folder)/demo-pack"]
        settings.central = CentralConfiguration(
            baseURL: centralURL, username: "sandbox", password: Secret("sandbox"))
        settings.engine.release = ReleasePolicy(
            ratePerMinute: 3000, ceiling: 40, pollInterval: .milliseconds(500), listingLag: .seconds(5))
        return settings
    }

    private func tell(
        _ client: DemoClient, _ sandbox: SandboxServer, _ centralURL: String
    ) async throws -> Bool {
        narrate("Service at \(client.address), a sandbox of OO Central at \(centralURL)")
        narrate("")
        narrate("1. Maintenance begins: the gate is set to hold.")
        try await client.setGate("hold", reason: "demo: upgrade to 2026.11")
        narrate("2. \(Self.launchCount) launches come in, from every source, while it is closed:")
        let launches = DemoLaunches(count: Self.launchCount)
        let sent = try await launches.send(client, sandbox)
        for line in sent.lines { narrate("     \(line)") }
        var counts = try await waitFor(.seconds(30), client) { $0["held", default: 0] >= Self.launchCount }
        narrate(
            "   Held on disk: \(counts["held", default: 0]). Bodies run in Central meanwhile: \(sandbox.bodies.count).")
        guard counts["held"] == Self.launchCount, sandbox.bodies.isEmpty else {
            narrate("   That is not what was expected.")
            return false
        }
        narrate("   (Here the services would be stopped and upgraded.)")
        narrate("3. Maintenance ends: the gate is set to open, the holds are released in order.")
        let begin = ContinuousClock.now
        try await client.setGate("open", reason: "demo: upgrade done")
        var last = -1
        counts = try await waitFor(Self.releaseDurationMax, client) { counts in
            let ended = counts["ended", default: 0]
            if ended / 50 != last / 50 || last < 0 {
                narrate(
                    "     held \(counts["held", default: 0]), running "
                        + "\(counts["running", default: 0] + counts["launching", default: 0]), ended \(ended)")
            }
            last = ended
            return ended + counts["awaiting-operator", default: 0] >= Self.launchCount
        }
        let took = ContinuousClock.now - begin
        return judge(counts, sandbox, sent.orders, seconds: Int(took.components.seconds))
    }

    /// Counts in Central, not in Sluice: each order's body must have run once.
    private func judge(
        _ counts: [String: Int], _ sandbox: SandboxServer, _ orders: Set<String>, seconds: Int
    ) -> Bool {
        let runs = sandbox.bodyCounts(key: "order")
        let once = orders.count { runs[$0] == 1 }
        let twice = orders.count { runs[$0, default: 0] > 1 }
        let never = orders.count { runs[$0] == nil }
        narrate("   Released in \(seconds) s. Counted in Central, by bodies run:")
        narrate("     launched exactly once: \(once) of \(orders.count); twice or more: \(twice); never: \(never)")
        let isGood = once == orders.count && counts["ended"] == orders.count
        narrate(
            isGood
                ? "Every held launch was launched exactly once." : "FAILED: not every held launch was launched once.")
        return isGood
    }

    private func waitFor(
        _ limit: Duration, _ client: DemoClient, _ isDone: ([String: Int]) -> Bool
    ) async throws -> [String: Int] {
        let deadline = ContinuousClock.now + limit
        while true {
            let counts = try await client.holdCounts()
            if isDone(counts) || ContinuousClock.now >= deadline { return counts }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
