import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SluiceFacade
import Synchronization

/// Sends calls without a body to Central, each on a kept connection of the event loop that the call came in on.
///
/// These are nearly all that pass, and with AsyncHTTPClient it would take most of the time of each (SLU-0016). The wire
/// is NIO's; whatever has a body or is decided goes by AsyncHTTPClient.
final class PassingClient: Sendable {
    /// Where Central is, and what one call may take.
    struct Target: Sendable {
        var host: String
        var port: Int
        /// What is sent as `Host`.
        var authority: String
        var tls: NIOSSLContext?
        var connectTimeout: Duration
        var idleTimeout: Duration
        /// Connections of one event loop; more calls wait for one of them.
        var connectionCountMax: Int
    }

    private struct State {
        var pools: [ObjectIdentifier: NIOLoopBound<PassingPool>] = [:]
        var isShutDown = false
    }

    /// Connections that each event loop may have, however many loops there are.
    private static let loopConnectionCountMin = 16

    private let target: Target
    private let state = Mutex(State())

    /// - Returns: nil when the address or the certificates cannot be used here: then AsyncHTTPClient says so.
    init?(_ configuration: FacadeConfiguration, _ addresses: FacadeAddresses) {
        guard let (host, port, isTLS) = Self.place(addresses.origin) else { return nil }
        var tls: NIOSSLContext?
        if isTLS {
            var settings = TLSConfiguration.makeClientConfiguration()
            if let caFile = configuration.caFile { settings.trustRoots = .file(caFile) }
            guard let context = try? NIOSSLContext(configuration: settings) else { return nil }
            tls = context
        }
        let loopCount = max(1, System.coreCount)
        target = Target(
            host: host, port: port, authority: Self.authority(host, port, isTLS), tls: tls,
            connectTimeout: configuration.connectTimeout, idleTimeout: configuration.idleTimeout,
            connectionCountMax: max(Self.loopConnectionCountMin, configuration.connectionCountMax / loopCount))
    }

    /// Of `https://central.example:8443`.
    private static func place(_ origin: String) -> (host: String, port: Int, isTLS: Bool)? {
        let isTLS = origin.hasPrefix("https://")
        let rest = origin.dropFirst(isTLS ? 8 : 7)
        guard isTLS || origin.hasPrefix("http://"), !rest.contains("@") else { return nil }
        let standard = isTLS ? 443 : 80
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let host = String(rest[rest.index(after: rest.startIndex)..<end])
            let port = rest[rest.index(after: end)...].dropFirst()
            return port.isEmpty ? (host, standard, isTLS) : Int(port).map { (host, $0, isTLS) }
        }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty else { return nil }
        guard parts.count > 1 else { return (String(host), standard, isTLS) }
        return Int(parts[1]).map { (String(host), $0, isTLS) }
    }

    private static func authority(_ host: String, _ port: Int, _ isTLS: Bool) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The event loop that the caller runs on, if it is one of ours.
    static var currentLoop: (any EventLoop)? { MultiThreadedEventLoopGroup.currentEventLoop }

    /// Sends a call and gives its answer as soon as its head is there; with all of a small body.
    ///
    /// Must be called on `loop`. A call that a kept connection closed without a word is sent once more on a new one.
    /// - Parameter headers: Without `Host`, unless it is not Central's own.
    /// - Throws: `HTTPClientError` as AsyncHTTPClient has it, or why the network failed.
    func send(
        _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders, on loop: any EventLoop
    ) async throws -> PassingAnswer {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
        if !headers.contains(name: "host") { head.headers.add(name: "Host", value: target.authority) }
        guard let pool = pool(of: loop) else { throw HTTPClientError.alreadyShutdown }
        do {
            return try await exchange(head, pool, isFresh: false)
        } catch is PassingConnection.ClosedUnheard {
            return try await exchange(head, pool, isFresh: true)
        }
    }

    private func exchange(
        _ head: HTTPRequestHead, _ pool: NIOLoopBound<PassingPool>, isFresh: Bool
    ) async throws -> PassingAnswer {
        let exchange = PassingExchange(head: head, isFresh: isFresh)
        let bound = NIOLoopBound(exchange, eventLoop: pool.eventLoop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                bound.value.continuation = continuation
                pool.value.begin(bound.value)
            }
        } onCancel: {
            // Later than the above, which is on this loop.
            bound.eventLoop.execute { bound.value.cancel() }
        }
    }

    private func pool(of loop: any EventLoop) -> NIOLoopBound<PassingPool>? {
        state.withLock { state in
            if state.isShutDown { return nil }
            if let pool = state.pools[ObjectIdentifier(loop)] { return pool }
            let pool = NIOLoopBound(PassingPool(target, on: loop), eventLoop: loop)
            state.pools[ObjectIdentifier(loop)] = pool
            return pool
        }
    }

    /// Closes all connections; what is on its way fails.
    func shutdown() async throws {
        let pools = state.withLock { state in
            state.isShutDown = true
            return Array(state.pools.values)
        }
        for pool in pools { try await pool.eventLoop.submit { pool.value.close() }.get() }
    }
}

