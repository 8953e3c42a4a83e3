import NIOCore
import NIOHTTP1
import NIOPosix
import SluiceFacade
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceHTTP

/// A call that is given up ends at once, however silent Central is: a stop of Sluice waits for nobody.
@Suite(.timeLimit(.minutes(10)))
struct PassingCancellationTests {
    /// Takes connections and says, if anything, the head of an answer.
    private final class Quiet: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let words: String
        let isHeard = Mutex(false)

        init(_ words: String) { self.words = words }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if !words.isEmpty { context.writeAndFlush(NIOAny(ByteBuffer(string: words)), promise: nil) }
            isHeard.withLock { $0 = true }
        }
    }

    /// - Parameter words: What Central says before it falls silent.
    /// - Parameter callCount: More than may be on their way at once wait for a connection.
    @Test(arguments: [("", 1), ("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\npart", 1), ("", 40)])
    func ends(words: String, callCount: Int) async throws {
        let quiet = Quiet(words)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(quiet)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        var configuration = FacadeConfiguration(centralURL: "http://127.0.0.1:\(port)/oo")
        configuration.connectionCountMax = 1
        configuration.connectTimeout = .seconds(3600)
        configuration.idleTimeout = .seconds(3600)
        let addresses = try #require(FacadeAddresses(centralURL: configuration.centralURL))
        let client = try #require(PassingClient(configuration, addresses))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let executor = LoopExecutor(loop)
        let calls = (0..<callCount).map { _ in
            // why: it runs on the loop, as the server's calls do, and is cancelled from here.
            Task(executorPreference: executor) {
                let answer = try await client.send(.GET, "/oo/x", [:], on: loop)
                while try await answer.rest?.next() != nil {}
            }
        }
        while !quiet.isHeard.withLock({ $0 }) { await letOthersRun(turns: 16) }
        for call in calls { call.cancel() }
        for call in calls {
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        try await client.shutdown()
        try await server.close()
    }
}
