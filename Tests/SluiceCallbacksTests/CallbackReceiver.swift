import Crypto
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SluiceJSON
import SluiceModel
import Synchronization

/// A server that is called back, and answers as it is told.
final class CallbackReceiver: Sendable {
    struct Received: Sendable {
        var path: String
        var headers: HTTPFields
        var body: [UInt8]

        var event: JSONValue? { try? JSONReader.read(String(decoding: body, as: UTF8.self)) }
    }

    private let kept = Mutex<[Received]>([])
    private let answers: Mutex<[Response]>

    /// - Parameter answers: One after the other; 204 when there are no more.
    init(_ answers: [Response] = []) { self.answers = Mutex(answers) }

    var received: [Received] { kept.withLock { $0 } }

    /// Runs it at an address of this machine while a body runs, which is told the port.
    func run<Value: Sendable>(
        host: String = "127.0.0.1", _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        let receive: @Sendable (Request, BasicRequestContext) async throws -> Response = { [self] request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            kept.withLock {
                $0.append(
                    Received(
                        path: request.uri.path, headers: request.headers, body: Array(bytes.readableBytesView)))
            }
            return answers.withLock { $0.isEmpty ? Response(status: .noContent) : $0.removeFirst() }
        }
        router.post("/", use: receive)
        router.post("**", use: receive)
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "receiver")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname(host, port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            for await port in ports { return try await body(port) }
            throw CancellationError()
        }
    }

    /// What a receiver does to check a signature.
    static func isSigned(_ received: Received, secret: String) -> Bool {
        guard let header = received.headers[.init("Sluice-Signature")!] else { return false }
        var parts: [String: String] = [:]
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { parts[pair[0]] = pair[1] }
        }
        guard let time = parts["t"], let code = parts["v1"] else { return false }
        let signed = Array("\(time).".utf8) + received.body
        let expected = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Array(secret.utf8)))
        return expected.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == code
    }
}
