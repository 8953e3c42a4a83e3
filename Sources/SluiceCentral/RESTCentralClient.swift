internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import SluiceJSON
public import SluiceModel
public import SluicePorts
internal import Synchronization

/// OO Central over its REST API, with Basic authentication and without cookies. Proved by `CentralConformance`.
///
/// Each call that changes something has a connection of its own, so that one which Central has meanwhile closed can
/// never make the outcome of a start unknown; reads keep theirs, and are tried again. Starts and reads do not wait for
/// each other. Call `shutdown` when done.
public final class RESTCentralClient: CentralClient {
    let configuration: CentralConfiguration
    private let restRoot: String
    /// `/v2/executions`.
    let executionsPath: String
    private let startClient: HTTPClient
    private let readClient: HTTPClient
    let changeClient: HTTPClient
    private let clocks: any Clocks
    private let difference = Mutex<Duration?>(nil)
    /// Whether a read was ever answered: its connection may have been kept.
    private let hasAnswered = Mutex(false)

    public var clockDifference: Duration? { difference.withLock { $0 } }

    /// - Parameter clocks: What Central's own are compared with.
    public init(_ configuration: CentralConfiguration, clocks: any Clocks = SystemClocks()) {
        self.clocks = clocks
        self.configuration = configuration
        restRoot = configuration.restRoot
        executionsPath = "/\(configuration.dialect.rawValue)/executions"
        let concurrentMax = RESTCentralClient.concurrentCallsMax
        startClient = RESTCentralClient.client(
            configuration, connectionsMax: configuration.concurrentStartsMax, usesMax: 1)
        readClient = RESTCentralClient.client(configuration, connectionsMax: concurrentMax, usesMax: nil)
        changeClient = RESTCentralClient.client(configuration, connectionsMax: concurrentMax, usesMax: 1)
    }

    /// How long a connection is kept for the next read: long before Tomcat closes it, after 20 s.
    private static let keptFor: Duration = .seconds(5)
    /// Reads on their way at the same time, and changes of schedules; more wait for one of them.
    private static let concurrentCallsMax = 8

    /// Closes all connections; what is on its way fails.
    public func shutdown() async throws {
        try await startClient.shutdown()
        try await readClient.shutdown()
        try await changeClient.shutdown()
    }

