import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceSandbox
import Synchronization

/// A site in small: a sandbox of Central in this process, and the real `sluice serve` as a process that can be killed.
final class TestSite: Sendable {
    static let gatedFlow = "7e570001-0000-4000-8000-000000000001"
    static let ungatedFlow = "7e570002-0000-4000-8000-000000000002"
    static let waitingFlow = "7e570003-0000-4000-8000-000000000003"

    let folder: URL
    let sandbox: SandboxServer
    let client: HTTPClient
    private let sandboxTask: Task<Void, any Error>
    private let service = Mutex<Process?>(nil)
    private let isEnded = Mutex(false)
    private let address: Mutex<String>
    private let settings: [String: String]

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
        address = Mutex("http://127.0.0.1:\(port)")
        self.settings = settings
        client = HTTPClient(configuration: .init(timeout: .init(connect: .seconds(2))))
        var configuration = SandboxConfiguration()
        configuration.flows = Self.flows(bodyMilliseconds) + moreFlows
        configuration.gate = .init(url: "http://127.0.0.1:\(port)", credentials: .bearer(Self.gateToken))
        configuration.gate?.tryCountMax = 40
        configuration.gate?.retryDelayMilliseconds = 250
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        sandbox = SandboxServer(configuration: configuration, logger: logger)
        sandboxTask = Task { [sandbox] in try await sandbox.run() }
        try Self.write(Self.gateToken, "gate.token", in: folder)
        try Self.write(Self.operatorToken, "operator.token", in: folder)
    }

    static let gateToken = "gate-token-for-tests-only"
    static let operatorToken = "operator-token-for-tests-only"

    /// Where the service listens.
    var url: String { address.withLock { $0 } }

    // MARK: The service

    /// Starts the service; returns when it is ready.
    func start(_ more: [String: String] = [:], within limit: Duration = .seconds(60)) async throws {
        let process = Process()
        process.executableURL = ProgramRun.program("sluice")
        process.arguments = ["serve"]
        process.currentDirectoryURL = folder
        var environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "SWIFT_BACKTRACE": "enable=no",
            "SLUICE_LISTEN": String(address.withLock { $0 }.dropFirst("http://".count)),
            "SLUICE_STORE_PATH": "sluice.db", "SLUICE_KEY_FILE": "sluice.key",
            "SLUICE_AUTH_GATE_TOKEN_FILE": "gate.token", "SLUICE_AUTH_OPERATOR_TOKEN_FILE": "operator.token",
            "SLUICE_CENTRAL_URL": try await sandbox.centralURL, "SLUICE_CENTRAL_USERNAME": "sandbox",
            "SLUICE_CENTRAL_PASSWORD": "sandbox", "SLUICE_PACKS": "pack", "SLUICE_CENTRAL_POLL_SECONDS": "1",
            "SLUICE_CENTRAL_LISTING_LAG_SECONDS": "3", "SLUICE_RELEASE_RATE_PER_MINUTE": "6000",
            "SLUICE_RELEASE_CEILING": "8", "SLUICE_RELEASE_BACKOFF_SECONDS": "1", "SLUICE_LOG_LEVEL": "warning",
        ]
        environment.merge(settings) { $1 }
        environment.merge(more) { $1 }
        process.environment = environment
        let log = folder.appending(path: "service.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        service.withLock { $0 = process }
        try await until("the service is ready\n\(logText)", within: limit) { [self] in
            (try? await get("/readyz"))?.status == 200
        }
    }

    /// `kill -9`, and waits until it is gone.
    func kill() {
        guard let process = service.withLock({ $0 }) else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGHUP: files are read again.
    func hangUp() {
        guard let process = service.withLock({ $0 }) else { return }
        Foundation.kill(process.processIdentifier, SIGHUP)
    }

    /// SIGTERM; returns the exit code.
    func terminate() -> Int32 {
        guard let process = service.withLock({ $0 }) else { return -1 }
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    var logText: String { (try? String(contentsOf: folder.appending(path: "service.log"), encoding: .utf8)) ?? "" }

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

    // MARK: Calls

    func get(_ path: String) async throws -> (status: Int, body: JSONObject) { try await call("GET", path, nil) }

    func post(_ path: String, _ body: JSONObject) async throws -> (status: Int, body: JSONObject) {
        try await call("POST", path, body)
    }

    /// Sends a pack's bytes to the path of a name.
    func put(pack bytes: [UInt8], _ name: String = "Test") async throws -> (status: Int, body: JSONObject) {
        try await send("PUT", "/v1/packs/\(name)", .bytes(ByteBuffer(bytes: bytes)))
    }

    func setGate(_ mode: String) async throws {
        let answer = try await call(
            "PUT", "/v1/gate", JSONObject([("mode", .string(mode)), ("reason", .string("a test"))]))
        guard answer.status == 200 else { throw TestSiteError("the gate was not set: \(answer)") }
    }

    /// Asks the gate for one launch whose body can be recognised by its order.
    func ask(
        _ order: String, flow: String = gatedFlow, more: [(String, JSONValue)] = []
    ) async throws -> (
        status: Int, body: JSONObject
    ) {
        var body = JSONObject([
            ("flow", .string(flow)), ("source", .string("api")),
            ("inputs", .object(JSONObject([("order", .string(order)), ("password", .string("hunter2-\(order)"))]))),
        ])
        for (name, value) in more { body[name] = value }
        return try await post("/v1/launches", body)
    }

    /// Holds by state.
    func counts() async throws -> [String: Int] {
        let answer = try await get("/v1/gate")
        guard case .object(let holds)? = answer.body["holds"] else { throw TestSiteError("no holds in \(answer)") }
        var counts: [String: Int] = [:]
        for member in holds.members { if case .number(let number) = member.value { counts[member.name] = number.int } }
        return counts
    }

    /// What `/metrics` says of one series, such as `name{label="value"}`; 0 when there is none.
    func metric(_ series: String) async throws -> Double {
        let response = try await client.execute(HTTPClientRequest(url: url + "/metrics"), timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 16 << 20))
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONObject?
    ) async throws -> (status: Int, body: JSONObject) {
        try await send(method, path, body.map { .bytes(ByteBuffer(string: $0.write())) })
    }

    private func send(
        _ method: String, _ path: String, _ body: HTTPClientRequest.Body?
    ) async throws -> (status: Int, body: JSONObject) {
        var request = HTTPClientRequest(url: address.withLock { $0 } + path)
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(Self.operatorToken)")
        request.body = body
        let response = try await client.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        guard bytes.readableBytes > 0 else { return (Int(response.status.code), JSONObject()) }
        guard case .object(let object) = try JSONReader.read(Array(bytes.readableBytesView)) else {
            throw TestSiteError("\(method) \(path) did not answer an object")
        }
        return (Int(response.status.code), object)
    }

    /// Looks again and again until something is true; what it looks at is another process.
    func until(
        _ what: @autoclosure () -> String, within limit: Duration, _ isTrue: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isTrue() {
            guard ContinuousClock.now < deadline else { throw TestSiteError("not within \(limit): \(what())") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

struct TestSiteError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
