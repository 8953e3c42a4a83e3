internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
public import SluiceModel
public import SluicePorts

/// CSA over its REST calls (csa-api.md), with HTTP Basic, and with IdM tokens where it wants those. Proved by
/// `CSAConformance`.
///
/// Reads share connections and are tried again; a change has a connection of its own and is sent once. Once CSA has
/// answered 401 to the account nothing more is sent until `reconfigure`. Call `shutdown` when done.
public final class RESTCSAClient: CSAClient {
    let configuration: CSAConfiguration
    let session: CSASession
    let clocks: any Clocks
    let loginTurn = Turns(count: 1)
    let tokenTurn = Turns(count: 1)
    private let accountTurn = Turns(count: 1)
    private let callTurns: Turns
    private let readClient: HTTPClient
    private let changeClient: HTTPClient

    public init(_ configuration: CSAConfiguration, clocks: any Clocks = SystemClocks()) {
        self.configuration = configuration
        self.clocks = clocks
        callTurns = Turns(count: configuration.concurrentCallsMax)
        session = CSASession(
            password: configuration.password, tokenPassword: configuration.tokenAccount?.password)
        readClient = RESTCSAClient.client(configuration, usesMax: nil)
        changeClient = RESTCSAClient.client(configuration, usesMax: 1)
    }

    /// Closes all connections; what is on its way fails.
    public func shutdown() async throws {
        try await readClient.shutdown()
        try await changeClient.shutdown()
    }

    /// Goes on with another password, after CSA refused the one before.
    public func reconfigure(password: Secret, tokenPassword: Secret? = nil) {
        session.begin(password: password, tokenPassword: tokenPassword)
    }

