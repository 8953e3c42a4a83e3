import AsyncHTTPClient
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// A stand-in for OO Central over HTTP, run as a service; see docs/sandbox.md for what it does.
///
/// The state lives from `init` on, so flows and faults can be added before it listens and body runs read after it
/// stopped. All members may be used from any task.
public final class SandboxServer: Service, Sendable {
    let core: SandboxCore
    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let bound = BoundPort()
    private let listener = Mutex<(any Channel)?>(nil)

    public init(
        configuration: SandboxConfiguration, clock: any SandboxClock = SystemSandboxClock(),
        logger: Logger = Logger(label: "sluice.sandbox")
    ) {
        self.configuration = configuration
        self.logger = logger
        let seed = configuration.seed ?? UInt64.random(in: .min ... .max)
        core = SandboxCore(
            SandboxState(configuration: configuration, seed: seed), clock: clock,
            isSaved: configuration.stateFile != nil)
    }

    /// The port it listens on; waits until it does. Throws `SandboxServerError.notRunning` when `run()` ended before.
    public var port: Int { get async throws { try await bound.value } }

    /// `http://host:port/oo`, what a client of Central is given; waits like `port`.
    public var centralURL: String {
        get async throws {
            let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
            return "http://\(host):\(try await port)/oo"
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
        if let snapshot = try StateFile(configuration.stateFile).load(SandboxSnapshot.self) {
            core.withState { $0.restore(snapshot, at: $1) }
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
        let gate = configuration.gate.map { HTTPGateTransport(gate: $0, client: client) }
        let reporter = configuration.csa.map { HTTPReportTransport(csa: $0, client: client) }
        let driver = GateDriver(
            core: core, transport: { await gate?.ask($0) ?? .unreachable },
            report: { await reporter?.send($0) ?? .noAnswer })
        let keepers = core.saves.map { saves in
            [
                StateKeeper(file: StateFile(configuration.stateFile), saves: saves) { [core] in
                    core.withState { state, _ in (state.snapshot, state.revision) }
                }
            ]
        }
        let application = Application(
            responder: SandboxResponder(core: core),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            services: (keepers ?? []) + [driver],
            onServerRunning: { [bound, logger, self] channel in
                listener.withLock { $0 = channel }
                let port = channel.localAddress?.port
                logger.info("sandbox is listening", metadata: ["port": "\(port ?? 0)"])
                bound.settle(port)
            },
            logger: logger)
        try await application.run()
    }
}
