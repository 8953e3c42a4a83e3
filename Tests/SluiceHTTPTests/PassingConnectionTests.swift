import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import SluiceHTTP

/// One connection to Central, without a socket: what becomes of it when its reader goes away.
@Suite(.timeLimit(.minutes(10)))
struct PassingConnectionTests {
    private let channel = EmbeddedChannel()
    private let connection = PassingConnection()

    init() throws {
        try channel.pipeline.syncOperations.addHandler(connection)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func send(_ part: HTTPClientResponsePart) { channel.pipeline.fireChannelRead(part) }

    /// Begins a call whose answer comes in pieces, and gives its head and the rest.
    private func begin() async throws -> PassingAnswer {
        let exchange = PassingExchange(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), isFresh: false)
        return try await withCheckedThrowingContinuation { continuation in
            exchange.continuation = continuation
            connection.run(exchange, isReused: true)
            send(.head(HTTPResponseHead(version: .http1_1, status: .ok)))
            channel.pipeline.fireChannelReadComplete()
        }
    }

    private static func piece(_ count: Int) -> HTTPClientResponsePart {
        .body(ByteBuffer(repeating: 1, count: count))
    }

    /// A client that reads nothing hangs up as the last of a long answer came in one go: the next call on the
    /// connection would wait for ever for an answer that nobody takes from the network.
    @Test(arguments: [(1000, true), (200_000, true), (300_000, false)])
    func isKeptOnlyIfItStillReads(byteCount: Int, isKept: Bool) async throws {
        let answer = try await begin()
        for _ in 0..<10 { send(Self.piece(byteCount / 10)) }
        send(.end(nil))
        try #require(answer.rest).abandon()
        channel.embeddedEventLoop.run()
        #expect(channel.isActive == isKept)
        guard isKept else { return }
        #expect(try channel.syncOptions?.getOption(.autoRead) == true)
        // What was left of the first answer is not taken for the second's.
        let second = try await begin()
        send(Self.piece(7))
        send(.end(nil))
        #expect(try await second.rest?.next()?.readableBytes == 7)
        #expect(try await second.rest?.next() == nil)
        // Whoever holds on to the first reads nothing of it.
        #expect(try await answer.rest?.next() == nil)
    }

    @Test func aReaderThatGoesAwayInTheMiddleTakesTheConnectionWithIt() async throws {
        let answer = try await begin()
        send(Self.piece(10))
        try #require(answer.rest).abandon()
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }

    @Test func aCallThatIsCancelledTakesTheConnectionWithIt() async throws {
        let exchange = PassingExchange(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), isFresh: false)
        await #expect(throws: CancellationError.self) {
            _ = try await withCheckedThrowingContinuation { continuation in
                exchange.continuation = continuation
                connection.run(exchange, isReused: true)
                exchange.cancel()
            }
        }
        #expect(exchange.isOver)
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
        // A second time, or after the answer, it does nothing.
        exchange.cancel()
    }
}
