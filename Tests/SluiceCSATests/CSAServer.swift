import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SluiceCSA
import SluiceModel
import SluicePorts
import Synchronization

/// One request that reached the server.
struct SeenRequest: Sendable {
    var method: String
    var path: String
    /// As it was sent.
    var query: String
    var authorization: String?
    var token: String?
    var body: String

    func has(_ part: String) -> Bool { query.split(separator: "&").contains { $0 == part } }

    var isLogin: Bool { path.hasPrefix("/csa/rest/login/") }
}

/// What it is answered.
struct ScriptedAnswer: Sendable {
    var status = 200
    var type = "application/xml"
    var body = ""
    /// Breaks the connection after so many bytes of the body.
    var cutAfter: Int?

    static func xml(_ body: String, status: Int = 200) -> ScriptedAnswer { .init(status: status, body: body) }
    static func json(_ body: String, status: Int = 200) -> ScriptedAnswer {
        .init(status: status, type: "application/json", body: body)
    }
    static func status(_ status: Int) -> ScriptedAnswer { .init(status: status, type: "text/plain", body: "") }
    static let loginPage = ScriptedAnswer(
        type: "text/html", body: "<!DOCTYPE html><html><body>Please log in</body></html>")
    static let person = xml("<person><id>90u</id><userName>svc</userName></person>")
}

/// A server that answers by a script and keeps what it saw.
final class CSAServer: Sendable {
    private let kept = Mutex<[SeenRequest]>([])

    var seen: [SeenRequest] { kept.withLock { $0 } }

    /// Those that are no login.
    var calls: [SeenRequest] { seen.filter { !$0.isLogin } }

    func run<Value: Sendable>(
        _ answer: @escaping @Sendable (SeenRequest) -> ScriptedAnswer,
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        let respond: @Sendable (Request, BasicRequestContext) async throws -> Response = { [self] request, _ in
            let bytes = try await request.body.collect(upTo: 16 << 20)
            let seen = SeenRequest(
                method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "",
                authorization: request.headers[.authorization], token: request.headers[.init("X-Auth-Token")!],
                body: String(buffer: bytes))
            kept.withLock { $0.append(seen) }
            return CSAServer.response(answer(seen))
        }
        let responder = CallbackResponder<BasicRequestContext>(callback: respond)
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "csa")
        logger.logLevel = .critical
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            for await port in ports { return try await body(port) }
            throw CancellationError()
        }
    }

    private static func response(_ answer: ScriptedAnswer) -> Response {
        let headers: HTTPFields = [.contentType: answer.type]
        let status = HTTPResponse.Status(code: answer.status)
        guard let cut = answer.cutAfter else {
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: answer.body)))
        }
        struct Cut: Error {}
        let start = ByteBuffer(string: String(answer.body.prefix(cut)))
        let body = ResponseBody(contentLength: answer.body.utf8.count) { writer in
            try await writer.write(start)
            throw Cut()
        }
        return Response(status: status, headers: headers, body: body)
    }
}

/// Runs a body with a client of a scripted server. Logins are answered by the script only if it wants them.
func withCSA<Value: Sendable>(
    answersLogins: Bool = true, clocks: any Clocks = SystemClocks(),
    adjust: @escaping @Sendable (inout CSAConfiguration) -> Void,
    _ script: @escaping @Sendable (SeenRequest) -> ScriptedAnswer,
    _ body: @escaping @Sendable (RESTCSAClient, CSAServer) async throws -> Value
) async throws -> Value {
    let server = CSAServer()
    let answer: @Sendable (SeenRequest) -> ScriptedAnswer = { request in
        answersLogins && request.isLogin ? .person : script(request)
    }
    return try await server.run(answer) { port in
        var configuration = CSAConfiguration(
            baseURL: "http://127.0.0.1:\(port)/csa", username: "svc", password: Secret("s3cr3t-pässword"))
        configuration.retryDelays = [.zero, .zero]
        configuration.totalTimeout = .seconds(60)
        configuration.switches.assignmentSpelling = .v490
        adjust(&configuration)
        let client = RESTCSAClient(configuration, clocks: clocks)
        do {
            let value = try await body(client, server)
            try await client.shutdown()
            return value
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}

/// The same with the configuration as it is: a trailing closure is never taken for `adjust`.
func withCSA<Value: Sendable>(
    answersLogins: Bool = true, clocks: any Clocks = SystemClocks(),
    _ script: @escaping @Sendable (SeenRequest) -> ScriptedAnswer,
    _ body: @escaping @Sendable (RESTCSAClient, CSAServer) async throws -> Value
) async throws -> Value {
    try await withCSA(answersLogins: answersLogins, clocks: clocks, adjust: { _ in }, script, body)
}

/// The error of a call that must fail.
func csaError(_ body: () async throws -> some Sendable) async -> CSAError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? CSAError
    }
}

/// A counter for scripts.
final class Counter: Sendable {
    private let value = Mutex(0)

    /// 1, 2, 3 …
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
