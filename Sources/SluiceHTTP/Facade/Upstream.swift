import AsyncHTTPClient
import Hummingbird
import Metrics
import NIOCore
import NIOHTTP1
import NIOSSL
import SluiceFacade
import Synchronization

/// The way to Central: connections that are kept for what passes, and one for each call that is decided.
final class Upstream: Sendable {
    private let client: HTTPClient
    /// A connection that Central has meanwhile closed can never make the outcome of a start unknown.
    private let decidedClient: HTTPClient
    /// For calls without a body; nil: they go by `client`, too.
    private let passing: PassingClient?
    private let seconds: Metrics.Timer
    private let connectTimeout: Duration

    init(_ configuration: FacadeConfiguration, registry: PrometheusRegistry) {
        client = Self.client(configuration, keeps: true)
        decidedClient = Self.client(configuration, keeps: false)
        passing = FacadeAddresses(centralURL: configuration.centralURL).flatMap { PassingClient(configuration, $0) }
        seconds = Metrics.Timer(
            label: "sluice_upstream_seconds", dimensions: [("system", "central")], factory: registry)
        connectTimeout = configuration.connectTimeout
    }

    private static func client(_ configuration: FacadeConfiguration, keeps: Bool) -> HTTPClient {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.decompression = .disabled
        // Nobody collects spans here, and each would take the address apart again.
        settings.tracing.tracer = nil
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = TimeAmount(configuration.idleTimeout)
        settings.timeout.write = TimeAmount(configuration.idleTimeout)
        // Tomcat closes a connection that was idle for 20 s.
        settings.connectionPool.idleTimeout = .seconds(15)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionCountMax
        settings.connectionPool.retryConnectionEstablishment = false
        if !keeps { settings.maximumUsesPerConnection = 1 }
        if let caFile = configuration.caFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(caFile)
            settings.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    func shutdown() async throws {
        try await passing?.shutdown()
        try await client.shutdown()
        try await decidedClient.shutdown()
    }

    private static let odd = Set("[]{}|\\^`\"<>".utf8)

    /// A target whose characters that no address may have (RFC 3986 section 2) are escaped, as browsers do not.
    ///
    /// Where one is left, Foundation escapes the whole anew, what was escaped already too.
    static func encoded(_ target: String) -> String {
        guard target.utf8.contains(where: odd.contains) else { return target }
        var bytes: [UInt8] = []
        for byte in target.utf8 {
            guard odd.contains(byte) else {
                bytes.append(byte)
                continue
            }
            bytes += Array("%\(String(byte, radix: 16, uppercase: true))".utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same of a call without a body, which may be sent a second time; nil: it has to go by `send`.
    ///
    /// - Parameter target: With its query, below Central's origin.
    func pass(
        _ method: NIOHTTP1.HTTPMethod, _ target: String, _ headers: HTTPHeaders
    ) async throws -> PassingAnswer? {
        guard let passing, let loop = PassingClient.currentLoop else { return nil }
        let began = ContinuousClock.now
        defer { record(since: began) }
        return try await passing.send(method, Self.encoded(target), headers, on: loop)
    }

    /// The head of Central's answer; its body is still to be read.
    /// - Parameter isRepeatable: Whether it may be sent a second time when a kept connection was closed just now.
    func send(_ request: HTTPClientRequest, isRepeatable: Bool) async throws -> HTTPClientResponse {
        let began = ContinuousClock.now
        defer { record(since: began) }
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch  where isRepeatable && Self.isClosed(error) {
            return try await client.execute(request, deadline: .distantFuture)
        }
    }

    /// Whether the connection went without an answer, as one does that Central closes while it is taken up again.
    ///
    /// `NetworkCause.isClosing` of SluiceCentral is its twin: no room that both may import knows of connections.
    static func isClosed(_ error: any Error) -> Bool {
        switch error {
        case is IOError: true
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.inputClosed,
            ChannelError.outputClosed, ChannelError.eof:
            true
        case let error as NIOSSLError: error == .uncleanShutdown
        default: false
        }
    }

    /// A call with a small answer, read to its end.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: ByteBuffer
    }

    func exchange(
        _ request: HTTPClientRequest, byteCountMax: Int, isDecided: Bool, within limit: Duration? = nil
    ) async throws -> Answer {
        let began = ContinuousClock.now
        defer { record(since: began) }
        let deadline = limit.map { NIODeadline.now() + TimeAmount($0) } ?? .distantFuture
        let response = try await (isDecided ? decidedClient : client).execute(request, deadline: deadline)
        let body = try await response.body.collect(upTo: byteCountMax)
        return Answer(status: Int(response.status.code), headers: response.headers, body: body)
    }

    private func record(since began: ContinuousClock.Instant) {
        let (seconds, attoseconds) = began.duration(to: .now).components
        self.seconds.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// What a client is told when Central gave no answer.
    static func problem(_ error: any Error, retryAfterSeconds: Int) -> Problem {
        if error is NIOTooManyBytesError {
            return Problem(
                status: .badGateway, type: "upstream-too-large", title: "Central's answer is too large",
                detail: "it cannot be told with virtual executions in it; ask for a smaller page")
        }
        let isLate =
            if let error = error as? HTTPClientError {
                [.deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .getConnectionFromPoolTimeout]
                    .contains(error)
            } else {
                false
            }
        return Problem(
            status: isLate ? .gatewayTimeout : .badGateway, type: isLate ? "upstream-timeout" : "upstream-unreachable",
            title: "Central does not answer",
            detail: isLate
                ? "Central gave no answer in time; it may be under maintenance"
                : "Central cannot be reached, or broke its answer off; it may be under maintenance",
            retryAfterSeconds: retryAfterSeconds)
    }
}

/// The body of a decided call: leaves once, and only while the decision holds.
///
/// `SingleUseBody` of SluiceCentral is its twin: no room that both may import knows of connections. Mend both.
final class DecidedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let bytes: ByteBuffer
    private let mayLeave: @Sendable () -> Bool
    private let state = Mutex(State.kept)

    private enum State {
        /// Left by the first of `take` and `close`.
        case kept
        case taken
        case closed
    }

    struct Unavailable: Error {}

    init(_ bytes: ByteBuffer, ifStill mayLeave: @escaping @Sendable () -> Bool) {
        self.bytes = bytes
        self.mayLeave = mayLeave
    }

    /// Call when the exchange is over.
    /// - Returns: Whether it was handed to the network before.
    func close() -> Bool {
        state.withLock { state in
            defer { if state == .kept { state = .closed } }
            return state == .taken
        }
    }

    /// Of a call without a body: ask just before its head is sent.
    /// - Returns: Whether it may be.
    func leave() -> Bool { (try? take()) != nil }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    private func take() throws -> ByteBuffer {
        try state.withLock { state in
            guard state == .kept, mayLeave() else {
                if state == .kept { state = .closed }
                throw Unavailable()
            }
            state = .taken
        }
        return bytes
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: DecidedBody
        private var isDone = false

        fileprivate init(body: DecidedBody) { self.body = body }

        mutating func next() async throws -> ByteBuffer? {
            guard !isDone else { return nil }
            isDone = true
            return try body.take()
        }
    }
}
