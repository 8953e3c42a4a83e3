import NIOCore
import NIOEmbedded
import NIOHTTP1
import SluiceEngine
import SluiceModel
import SluicePorts

@testable import SluiceHTTP

/// The fast path in a channel without a socket: what it answers, and what it hands on.
final class FastPathPipe {
    /// What the router would be given, one line for each part.
    private final class Router: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        var parts: [String] = []
        var body = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): parts.append("\(head.method) \(head.uri)")
            case .body(let buffer):
                if parts.last != "body" { parts.append("body") }
                body += String(buffer: buffer)
            case .end: parts.append("end")
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { parts.append("event") }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { parts.append("error") }
        func channelInactive(context: ChannelHandlerContext) { parts.append("inactive") }
    }

    /// Where the socket would be.
    private final class Wire: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var readCount = 0

        func read(context: ChannelHandlerContext) { readCount += 1 }
    }

    /// Where HTTP is written: what the router answers ends here.
    private final class Encoder: ChannelOutboundHandler {
        typealias OutboundIn = HTTPServerResponsePart

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {}
    }

    let channel = EmbeddedChannel()
    private let router = Router()
    private let wire = Wire()

    init(
        _ bench: Bench, registry: PrometheusRegistry = PrometheusRegistry(), trustsLoopback: Bool = false,
        bodyByteCountMax: Int = 1 << 20, gateToken: String = Bench.Token.gate.rawValue
    ) throws {
        let grants = [
            Access.Grant(principal: Principal("gate-step"), role: .gate, token: gateToken),
            Access.Grant(principal: Principal("watcher"), role: .viewer, token: Bench.Token.viewer.rawValue),
            Access.Grant(principal: Principal("ann"), role: .operator, token: Bench.Token.operator.rawValue),
        ]
        let answers = FastAnswers(
            engine: bench.engine, sealer: bench.sealer,
            access: Access(grants: grants, trustsLoopback: trustsLoopback), metrics: HTTPMetrics(registry: registry))
        let front = RawFront()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        let path = LaunchFastPath(
            answers: answers, front: front, limits: ConnectionLimits(), bodyByteCountMax: bodyByteCountMax)
        let handlers: [any ChannelHandler] = [wire, front, Encoder(), decoder, path, router]
        try channel.pipeline.syncOperations.addHandlers(handlers)
        channel.pipeline.fireChannelActive()
    }

    /// What was handed on until now, and forgets it.
    func handedOn() -> (parts: [String], body: String) {
        defer { (router.parts, router.body) = ([], "") }
        return (router.parts, router.body)
    }

    /// The bytes answered since the last call.
    func answered() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: some Sequence<UInt8>) throws { _ = try channel.writeInbound(ByteBuffer(bytes: bytes)) }

    /// The router's answer to what it was given ends.
    func endAnswer() {
        channel.pipeline.syncOperations.write(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
    }

    /// Reads that reached the socket since the last call, after one more was asked for.
    func readCount() -> Int {
        wire.readCount = 0
        channel.pipeline.syncOperations.read()
        return wire.readCount
    }

    var writable: Bool {
        get { channel.isWritable }
        set {
            wire.readCount = 0
            channel.isWritable = newValue
            channel.pipeline.fireChannelWritabilityChanged()
        }
    }

    var readsSinceWritable: Int { wire.readCount }
}