/// One call on its way; touched on its event loop alone.
final class PassingExchange {
    let head: HTTPRequestHead
    /// Whether it needs a new connection.
    let isFresh: Bool
    let begunAt = NIODeadline.now()
    /// Whoever waits for the answer; nil: it was answered, or nobody waits any more.
    var continuation: CheckedContinuation<PassingAnswer, any Error>?
    /// What carries it.
    weak var connection: PassingConnection?

    init(head: HTTPRequestHead, isFresh: Bool) {
        self.head = head
        self.isFresh = isFresh
    }

    var isOver: Bool { continuation == nil }

    /// Only the first answer counts.
    func resume(with result: Result<PassingAnswer, any Error>) {
        let continuation = continuation
        self.continuation = nil
        continuation?.resume(with: result)
    }

    /// Nobody waits for it any more: its connection is closed.
    func cancel() {
        guard !isOver else { return }
        if let connection { return connection.fail(CancellationError()) }
        resume(with: .failure(CancellationError()))
    }
}

/// Central's answer, its head at least.
struct PassingAnswer: Sendable {
    var head: HTTPResponseHead
    /// What came with the head.
    var body: ByteBuffer?
    /// What is still to come; nil: nothing.
    var rest: PassingBody?
}

/// The rest of an answer, piece by piece; no more is read than is asked for. Read by one task. When nobody reads it to
/// its end, its connection is closed with it.
final class PassingBody: Sendable {
    private let connection: NIOLoopBound<PassingConnection>
    /// Which call of the connection it is of: another one may follow.
    private let call: Int

    init(_ connection: PassingConnection, call: Int, on loop: any EventLoop) {
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.call = call
    }

    deinit { Self.abandon(connection, call) }

    /// nil: it is over.
    /// - Throws: What cut it; `CancellationError` when its reader was cancelled, and the connection is closed.
    func next() async throws -> ByteBuffer? {
        let (connection, call) = (connection, call)
        let piece: ByteBuffer?
        do {
            piece = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    Self.onLoop(connection) { $0.next(continuation, of: call) }
                }
            } onCancel: {
                Self.abandon(connection, call)
            }
        } catch  where Task.isCancelled {
            throw CancellationError()
        }
        // What was given up must not look whole.
        if piece == nil { try Task.checkCancellation() }
        return piece
    }

    /// Gives up on it; the connection goes with it.
    func abandon() { Self.abandon(connection, call) }

    private static func abandon(_ connection: NIOLoopBound<PassingConnection>, _ call: Int) {
        onLoop(connection) { $0.abandon(call) }
    }

    private static func onLoop(
        _ connection: NIOLoopBound<PassingConnection>, _ body: @escaping @Sendable (PassingConnection) -> Void
    ) {
        let loop = connection.eventLoop
        if loop.inEventLoop { return body(connection.value) }
        loop.execute { body(connection.value) }
    }
}
