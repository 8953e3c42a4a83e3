import AsyncHTTPClient
import NIOCore
import Testing

@testable import SluiceCentral

/// What a failure of the network means: only a closed connection may be a kept one that Central closed.
@Suite struct NetworkCauseTests {
    @Test(arguments: [
        (ChannelError.ioOnClosedChannel as any Error, true), (ChannelError.alreadyClosed, true),
        (ChannelError.inputClosed, true), (ChannelError.outputClosed, true), (ChannelError.eof, true),
        (IOError(errnoCode: 104, reason: "read"), true), (IOError(errnoCode: 32, reason: "write"), true),
        (HTTPClientError.remoteConnectionClosed, true), (HTTPClientError.connectTimeout, false),
        (HTTPClientError.readTimeout, false), (ChannelError.connectTimeout(.seconds(1)), false),
        (ChannelError.operationUnsupported, false), (CancellationError(), false),
    ])
    func knowsAClosedConnection(error: any Error, isClosing: Bool) {
        #expect(NetworkCause.isClosing(error) == isClosing)
        guard isClosing else { return }
        #expect(NetworkCause.sentence(of: error).contains("connection was"))
    }
}