    private static func client(
        _ configuration: CentralConfiguration, connectionsMax: Int, usesMax: Int?
    ) -> HTTPClient {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.maximumUsesPerConnection = usesMax
        settings.connectionPool.idleTimeout = TimeAmount(keptFor)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        // One try to connect: a refused port is an answer, and reads have their own retries.
        settings.connectionPool.retryConnectionEstablishment = false
        if let caFile = configuration.caFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(caFile)
            settings.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    // MARK: Starts

    public func start(
        _ order: LaunchOrder, ifStill mayStart: @escaping @Sendable () -> Bool
    ) async -> LaunchOutcome {
        guard let body = StartCodec.body(order, configuration.dialect) else {
            return .refused(cause: "an input of \(order.ticket) is still sealed, so nothing was sent; this is a bug")
        }
        let (outcome, answer) = await post(body, ifStill: mayStart)
        // 403 with a token: Central wants it echoed, and has executed nothing.
        guard let answer, answer.status == 403, answer.headers.contains(name: CSRFPass.tokenName),
            let csrfPass = await fetchCSRFPass()
        else { return outcome }
        return await post(body, csrfPass, ifStill: mayStart).outcome
    }

    private func post(
        _ bytes: [UInt8], _ csrfPass: CSRFPass? = nil, ifStill mayStart: @escaping @Sendable () -> Bool
    ) async -> (outcome: LaunchOutcome, answer: CentralAnswer?) {
        let call = call("POST", executionsPath)
        guard !Task.isCancelled else { return (.notSent(cause: "\(call) was cancelled; nothing was sent"), nil) }
        let body = SingleUseBody(bytes, ifStill: mayStart)
        var request = request(executionsPath)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        csrfPass?.add(to: &request.headers)
        request.body = .stream(body, length: .known(Int64(body.count)))
        let result = await CentralTransport(client: startClient).exchange(
            request, bytesMax: configuration.maxResponseBytes, within: configuration.totalTimeout)
        let hasLeft = body.close()
        switch result {
        case .success(let answer): return (StartCodec.outcome(of: answer, call: call), answer)
        case .failure(let trouble) where hasLeft:
            return (.unknown(cause: "\(call) \(trouble.sentence); it may have been started"), nil)
        case .failure(let trouble):
            return (.notSent(cause: "\(call) \(trouble.sentence); nothing was sent"), nil)
        }
    }

    // MARK: Reads

    public func executions(page: Int, pageSize: Int) async throws -> [ExecutionSummary] {
        let path = "\(executionsPath)?pageSize=\(pageSize)&pageNum=\(page)"
        let answer = try await get(path, bytesMax: configuration.maxListBytes)
        try RESTCentralClient.check(answer, call("GET", path))
        return try decode(answer, call("GET", path))
    }

    public func version() async throws -> String {
        var path = RESTCentralClient.versionPaths[0]
        var answer = try await get(path, bytesMax: configuration.maxResponseBytes)
        if answer.status == 404 {
            path = RESTCentralClient.versionPaths[1]
            answer = try await get(path, bytesMax: configuration.maxResponseBytes)
        }
        try RESTCentralClient.check(answer, call("GET", path))
        guard let version = (try? JSONReader.read(answer.body))?["version"]?.string else {
            throw CentralError(.unreadable, "\(call("GET", path)) answered without a version; check central.url")
        }
        return version
    }

    /// Both were seen to work (oo-central-api.md section 1); below the dialects' own roots nobody looked.
    static let versionPaths = ["/version", "/latest/version"]

    func decode(_ answer: CentralAnswer, _ call: String) throws -> [ExecutionSummary] {
        var limits = JSONLimits()
        limits.byteCountMax = configuration.maxListBytes
        return try SummaryCodec.summaries(answer.body, limits: limits, call: call)
    }

    /// One read, tried again on trouble and 5xx while its time lasts.
    func get(_ path: String, bytesMax: Int, headers: [(String, String)] = []) async throws -> CentralAnswer {
        let call = call("GET", path)
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: configuration.totalTimeout)
        var delays = configuration.retryDelays[...]
        while true {
            var request = request(path)
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            let result = await read(request, bytesMax: bytesMax, until: deadline)
            let isWorthRetry =
                switch result {
                case .success(let answer): answer.status >= 500
                case .failure(let trouble): trouble.isWorthRetry
                }
            if isWorthRetry, let delay = delays.popFirst(), clock.now.advanced(by: delay) < deadline {
                try await Task.sleep(for: delay, clock: .continuous)
                continue
            }
            switch result {
            case .success(let answer):
                if let date = answer.headers.first(name: "date"), let time = Timestamp(httpDate: date) {
                    let now = clocks.now().wall
                    difference.withLock { $0 = time.since(now) }
                }
                return answer
            case .failure(.cancelled): throw CancellationError()
            case .failure(.tooLong(let limit)):
                throw CentralError(.unreadable, "\(call) answered more than \(limit) bytes")
            case .failure(let trouble): throw CentralError(.unreachable, "\(call) \(trouble.sentence)")
            }
        }
    }

    /// One try; on a new connection too, when a kept one may have been closed as it was taken up again.
    private func read(
        _ request: HTTPClientRequest, bytesMax: Int, until deadline: ContinuousClock.Instant
    ) async -> Result<CentralAnswer, CentralTrouble> {
        let mayBeKept = hasAnswered.withLock { $0 }
        var result = await CentralTransport(client: readClient).exchange(
            request, bytesMax: bytesMax, within: ContinuousClock.now.duration(to: deadline))
        if case .failure(.closed) = result, mayBeKept {
            result = await CentralTransport(client: changeClient).exchange(
                request, bytesMax: bytesMax, within: ContinuousClock.now.duration(to: deadline))
        }
        if case .success = result { hasAnswered.withLock { $0 = true } }
        return result
    }

    // MARK: Requests

    func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: restRoot + path)
        request.setBasicAuth(username: configuration.username, password: configuration.password.exposed)
        request.headers.add(name: "Accept", value: "application/json")
        return request
    }

    /// `GET /oo/rest/v2/version`: method and path, without host and query.
    func call(_ method: String, _ path: String) -> String {
        let root = restRoot.firstRange(of: "://").map { restRoot[$0.upperBound...] } ?? restRoot[...]
        return "\(method) \(root.drop { $0 != "/" })\(path.prefix { $0 != "?" })"
    }
}
