import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One connection to Central: one call at a time, whose answer is given as it comes. Touched on its event loop alone.
final class PassingConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// A kept connection was closed before a byte of the answer came: Central closed it as it was taken up again.
    struct ClosedUnheard: Error {}

    /// Bytes of an answer that wait to be read, before nothing more is taken from the network.
    private static let waitingByteCountMax = 256 * 1024

    weak var pool: PassingPool?
    /// When something last happened.
    private(set) var activeAt = NIODeadline.now()

    private var context: ChannelHandlerContext?
    private var exchange: PassingExchange?
    /// Counts the calls.
    private var call = 0
    private var isReused = false
    private var head: HTTPResponseHead?
    /// The whole length of the body, if it is known and small enough to be waited for.
    private var smallLength: Int?
    private var body: ByteBuffer?

    // An answer that is given in pieces.
    private var isStreaming = false
    private var pieces: CircularBuffer<ByteBuffer> = []
    private var waitingByteCount = 0
    private var isPaused = false
    private var isEnded = false
    private var failure: (any Error)?
    private var reader: CheckedContinuation<ByteBuffer?, any Error>?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Calls

    func run(_ exchange: PassingExchange, isReused: Bool) {
        activeAt = .now()
        guard let context, context.channel.isActive else {
            pool?.closed(self)
            let error: any Error = isReused ? ClosedUnheard() : HTTPClientError.remoteConnectionClosed
            return exchange.resume(with: .failure(error))
        }
        exchange.connection = self
        self.exchange = exchange
        call += 1
        self.isReused = isReused
        head = nil
        smallLength = nil
        body = nil
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        activeAt = .now()
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Central speaks out of turn, or says what it is about to do.
            guard exchange != nil, head.status.code >= 200 else { return }
            self.head = head
            smallLength = head.headers.first(name: "content-length").flatMap { Int($0) }.flatMap {
                $0 <= FacadeLimits.smallAnswerByteCount ? $0 : nil
            }
        case .body(var piece):
            if isStreaming { return take(piece) }
            guard head != nil else { return }
            if body == nil { body = piece } else { body?.writeBuffer(&piece) }
        case .end:
            if isStreaming { return end() }
            answer(isWhole: true)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // What is small comes in one piece; of all else the head need not wait for the rest.
        if head != nil, exchange != nil, smallLength == nil { answer(isWhole: false) }
        context.fireChannelReadComplete()
    }

    private func answer(isWhole: Bool) {
        guard let exchange, let head, let context else { return }
        let answer = PassingAnswer(
            head: head, body: body, rest: isWhole ? nil : PassingBody(self, call: call, on: context.eventLoop))
        self.exchange = nil
        body = nil
        if isWhole {
            pool?.released(self, isReusable: head.isKeepAlive)
        } else {
            isStreaming = true
        }
        exchange.resume(with: .success(answer))
    }

    // MARK: Pieces

    private func take(_ piece: ByteBuffer) {
        if let reader {
            self.reader = nil
            return reader.resume(returning: piece)
        }
        pieces.append(piece)
        waitingByteCount += piece.readableBytes
        guard waitingByteCount > Self.waitingByteCountMax, !isPaused else { return }
        isPaused = true
        setAutoRead(false)
    }

    private func end() {
        isEnded = true
        guard let reader else { return }
        self.reader = nil
        finish()
        reader.resume(returning: nil)
    }

    /// - Parameter call: Which call's answer is read; of one that is over there is nothing more.
    func next(_ reader: CheckedContinuation<ByteBuffer?, any Error>, of call: Int) {
        guard call == self.call else { return reader.resume(returning: nil) }
        activeAt = .now()
        if let piece = pieces.popFirst() {
            waitingByteCount -= piece.readableBytes
            if isPaused, waitingByteCount < Self.waitingByteCountMax / 2 {
                isPaused = false
                setAutoRead(true)
            }
            return reader.resume(returning: piece)
        }
        if let failure { return reader.resume(throwing: failure) }
        guard isStreaming else { return reader.resume(returning: nil) }
        guard isEnded else {
            self.reader = reader
            return
        }
        finish()
        reader.resume(returning: nil)
    }

    /// All of the answer was read: the connection takes another call.
    private func finish() {
        isStreaming = false
        isEnded = false
        pool?.released(self, isReusable: head?.isKeepAlive ?? false)
    }

    /// Nobody reads the rest of a call's answer; nothing is done when it was read, or is of another call.
    func abandon(_ call: Int) {
        guard isStreaming, call == self.call else { return }
        // Whole and unread: nothing is wrong with the connection, unless it takes nothing from the network just now.
        if isEnded, !isPaused {
            pieces.removeAll()
            waitingByteCount = 0
            return finish()
        }
        fail(HTTPClientError.cancelled)
    }

    private func setAutoRead(_ isOn: Bool) {
        guard let channel = context?.channel else { return }
        // It fails only when the channel is closed.
        _ = channel.setOption(.autoRead, value: isOn)
        if isOn { channel.read() }
    }

    // MARK: Ends

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(isUnheard && Upstream.isClosed(error) ? ClosedUnheard() : error)
    }

    /// Whether a kept connection has a call on its way, and not a byte of its answer.
    private var isUnheard: Bool { isReused && exchange != nil && head == nil }

    func channelInactive(context: ChannelHandlerContext) {
        fail(isUnheard ? ClosedUnheard() : HTTPClientError.remoteConnectionClosed)
        context.fireChannelInactive()
    }

    func close() { context?.close(promise: nil) }

    /// Whatever waits for something of it hears why there will be nothing.
    func fail(_ error: any Error) {
        if let exchange {
            self.exchange = nil
            exchange.resume(with: .failure(error))
        }
        // What is whole stays whole.
        if isStreaming, !isEnded, failure == nil {
            failure = error
            if let reader {
                self.reader = nil
                reader.resume(throwing: error)
            }
        }
        pool?.closed(self)
        close()
    }
}
