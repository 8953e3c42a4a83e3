import Hummingbird
import NIOCore
import Synchronization

/// Hands the body of a request on, a piece at a time, to whoever sends it to Central.
///
/// Central may answer before it has the whole body. The connection's own sequence must then still be read to its end,
/// and by one reader only: so one task reads it all along, and what nobody takes any more is dropped. Holds one piece
/// at most, so a slow Central slows the client down.
final class UploadRelay: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private struct State {
        var piece: ByteBuffer?
        /// How it ended; set once.
        var end: Result<Void, any Error>?
        var isAbandoned = false
        var taker: CheckedContinuation<Void, Never>?
        var giver: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// The body broke off before its end.
    struct Cut: Error {}

    // MARK: Giving

    /// Reads the whole body; returns when it is over, taken or not.
    func read(_ body: RequestBody) async {
        do {
            for try await piece in body { await give(piece) }
            finish(.success(()))
        } catch {
            finish(.failure(error))
        }
    }

    private func give(_ piece: ByteBuffer) async {
        guard piece.readableBytes > 0 else { return }
        let taker = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isAbandoned else { return nil }
            state.piece = piece
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
        await withCheckedContinuation { continuation in
            let isTaken = state.withLock { state in
                guard state.piece != nil else { return true }
                state.giver = continuation
                return false
            }
            if isTaken { continuation.resume() }
        }
    }

    private func finish(_ end: Result<Void, any Error>) {
        let taker = state.withLock { state in
            state.end = state.end ?? end
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
    }

    /// Nobody takes anything any more: the rest is read and dropped.
    func abandon() {
        let (taker, giver) = state.withLock { state in
            state.isAbandoned = true
            state.piece = nil
            state.end = state.end ?? .failure(Cut())
            defer { (state.taker, state.giver) = (nil, nil) }
            return (state.taker, state.giver)
        }
        taker?.resume()
        giver?.resume()
    }

    // MARK: Taking

    /// - Throws: What ended the body before its time.
    private func take() async throws -> ByteBuffer? {
        while true {
            let (piece, end, giver) = state.withLock {
                state -> (ByteBuffer?, Result<Void, any Error>?, CheckedContinuation<Void, Never>?) in
                guard let piece = state.piece else { return (nil, state.end, nil) }
                state.piece = nil
                defer { state.giver = nil }
                return (piece, nil, state.giver)
            }
            giver?.resume()
            if let piece { return piece }
            if let end {
                try end.get()
                return nil
            }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.piece == nil, state.end == nil else { return true }
                    state.taker = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(relay: self) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let relay: UploadRelay

        mutating func next() async throws -> ByteBuffer? { try await relay.take() }
    }
}
