import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit

@testable import SluiceHTTP

/// A whole gate over HTTP: store, clocks and Central are the fakes, everything between is what runs in production.
struct Bench: Sendable {
    let memory: InMemoryStore
    let clocks: ManualClocks
    let central: FakeCentral
    let sealer: AESSealer
    let engine: Engine
    let server: SluiceServer
    let log: LogRecorder
    let client: Client

    /// What a test may ask for.
    struct Setup: Sendable {
        var mode = GateMode.open
        var memory = InMemoryStore()
        /// Wraps the store, to fail reads for instance.
        var wrap: @Sendable (InMemoryStore) -> any Store = { $0 }
        var inventory = Inventory()
        var gate = GatePolicy()
        var release = ReleasePolicy()
        var hasCentral = false
        var callbacks = CallbackPolicy()
        var trustsLoopback = false
        var bodyByteCountMax = 1 << 20
        var packByteCountMax = 1 << 20
        var packFolder: String?
        var site: String?
        var connections = ConnectionLimits()
        var packReader: PackReader = TestPack.reader
        var clocks = ManualClocks()
        var plugins: [HostedPlugin] = []
        /// What maintenances change outside.
        var outside: [any OutsideSystem] = []
        var csa: CSASite?
        /// Whether maintenances and drains go on by themselves.
        var runsMaintenances = false
        var adjust: @Sendable (inout EngineConfiguration) -> Void = { _ in }
    }

    /// Tokens of the three roles.
    enum Token: String, CaseIterable {
        case gate = "gate-token-000001"
        case viewer = "viewer-token-0001"
        case `operator` = "operator-token-01"
    }

    /// Runs the engine's services and the server around a test.
    static func run(
        _ setup: Setup = Setup(), _ framework: TestingSetup = .router,
        _ body: @escaping @Sendable (Bench) async throws -> Void
    ) async throws {
        let log = LogRecorder()
        let logger = log.logger()
        let central = FakeCentral(now: { setup.clocks.now().wall })
        let sealer = AESSealer(MasterKey())
        var configuration = EngineConfiguration(
            gate: setup.gate, release: setup.release, initialMode: setup.mode)
        configuration.plugins = setup.plugins
        configuration.callbacks = setup.callbacks
        setup.adjust(&configuration)
        let engine = try await Engine.make(
            configuration: configuration,
            store: setup.wrap(setup.memory), central: setup.hasCentral ? central : nil, sealer: sealer,
            inventory: setup.inventory, outside: setup.outside, clocks: setup.clocks, random: SystemRandomSource(),
            logger: logger, csa: setup.csa)
        let access = Access(
            grants: [
                Access.Grant(principal: Principal("gate-step"), role: .gate, token: Token.gate.rawValue),
                Access.Grant(principal: Principal("watcher"), role: .viewer, token: Token.viewer.rawValue),
                Access.Grant(principal: Principal("ann"), role: .operator, token: Token.operator.rawValue),
            ], trustsLoopback: setup.trustsLoopback)
        var listen = SluiceServer.Configuration(
            port: 0, bodyByteCountMax: setup.bodyByteCountMax, packByteCountMax: setup.packByteCountMax,
            packFolder: setup.packFolder)
        listen.site = setup.site
        listen.connections = setup.connections
        let server = SluiceServer(
            engine: engine, sealer: sealer, access: access, configuration: listen,
            packReader: setup.packReader)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await engine.gatekeeper.run() }
            group.addTask { try? await engine.releaser.run() }
            group.addTask { try? await engine.monitor.run() }
            group.addTask { try? await engine.freezer?.run() }
            if setup.runsMaintenances {
                group.addTask { try? await engine.maintenance.run() }
                group.addTask { try? await engine.drains.run() }
                group.addTask { try? await engine.keeper?.run() }
            }
            defer { group.cancelAll() }
            try await server.application(logger: logger).test(framework) { client in
                try await body(
                    Bench(
                        memory: setup.memory, clocks: setup.clocks, central: central, sealer: sealer, engine: engine,
                        server: server, log: log, client: Client(base: client)))
            }
        }
    }

    /// Sets the whole gate's mode as an operator does.
    @discardableResult
    func set(
        _ mode: String, scope: String? = nil, reason: String = "upgrade to 2026.11", strandsHolds: Bool = false
    ) async throws -> Reply {
        var body: JSONObject = ["mode": .string(mode), "scope": .optional(scope), "reason": .string(reason)]
        if strandsHolds { body["strandHolds"] = true }
        return try await client.send(.put, "/v1/gate", as: .operator, body: .object(body))
    }

    /// Yields until something is so; a limit in time makes a hang a failure.
    func until(_ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw Overdue() }
            await letOthersRun(turns: 16)
        }
    }

    /// The same, moving the clock on in steps.
    func advance(by step: Duration = .milliseconds(250), until isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw Overdue() }
            clocks.advance(by: step)
            await letOthersRun(turns: 20)
        }
    }

    struct Overdue: Error {}
}
