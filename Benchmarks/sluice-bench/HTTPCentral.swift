import NIOCore
import NIOHTTP1
import NIOPosix
import SluiceCentral
import SluiceModel
import SluicePorts
import Synchronization

/// A Central behind HTTP on 127.0.0.1, as bare as it can be: it starts everything at once, and each execution has ended
/// when it is asked about.
enum HTTPCentral {
    /// Listens on a free port until it is closed.
    static func start() async throws -> any Channel {
        let counter = Counter()
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answerer(counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// The very client that `sluice serve` uses; it also keeps which launches it was asked for.
    final class Client: CountedCentral {
        private let client: RESTCentralClient
        private let started = Mutex<[Ticket]>([])

        init(port: Int) {
            client = RESTCentralClient(
                CentralConfiguration(
                    baseURL: "http://127.0.0.1:\(port)/oo", username: "bench", password: Secret("bench")))
        }

        var launches: (count: Int, distinctCount: Int) { started.withLock { ($0.count, Set($0).count) } }

        func shutdown() async throws { try await client.shutdown() }

        func start(
            _ order: LaunchOrder, ifStill mayStart: @escaping @Sendable () -> Bool
        ) async -> LaunchOutcome {
            started.withLock { $0.append(order.ticket) }
            return await client.start(order, ifStill: mayStart)
        }

        func summaries(of ids: [ExecutionID]) async throws -> [ExecutionSummary] {
            try await client.summaries(of: ids)
        }

        func executions(page: Int, pageSize: Int) async throws -> [ExecutionSummary] {
            try await client.executions(page: page, pageSize: pageSize)
        }

        func variables(of id: ExecutionID) async throws -> [LaunchInput] { try await client.variables(of: id) }
        func stepCount(of id: ExecutionID) async throws -> Int { try await client.stepCount(of: id) }
        func version() async throws -> String { try await client.version() }
        func schedules() async throws -> [CentralSchedule] { try await client.schedules() }
        func setEnabled(_ id: ScheduleID, _ isEnabled: Bool) async throws { try await client.setEnabled(id, isEnabled) }
    }

    private final class Counter: Sendable {
        private let last = Atomic(0)

        func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// Answers the four calls that a release makes.
    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let counter: Counter
        private var head: HTTPRequestHead?

        init(_ counter: Counter) { self.counter = counter }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                let text = answer(to: head)
                let headers: HTTPHeaders = [
                    "Content-Type": "application/json", "Content-Length": String(text.utf8.count),
                ]
                let status: HTTPResponseStatus = head.method == .POST ? .created : .ok
                context.write(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
                    promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func answer(to head: HTTPRequestHead) -> String {
            if head.method == .POST { return String(counter.next()) }
            let parts = head.uri.split(separator: "/")
            guard parts.last == "summary", parts.count > 1 else {
                return head.uri.hasSuffix("/version") ? #"{"version":"bench"}"# : "[]"
            }
            let summaries = parts[parts.count - 2].split(separator: ",").map { id in
                #"{"executionId":"\#(id)","status":"COMPLETED","resultStatusType":"RESOLVED","#
                    + #""resultStatusName":"success"}"#
            }
            return "[\(summaries.joined(separator: ","))]"
        }
    }
}
