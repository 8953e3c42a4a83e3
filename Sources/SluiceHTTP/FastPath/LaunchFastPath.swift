import NIOCore
import NIOHTTP1
import SluiceModel

/// Answers plain launch requests on the event loop, before the router sees them; everything else passes through as it
/// came.
///
/// It sits between NIO's HTTP decoder and Hummingbird. A request is taken only while no other of its connection is
/// being answered, so answers keep the order of their requests; what it does not answer itself is handed on whole.
final class LaunchFastPath: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Longest body that is looked at here, in bytes.
    static let bodyByteCountMax = 16 * 1024

    private let answers: FastAnswers
    private let front: RawFront
    private let limits: ConnectionLimits
    private let bodyByteCountMax: Int
    // Unchecked: all of it belongs to one event loop, and none of its accesses calls out.

    /// The request being read, while it may be answered here.
    @exclusivity(unchecked) private var taken: (head: HTTPRequestHead, identity: Identity, body: ByteBuffer?)?
    /// Requests handed on whose answer has not ended.
    @exclusivity(unchecked) private var othersInFlight = 0
    /// Whether the connection ends with a request that was handed on, or is broken: nothing more is taken.
    @exclusivity(unchecked) private var isOver = false
    /// A read that was asked for while the client did not take its answers.
    @exclusivity(unchecked) private var isReadWanted = false
    /// The connection's last token, and whose it is.
    @exclusivity(unchecked) private var lastToken: (header: String, identity: Identity)?
    @exclusivity(unchecked) private var isFromLoopback = false
    @exclusivity(unchecked) private var date = HTTPDate()
    @exclusivity(unchecked) private var isReading = false
    /// Whether anything of what is being read went to the router.
    @exclusivity(unchecked) private var hasHandedOn = false
    @exclusivity(unchecked) private var lastActiveAt = NIODeadline.uptimeNanoseconds(0)
    @exclusivity(unchecked) private var watch: ConnectionWatch
    @exclusivity(unchecked) private var check: Scheduled<Void>?

    init(answers: FastAnswers, front: RawFront, limits: ConnectionLimits, bodyByteCountMax: Int) {
        self.answers = answers
        self.front = front
        self.limits = limits
        watch = ConnectionWatch(limits)
        self.bodyByteCountMax = min(bodyByteCountMax, Self.bodyByteCountMax)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isFromLoopback = context.remoteAddress.map(SluiceRequestContext.isLoopback) ?? false
        lastActiveAt = context.eventLoop.now
        scheduleCheck(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
        isOver = true
        handOn(context)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActiveAt = context.eventLoop.now
        watch.came(at: lastActiveAt)
        switch unwrapInboundIn(data) {
        case .head(let head):
            isReading = true
            watch.beginBody()
            if let identity = identityOfPlainLaunch(head) {
                taken = (head, identity, nil)
            } else {
                othersInFlight += 1
                front.flush()
                pass(data, context)
            }
        case .body(var buffer):
            watch.bodyByteCount += buffer.readableBytes
            guard taken != nil else { return pass(data, context) }
            if taken?.body == nil { taken?.body = buffer } else { taken?.body?.writeBuffer(&buffer) }
            if taken?.body?.readableBytes ?? 0 > bodyByteCountMax { handOn(context) }
        case .end(let trailers):
            isReading = false
            guard let (_, identity, body) = taken else { return pass(data, context) }
            let buffer = trailers == nil ? body.flatMap { answer($0, to: identity, context) } : nil
            guard let buffer else {
                handOn(context)
                return pass(data, context)
            }
            taken = nil
            front.write(buffer)
        }
    }

    private func pass(_ part: NIOAny, _ context: ChannelHandlerContext) {
        hasHandedOn = true
        context.fireChannelRead(part)
    }

    private func answer(_ body: ByteBuffer, to identity: Identity, _ context: ChannelHandlerContext) -> ByteBuffer? {
        answers.answer(body, by: identity, allocator: context.channel.allocator, date: { date.text(at: $0) })
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        front.flush()
        // Whoever was given nothing has nothing to complete.
        guard hasHandedOn else { return }
        hasHandedOn = false
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            othersInFlight = max(0, othersInFlight - 1)
            lastActiveAt = context.eventLoop.now
        }
        context.write(data, promise: promise)
    }

    /// Gives the router what was kept back of a request.
    private func handOn(_ context: ChannelHandlerContext) {
        // The answers before it go out first.
        front.flush()
        guard let (head, _, body) = taken else { return }
        taken = nil
        othersInFlight += 1
        pass(wrapInboundOut(.head(head)), context)
        if let body { pass(wrapInboundOut(.body(body)), context) }
    }

    // MARK: What is not a request

    /// The end of what the client sends, or the order to stop: the router decides what becomes of half a request.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        handOn(context)
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isOver = true
        handOn(context)
        context.fireErrorCaught(error)
    }

    /// A client that does not take its answers may not ask more.
    func read(context: ChannelHandlerContext) {
        guard context.channel.isWritable else {
            isReadWanted = true
            return
        }
        if isReading { watch.waits(from: context.eventLoop.now) }
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isReadWanted, context.channel.isWritable {
            isReadWanted = false
            if isReading { watch.waits(from: context.eventLoop.now) }
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Which requests

    /// Who asks, when this is a plain question whose sender is known; nil leaves the request to the router.
    private func identityOfPlainLaunch(_ head: HTTPRequestHead) -> Identity? {
        var isPlain = head.method == .POST && (head.uri == "/v1/launches" || head.uri == "/v1/launches?answer=body")
        var token: String?
        for (name, value) in head.headers {
            if name.isHeader("authorization") {
                if token != nil { isPlain = false }
                token = value
            } else if name.isHeader("connection") {
                if !value.isHeader("keep-alive") { isOver = true }
            } else if name.isHeader("expect") || name.isHeader("idempotency-key") {
                isPlain = false
            }
        }
        if head.version != .http1_1 { isOver = true }
        guard isPlain, !isOver, othersInFlight == 0 else { return nil }
        guard let token else { return answers.access.trustsLoopback && isFromLoopback ? .loopback : nil }
        // Byte by byte: strings are equal when their characters mean the same.
        if let lastToken, lastToken.header.hasSameBytes(as: token) { return lastToken.identity }
        // The router sees other characters as they may stand in a header, which is not always as they came.
        guard token.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
            let identity = answers.access.identity(authorization: token)
        else { return nil }
        lastToken = (token, identity)
        return identity
    }

    // MARK: Clients that send or take nothing

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        // why: the handler and its context belong to this loop, on which the task runs too.
        check = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: limits.checkInterval) { [self] in
            let now = context.eventLoop.now
            // A request that is being answered may take as long as it needs; one that is being sent may not.
            let mayIdle = othersInFlight > 0 && !(isReading && watch.isWaiting)
            let isIdle = !mayIdle && now - lastActiveAt >= limits.idle
            let waitingByteCount = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
            let takenByteCount = front.byteCount - (waitingByteCount ?? 0)
            let isStalled = watch.isStalled(waiting: waitingByteCount ?? 0, taken: takenByteCount, at: now)
            if isIdle || isStalled || isReading && watch.isTrickling(at: now) { return context.close(promise: nil) }
            scheduleCheck(context)
        }
    }
}

extension String {
    fileprivate func hasSameBytes(as other: String) -> Bool {
        let same = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { mine.elementsEqual($0) }
        }
        return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether it is this name, in any case.
    /// - Parameter name: In lower case.
    fileprivate func isHeader(_ name: StaticString) -> Bool {
        guard utf8.count == name.utf8CodeUnitCount else { return false }
        var index = 0
        for byte in utf8 {
            let folded = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            guard folded == name.utf8Start[index] else { return false }
            index += 1
        }
        return true
    }
}

/// The way past the HTTP encoder for answers that are bytes already; counts all that is written.
final class RawFront: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var context: ChannelHandlerContext?
    private var hasWritten = false
    /// Bytes of all answers that were written to the connection, sent or not.
    private(set) var byteCount = 0

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// What the encoder made.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        byteCount += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func write(_ buffer: ByteBuffer) {
        byteCount += buffer.readableBytes
        context?.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        hasWritten = true
    }

    func flush() {
        guard hasWritten else { return }
        hasWritten = false
        context?.flush()
    }
}
