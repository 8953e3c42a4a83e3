import AsyncHTTPClient
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// A stand-in for CSA over HTTP, run as a service; see docs/sandbox.md for what it does.
///
/// The state lives from `init` on, so rows and faults can be added before it listens and launches read after it
/// stopped. All members may be used from any task.
public final class CSAServer: Service, Sendable {
    let core: CSACore
    private let configuration: CSAConfiguration
    private let logger: Logger
    private let bound = BoundPort()
    private let listener = Mutex<(any Channel)?>(nil)

    /// - Throws: `CSARefusal` when the configuration's seed or settings are wrong.
    public init(
        configuration: CSAConfiguration, clock: any SandboxClock = SystemSandboxClock(),
        logger: Logger = Logger(label: "sluice.sandbox.csa")
    ) throws {
        if let complaint = configuration.settings.complaint { throw CSARefusal(complaint) }
        self.configuration = configuration
        self.logger = logger
        let seed = configuration.idSeed ?? UInt64.random(in: .min ... .max)
        core = CSACore(
            try CSAState(configuration: configuration, idSeed: seed, at: clock.now), clock: clock,
            isSaved: configuration.stateFile != nil)
    }

    /// The port it listens on; waits until it does. Throws `SandboxServerError.notRunning` when `run()` ended before.
    public var port: Int { get async throws { try await bound.value } }

    /// `http://host:port/csa`, what a client of CSA is given; waits like `port`.
    public var csaURL: String {
        get async throws {
            let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
            return "http://\(host):\(try await port)/csa"
        }
    }

    /// Takes no connection any more. Before `run()` is cancelled: one that is taken just then would end the program
    /// (NIOAsyncWriter, "deinited without calling finish").
    public func stopListening() async {
        guard let channel = listener.withLock({ $0 }) else { return }
        try? await channel.close().get()
    }

    /// Serves until a graceful shutdown or cancellation; with a state file nothing is answered before it is in there.
    public func run() async throws {
        defer { bound.settle(nil) }
        if let data = try StateFile(configuration.stateFile).load(CSAData.self) {
            let ooURL = configuration.settings.ooURL
            core.withState { state, now in
                state.restore(data, at: now)
                // Where OO is belongs to this start, not to the one before.
                if !ooURL.isEmpty { state.data.settings.ooURL = ooURL }
            }
        }
        let client = HTTPGateTransport.makeClient()
        let result: Result<Void, any Error>
        do {
            try await serve(client)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try result.get()
    }

    private func serve(_ client: HTTPClient) async throws {
        let transport = HTTPLaunchTransport(
            account: configuration.ooAccount, timeoutMilliseconds: configuration.launchTimeoutMilliseconds,
            client: client)
        let keepers = core.saves.map { saves in
            [
                StateKeeper(file: StateFile(configuration.stateFile), saves: saves) { [core] in
                    core.withState { state, _ in (state.data, state.revision) }
                }
            ]
        }
        let driver = CSADriver(core: core) { await transport.send($0) }
        let responder = CSAResponder(core: core)
        // Not Hummingbird's Application: it overwrites `Date`, which is CSA's own clock here.
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname(configuration.host, port: configuration.port)),
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, logger: logger,
            responder: { (request, writer: consuming ResponseWriter, channel) in
                let response = try await responder.respond(to: request, channel: channel)
                try await writer.write(response: response.head, body: response.body)
            },
            onServerRunning: { [bound, logger, self] channel in
                listener.withLock { $0 = channel }
                let port = channel.localAddress?.port
                logger.info("sandbox CSA is listening", metadata: ["port": "\(port ?? 0)"])
                bound.settle(port)
            })
        // The last one stops first: nothing comes in while the driver waits for its answers.
        let services = ServiceGroup(
            configuration: .init(services: (keepers ?? []) + [driver, server], logger: logger))
        try await services.run()
    }
}

extension CSAServer {
    /// The settings in force; one that `complaint` would refuse is not taken.
    public var settings: CSASettings {
        get { core.withState { state, _ in state.settings } }
        set { core.withState { state, _ in if newValue.complaint == nil { state.data.settings = newValue } } }
    }

    /// What `POST /control/seed` does.
    public func seed(_ seed: CSASeed) throws {
        try core.withState { state, now throws(CSARefusal) in try state.seed(seed, at: state.local(now)) }
    }

    /// Places orders as `POST /control/orders` does.
    ///
    /// - Returns: The requests' ids, in order.
    @discardableResult
    public func place(_ order: CSABulkOrder) throws -> [String] {
        try core.withState { state, now throws(CSARefusal) -> [String] in
            let ids = try state.place(order, at: state.local(now))
            state.advance(to: state.local(now))
            return ids
        }
    }

    /// Adds faults behind those in force; false when there would be too many.
    @discardableResult
    public func add(faults: [SandboxFault]) -> Bool {
        core.withState { state, _ in state.faults.add(faults) }
    }

    /// How many requests a fault was applied to; 0 when there is none with this id.
    public func hitCount(ofFault id: String) -> Int {
        core.withState { state, _ in state.faults.rows.first { $0.fault.id == id }?.hitCount ?? 0 }
    }

    /// Ends all faults.
    public func removeFaults() { core.withState { state, _ in state.faults.removeAll() } }

    /// What `GET /control/state` shows.
    public var dump: LooseValue { core.withState { state, now in state.dump(at: state.local(now)) } }

    /// One part of it: `configuration`, `revisions`, `work` or `numbers`; nil for another.
    public func dump(part: String) -> LooseValue? { core.withState { state, _ in state.dump(part: part) } }

    /// What `GET /control/launches` shows: every launch CSA asked OO for.
    public var launches: LooseValue { core.withState { state, _ in state.launchList } }

    /// Whether no lifecycle work runs or is about to, and no process instance waits for its flow.
    public var isQuiet: Bool { core.withState { state, _ in state.isQuiet } }

    /// Synchronises a pool now.
    ///
    /// - Returns: The process instance's id; nil when there is no such pool.
    @discardableResult
    public func sync(pool id: String) -> String? {
        core.withState { state, now in
            let pool = state.data.pools[id] ?? state.data.pools.first { $0.name == id }
            return pool.flatMap { state.sync($0.id, at: state.local(now)) }
        }
    }

    /// What one of the `/control` endpoints answers, such as `PUT` of `instances/{id}`: what people do in the console.
    ///
    /// - Throws: `CSARefusal` when it refuses.
    @discardableResult
    public func control(_ method: String, _ path: String, _ body: LooseValue = .null) throws -> LooseValue {
        var request = SandboxRequest(method: method, path: "/control/" + path)
        request.body = body == .null ? [] : try SandboxCodec.encode(body)
        let reply = core.withState { state, now in state.control(request, at: state.local(now), isTrusted: true) }
        let value = try SandboxCodec.decode(LooseValue.self, from: reply.body)
        guard reply.status == 200 else { throw CSARefusal(value["message"]?.asText ?? "\(reply.status)") }
        return value
    }

    /// Forgets all work, faults and tokens; the configuration stays.
    public func reset() { core.withState { state, _ in state.reset() } }
}
