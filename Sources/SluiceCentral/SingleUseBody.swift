internal import NIOCore
internal import Synchronization

/// Proves whether the body of a request left us.
///
/// Once it was handed out it is never handed out again, so no layer below can send a start twice. Once it was closed it
/// is never handed out at all, so what was found unsent when the call ended stays unsent. It is asked for when the
/// connection is there; Central starts nothing before it has it. `DecidedBody` of SluiceHTTP is its twin: mend both.
final class SingleUseBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let bytes: ByteBuffer
    private let mayLeave: @Sendable () -> Bool
    private let state = Mutex(State.kept)

    private enum State {
        /// Left by the first of `take` and `close`.
        case kept
        case taken
        case closed
    }

    /// Somebody wanted to send the body a second time, or too late.
    struct Unavailable: Error {}

    /// - Parameter mayLeave: Asked right before it is handed out; if not, it is closed.
    init(_ bytes: [UInt8], ifStill mayLeave: @escaping @Sendable () -> Bool = { true }) {
        self.bytes = ByteBuffer(bytes: bytes)
        self.mayLeave = mayLeave
    }

    var count: Int { bytes.readableBytes }

    /// Call when the exchange is over.
    /// - Returns: Whether the body was handed to the network before.
    func close() -> Bool {
        state.withLock { state in
            defer { if state == .kept { state = .closed } }
            return state == .taken
        }
    }

    private func take() throws -> ByteBuffer {
        try state.withLock { state in
            guard state == .kept else { throw Unavailable() }
            guard mayLeave() else {
                state = .closed
                throw Unavailable()
            }
            state = .taken
        }
        return bytes
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let body: SingleUseBody
        private var isDone = false

        fileprivate init(body: SingleUseBody) { self.body = body }

        mutating func next() async throws -> ByteBuffer? {
            guard !isDone else { return nil }
            isDone = true
            return try body.take()
        }
    }
}