    private static func client(_ configuration: CSAConfiguration, usesMax: Int?) -> HTTPClient {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.maximumUsesPerConnection = usesMax
        settings.connectionPool.idleTimeout = .seconds(5)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.concurrentCallsMax
        // One try to connect: a refused port is an answer, and reads have their own retries.
        settings.connectionPool.retryConnectionEstablishment = false
        if let caFile = configuration.caFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(caFile)
            settings.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    public var clockDifference: Duration? { session.clockDifference }

    // MARK: Exchanges

    /// One call, as it is to be sent.
    struct Call: Sendable {
        var method: HTTPMethod = .GET
        /// Below CSA's root, already escaped, such as `/rest/catalog`; or a whole URL.
        var path: String
        var query: [(name: String, value: String)] = []
        var accept = "application/xml"
        var body: (type: String, bytes: [UInt8])?
        var isListing = false
        var credentials = Credentials.basic
        /// Whether 401 may mean that the person's id is not valid any more, which `CSASwitches.staleLogin` tells.
        var mayBeStale = false
    }

    enum Credentials: Sendable {
        case basic
        case token(Secret)
        /// HTTP Basic of the account that asks for tokens.
        case tokenAccount
    }

    /// A read, tried again on trouble and 5xx while its time lasts.
    func read(_ call: Call) async throws -> CSAAnswer {
        try await callTurns.with {
            let clock = ContinuousClock()
            let deadline = clock.now.advanced(by: configuration.totalTimeout)
            var delays = configuration.retryDelays[...]
            while true {
                let result = try await exchange(call, readClient, within: clock.now.duration(to: deadline))
                let isWorthRetry =
                    switch result {
                    case .success(let answer): answer.status >= 500
                    case .failure(let trouble): trouble.isWorthRetry
                    }
                if isWorthRetry, let delay = delays.popFirst(), clock.now.advanced(by: delay) < deadline {
                    try await Task.sleep(for: delay, clock: .continuous)
                    continue
                }
                return try answer(of: result, call, hint: "")
            }
        }
    }

    /// A change, sent once.
    func change(_ call: Call) async throws -> CSAAnswer {
        try await callTurns.with {
            let result = try await exchange(call, changeClient, within: configuration.totalTimeout)
            return try answer(of: result, call, hint: "; whether it took effect is not known")
        }
    }

    /// Until CSA has taken the account, one call is on its way with it, so that of many a wrong password is tried once.
    /// - Throws: `CSAError` `.unauthorized` and final when CSA refuses the account, or has refused it before.
    private func exchange(
        _ call: Call, _ client: HTTPClient, within limit: Duration
    ) async throws -> Result<CSAAnswer, CSATrouble> {
        guard case .basic = call.credentials, !session.isAccepted else {
            return try await send(call, client, within: limit)
        }
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        let first = try await accountTurn.with { () -> Result<CSAAnswer, CSATrouble>? in
            // Another one's answer told.
            guard !session.isAccepted else { return nil }
            let left = clock.now.duration(to: deadline)
            guard left > .zero else { return .failure(.timedOut) }
            return try await send(call, client, within: left)
        }
        if let first { return first }
        return try await send(call, client, within: clock.now.duration(to: deadline))
    }

    private func send(
        _ call: Call, _ client: HTTPClient, within limit: Duration
    ) async throws -> Result<CSAAnswer, CSATrouble> {
        let credentialsNumber = session.credentialsNumber
        if let refusal = session.refusal { throw refusal }
        let era = session.era
        let bytesMax = call.isListing ? configuration.maxListBytes : configuration.maxResponseBytes
        let result = await CSATransport(client: client).exchange(request(call), bytesMax: bytesMax, within: limit)
        if case .success(let answer) = result, let date = answer.headers.first(name: "date"),
            let time = Timestamp(httpDate: date)
        {
            session.sawClock(at: time.since(clocks.now().wall))
        }
        switch result {
        case .success(let answer) where answer.status == 401:
            guard case .basic = call.credentials, !call.mayBeStale else { break }
            let refusal = CSAError(
                .unauthorized,
                "\(name(call)) answered \(answer.statusText); check csa.username, its password and its roles. "
                    + "Nothing more is sent to CSA until then, because accounts lock out",
                isFinal: true)
            guard session.refuse(refusal, of: credentialsNumber) else { throw lateRefusal(call, answer) }
            throw refusal
        // CSA may be restarting, and its ids and version may be others afterwards.
        case .success(let answer) where answer.isStarting: session.forget()
        case .failure(.timedOut), .failure(.cut), .failure(.failed): session.forget()
        case .success(let answer):
            if case .basic = call.credentials, answer.status < 400 { session.accept(in: era) }
        case .failure(.cancelled), .failure(.tooLong): break
        }
        return result
    }

    private func answer(
        of result: Result<CSAAnswer, CSATrouble>, _ call: Call, hint: String
    ) throws -> CSAAnswer {
        switch result {
        case .success(let answer): return answer
        case .failure(.cancelled): throw CancellationError()
        case .failure(.tooLong(let limit)):
            throw CSAError(.unreadable, "\(name(call)) answered more than \(limit) bytes\(hint)")
        case .failure(let trouble): throw CSAError(.unreachable, "\(name(call)) \(trouble.sentence)\(hint)")
        }
    }

    private func request(_ call: Call) -> HTTPClientRequest {
        var url = call.path.hasPrefix("/") ? configuration.root + call.path : call.path
        let query = call.query.map { "\($0.name)=\(RESTCSAClient.escape($0.value))" }
        if !query.isEmpty { url += "?" + query.joined(separator: "&") }
        var request = HTTPClientRequest(url: url)
        request.method = call.method
        request.headers.add(name: "Accept", value: call.accept)
        switch call.credentials {
        case .basic: setBasic(&request)
        case .token(let token):
            request.headers.add(name: "X-Auth-Token", value: token.exposed)
            if configuration.switches.basicBesideToken { setBasic(&request) }
        case .tokenAccount:
            let username = configuration.tokenAccount?.username ?? configuration.username
            request.setBasicAuth(username: username, password: session.tokenPassword.exposed)
        }
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: body.type)
            request.body = .bytes(body.bytes)
        }
        return request
    }

    private func setBasic(_ request: inout HTTPClientRequest) {
        request.setBasicAuth(username: configuration.username, password: session.password.exposed)
    }

    // MARK: Answers

    /// `GET /csa/rest/catalog`: method and path, without host and query.
    func name(_ call: Call) -> String {
        let url = call.path.hasPrefix("/") ? configuration.root + call.path : call.path
        let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return "\(call.method.rawValue) \(afterScheme.drop { $0 != "/" })"
    }

    /// What is said of a 401 to credentials that were replaced while the call was on its way: it is not final.
    func lateRefusal(_ call: Call, _ answer: CSAAnswer) -> CSAError {
        CSAError(
            .unauthorized,
            "\(name(call)) answered \(answer.statusText) to a password that was replaced meanwhile; try again")
    }

    /// - Throws: `CSAError` unless it is a 2xx that is not HTML.
    func check(_ answer: CSAAnswer, _ call: Call) throws {
        let said = "\(name(call)) answered \(answer.statusText)"
        switch answer.status {
        case 200..<300:
            guard answer.isHTML else { return }
            throw CSAError(
                .unreadable,
                "\(said) with HTML, as a login page or another server would; check csa.url and csa.username")
        case 300..<400:
            throw CSAError(.unreadable, "\(said) and pointed elsewhere, as to a login page; check csa.url")
        case 401: throw CSAError(.unauthorized, "\(said) to an account that may log in; check its roles")
        case 403, 407: throw CSAError(.unauthorized, "\(said); the account may lack a role")
        case 404: throw CSAError(.missing, "\(said); if everything is missing, check csa.url")
        case 502, 503, 504: throw CSAError(.unreachable, "\(said): CSA is not there yet")
        default:
            let hint = call.method == .GET ? "" : ": a refusal, or a fault after it took effect"
            throw CSAError(.status, said + hint)
        }
    }

    /// Percent-encodes all but digits, letters, `-`, `.` and `_`.
    static func escape(_ text: String) -> String {
        if text == "." || text == ".." { return text.replacing(".", with: "%2E") }
        let hex = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { path, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                path.unicodeScalars.append(Unicode.Scalar(byte))
            default: path += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }
    }
}
