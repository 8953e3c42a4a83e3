import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import SluiceSandbox

/// A tiny Sluice: answers `POST /v1/launches` from a script and keeps what it was asked.
final class FakeGate: Service {
    struct Answer: Sendable {
        var status = 200
        var body = ""
        /// Runs before the answer is sent.
        var before: @Sendable () -> Void = {}
    }

    struct Asked: Sendable {
        let uri: String
        let authorization: String?
        let members: LooseValue
    }

    private struct State {
        var script: [Answer]
        var asked: [Asked] = []
    }

    private let state: Mutex<State>
    private let bound = BoundPort()

    /// The last answer of the script is repeated.
    init(_ script: [Answer]) { state = Mutex(State(script: script)) }

    var port: Int { get async throws { try await bound.value } }
    var asked: [Asked] { state.withLock { $0.asked } }

    func run() async throws {
        defer { bound.settle(nil) }
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { [self] request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                let members = try SandboxCodec.decode(LooseValue.self, from: Array(body.readableBytesView))
                let answer = state.withLock { state in
                    state.asked.append(
                        Asked(
                            uri: request.uri.string, authorization: request.headers[.authorization], members: members))
                    return state.script.count > 1 ? state.script.removeFirst() : state.script[0]
                }
                answer.before()
                return Response(
                    status: HTTPResponse.Status(code: answer.status), headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body)))
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { [bound] in bound.settle($0.localAddress?.port) },
            logger: Logger(label: "fake.gate", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await application.run()
    }
}
