import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SluiceCore
import SluiceEngine
import SluiceFences
import SluiceHTTP
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import SluiceTestServers
import Synchronization

/// A real proxy with the fence, between a Sluice and a stand-in for CSA, its portal and Central that keeps what came.
struct FenceSite: Sendable {
    /// What came through the fence.
    struct Arrival: Sendable {
        var method: String
        var target: String
        var headers: HTTPFields
        var byteCount: Int
    }

    let proxy: FencePlan.Proxy
    let board: FenceBoard
    let clocks: ManualClocks
    /// Between proxy and Sluice; cut: Sluice is silent.
    let relay: Relay
    let plan: FencePlan
    let folder: URL
    let arrived: Arrivals

    final class Arrivals: Sendable {
        let list = Mutex<[Arrival]>([])
    }

    var arrivals: [Arrival] { arrived.list.withLock { $0 } }

    static let callback = "127.0.0.2"
    static let controller = "127.0.0.3"

    func port(_ system: FencedSystem) -> Int { plan.fronts.first { $0.system == system }?.listen.port ?? 0 }

    /// Sends a request through the fence; whether it came through, and what was answered.
    func send(
        _ method: String, _ target: String, to system: FencedSystem = .csa, from source: String = "127.0.0.1",
        headers: [(String, String)] = [], body: [UInt8] = [], isChunked: Bool = false
    ) async throws -> (passed: Bool, answer: Exchange) {
        let count = arrivals.count
        let answer = try await Exchange.send(
            method, target, to: port(system), from: source, headers: headers, body: body, isChunked: isChunked)
        return (arrivals.count > count, answer)
    }

    /// Sets every fence, and waits until the proxy knows.
    func set(_ state: FenceState, reason: String = "upgrade", expectedEnd: Timestamp? = nil) async throws {
        for system in FencedSystem.allCases { board.set(system, state, reason: reason, expectedEnd: expectedEnd) }
        try await waitUntil("every fence is \(state)") {
            for system in FencedSystem.allCases {
                let door = system == .central ? "/oo/rest/v2/executions" : "/probe"
                guard try await send("POST", door, to: system).passed == (state == .open),
                    try await send("GET", "/probe", to: system).passed == (state != .closed)
                else { return false }
            }
            return true
        }
    }

    func waitUntil(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw Overdue(what: "\(what); \(log)") }
            await letOthersRun(turns: 16)
        }
    }

    struct Overdue: Error { let what: String }

    var log: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    /// Runs a test at a site, and ends the site however the test ends.
    static func with(
        _ proxy: FencePlan.Proxy, keepSeconds: Int = 30, _ body: @escaping @Sendable (FenceSite) async throws -> Void
    ) async throws {
        var logger = Logger(label: "fence")
        logger.logLevel = .critical
        let clocks = ManualClocks()
        let engine = try await Engine.make(
            configuration: EngineConfiguration(), store: InMemoryStore(), central: nil, sealer: AESSealer(MasterKey()),
            inventory: Inventory(), clocks: clocks, random: SystemRandomSource(), logger: logger)
        var configuration = SluiceServer.Configuration(port: 0)
        configuration.fenceKeepSeconds = keepSeconds
        let server = SluiceServer(
            engine: engine, sealer: AESSealer(MasterKey()), access: Access(grants: [], trustsLoopback: false),
            configuration: configuration,
            packReader: { _ in PackReading(name: nil, version: nil, flows: [], diagnostics: []) })
        let quiet = logger
        let (sluicePorts, sluicePort) = AsyncStream.makeStream(of: Int.self)
        let (upstreamPorts, upstreamPort) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try? await server.application(logger: quiet) { sluicePort.yield($0) }.runService(
                    gracefulShutdownSignals: [])
            }
            let arrived = Arrivals()
            group.addTask {
                try? await standIn(arrived, logger: quiet) { upstreamPort.yield($0) }.runService(
                    gracefulShutdownSignals: [])
            }
            guard let sluice = await sluicePorts.first(where: { _ in true }),
                let upstream = await upstreamPorts.first(where: { _ in true })
            else { throw Overdue(what: "a server to start") }
            let relay = try Relay(to: sluice)
            defer { relay.stop() }
            let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-fence-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let plan = try makePlan(upstream: upstream, sluice: relay.port, keepSeconds: keepSeconds, folder: folder)
            let site = FenceSite(
                proxy: proxy, board: engine.fences, clocks: clocks, relay: relay, plan: plan, folder: folder,
                arrived: arrived)
            let process = try ProxyProcess(proxy, plan, in: folder)
            defer { process.stop() }
            try await site.waitUntil("the proxy listens") {
                (try? await site.send("GET", "/probe", to: .central))?.passed == true
            }
            try await site.set(.open)
            try await body(site)
        }
    }

    private static func makePlan(upstream: Int, sluice: Int, keepSeconds: Int, folder: URL) throws -> FencePlan {
        let fronts = try FencedSystem.allCases.map { system in
            FencePlan.Front(
                system: system, listen: .init(host: "127.0.0.1", port: try Exchange.freePort()),
                upstream: .init(host: "127.0.0.1", port: upstream), isUpstreamSecure: false)
        }
        var plan = FencePlan(
            fronts: fronts, sluice: .init(host: "127.0.0.1", port: sluice), certificate: nil,
            upstreamCAFile: "/etc/ssl/certs/ca-certificates.crt", keepSeconds: keepSeconds,
            cacheFolder: folder.appending(path: "cache").path)
        plan.callbackAddresses = [AddressRange("\(callback)/32")].compactMap(\.self)
        plan.controllerAddresses = [AddressRange("\(controller)/32")].compactMap(\.self)
        plan.callbackAccount = "ooInboundUser"
        return plan
    }

    /// Answers 200 to everything and keeps what it was.
    private static func standIn(
        _ arrived: Arrivals, logger: Logger, onListening: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            var byteCount = 0
            for try await part in request.body { byteCount += part.readableBytes }
            let arrival = Arrival(
                method: request.method.rawValue, target: request.head.path ?? "", headers: request.headers,
                byteCount: byteCount)
            arrived.list.withLock { $0.append(arrival) }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "upstream")))
        }
        return Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: logger)
    }
}
