import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SluiceCentral
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceSealing
import SluiceTestKit
import SluiceTestServers

@testable import SluiceHTTP

/// A whole Sluice with its facade in front of the sandbox's Central, or of any other server, over real connections.
struct FacadeBench: Sendable {
    let engine: Engine
    let sealer: AESSealer
    /// `http://localhost:PORT`
    let url: String
    let http: HTTPClient
    let log: LogRecorder

    static let flow = "a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"
    static let gated = "b98c3fe7-9c90-4237-a025-e2df4a7cf1f9"

    struct Setup: Sendable {
        var mode = GateMode.open
        /// `sandbox` is the sandbox's one account.
        var requesters = RequesterRules([RequesterRules.Rule(user: "sandbox", source: .csa, patienceSeconds: 3600)!])
        var gate = GatePolicy()
        /// Of one site; a second bench over both is a replica of it, or its next start.
        var store: any Store = InMemoryStore()
        var key = MasterKey()
        var configure: @Sendable (inout FacadeConfiguration) -> Void = { _ in }

        static var impatient: Setup {
            var setup = Setup()
            setup.requesters = RequesterRules()
            return setup
        }
    }

    /// Around a sandbox, through a relay that can cut it off.
    static func run(
        _ setup: Setup = Setup(), duration: Int64 = 100,
        _ body: @escaping @Sendable (FacadeBench, SandboxServer, Relay) async throws -> Void
    ) async throws {
        var configuration = SandboxConfiguration()
        configuration.flows = [
            SandboxFlow(id: flow, name: "Nightly", path: "Library/Backup/Nightly", durationMilliseconds: duration),
            SandboxFlow(
                id: gated, name: "Gated", path: "Library/Gated", isGated: true, failMode: .open,
                durationMilliseconds: duration),
        ]
        let sandbox = SandboxServer(
            configuration: configuration, logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run() }
            defer { group.cancelAll() }
            let relay = try Relay(to: try await sandbox.port)
            defer { relay.stop() }
            try await run(setup, central: "http://127.0.0.1:\(relay.port)/oo", direct: try await sandbox.centralURL) {
                try await body($0, sandbox, relay)
            }
        }
    }

    /// Around any server.
    static func run(
        _ setup: Setup, central url: String, direct: String,
        _ body: @escaping @Sendable (FacadeBench) async throws -> Void
    ) async throws {
        let log = LogRecorder()
        let logger = log.logger()
        let clocks = SystemClocks()
        let sealer = AESSealer(setup.key)
        let central = RESTCentralClient(
            CentralConfiguration(baseURL: direct, username: "sandbox", password: Secret("sandbox")))
        let engine = try await Engine.make(
            configuration: EngineConfiguration(
                gate: setup.gate, release: ReleasePolicy(pollInterval: .milliseconds(100), listingLag: .zero),
                initialMode: setup.mode),
            store: setup.store, central: central, sealer: sealer,
            inventory: Inventory([
                KnownFlow(
                    id: FlowID(gated), name: "Gated", path: "Library/Gated", contentPack: "P", isGated: true, inputs: []
                ),
                KnownFlow(
                    id: FlowID(flow), name: "Nightly", path: "Library/Backup/Nightly", contentPack: "P", isGated: false,
                    inputs: []),
            ]), clocks: clocks, random: SystemRandomSource(), logger: logger)
        var listen = SluiceServer.Configuration(port: 0)
        var facade = FacadeConfiguration(centralURL: url)
        facade.requesters = setup.requesters
        facade.connectTimeout = .seconds(5)
        setup.configure(&facade)
        listen.facade = facade
        let server = SluiceServer(
            engine: engine, sealer: sealer,
            access: Access(
                grants: [.init(principal: Principal("ann"), role: .operator, token: Bench.Token.operator.rawValue)],
                trustsLoopback: false),
            configuration: listen, packReader: TestPack.reader)
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(redirectConfiguration: .disallow, decompression: .disabled))
        let result: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for service in engine.services { group.addTask { try? await service.run() } }
                defer { group.cancelAll() }
                try await server.application(logger: logger).test(.live) { client in
                    let bench = FacadeBench(
                        engine: engine, sealer: sealer, url: "http://localhost:\(client.port ?? 0)", http: http,
                        log: log)
                    try await body(bench)
                }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await server.shutdown()
        try await http.shutdown()
        try await central.shutdown()
        try result.get()
    }

    // MARK: Asking

    struct Reply: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONReader.read(bytes)) ?? .null }
    }

    static func basic(_ user: String = "sandbox", _ password: String = "sandbox") -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, authorization: String? = FacadeBench.basic(),
        headers: [(String, String)] = []
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        return try await send(request)
    }

    func send(_ request: HTTPClientRequest) async throws -> Reply {
        let response = try await http.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Reply(
            status: Int(response.status.code), headers: response.headers, bytes: Array(body.readableBytesView))
    }

    /// Starts the ungated flow in v2, and gives what Central, or the facade, calls it.
    func start(
        _ flow: String = FacadeBench.flow, root: String = "/oo/rest/v2", inputs: String = "{}",
        authorization: String = FacadeBench.basic()
    ) async throws -> Reply {
        let key = root.hasSuffix("v1") || root.hasSuffix("rest") ? "uuid" : "flowUuid"
        return try await send(
            .POST, "\(root)/executions", #"{"\#(key)":"\#(flow)","runName":"nightly","inputs":\#(inputs)}"#,
            authorization: authorization)
    }

    func summary(_ id: String, authorization: String = FacadeBench.basic()) async throws -> JSONValue {
        try await send(.GET, "/oo/rest/v2/executions/\(id)/summary", authorization: authorization).json.array?.first
            ?? .null
    }

    /// Sets the whole gate's mode.
    func set(_ mode: GateMode) async throws {
        let reply = try await send(
            .PUT, "/v1/gate", #"{"mode":"\#(mode.rawValue)","reason":"upgrade","strandHolds":true}"#,
            authorization: "Bearer \(Bench.Token.operator.rawValue)")
        guard reply.status == 200 else { throw Unexpected(text: reply.text) }
    }

    struct Unexpected: Error { let text: String }

    func holds(_ states: Set<HoldState>? = nil) async throws -> [Hold] {
        try await engine.store.holds(HoldQuery(states: states, limit: 1000)).holds
    }

    /// Asks until something is so; a limit in time makes a hang a failure.
    func until(_ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw Bench.Overdue() }
            await letOthersRun(turns: 16)
        }
    }
}
