import ServiceLifecycle
public import SluiceModel
import Synchronization

/// Wakes whoever waits for a hold to change. Waking is only latency: a waiter reads the store again.
public final class HoldWatchers: Sendable {
    /// Waiters at once; one more does not wait at all.
    public static let waiterCountMax = 20_000

    private struct State {
        var waiters: [Ticket: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var count = 0
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// A wait for changes of one hold; subscribe before reading the hold, so that no change falls between.
    public struct Subscription: Sendable {
        /// One element a change; changes that nobody took yet are merged.
        public let changes: AsyncStream<Void>
        let cancel: @Sendable () -> Void

        /// Stops waiting.
        public func end() { cancel() }
    }

    /// - Returns: nil when `waiterCountMax` is reached.
    public func subscribe(to ticket: Ticket) -> Subscription? {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard state.count < Self.waiterCountMax else { return nil }
            state.nextID += 1
            state.count += 1
            state.waiters[ticket, default: [:]][state.nextID] = continuation
            return state.nextID
        }
        guard let id else { return nil }
        return Subscription(changes: stream) { [self] in
            state.withLock { state in
                guard state.waiters[ticket]?.removeValue(forKey: id) != nil else { return }
                state.count -= 1
                if state.waiters[ticket]?.isEmpty == true { state.waiters[ticket] = nil }
            }
            continuation.finish()
        }
    }

    /// Returns when the process was told to stop, or this task was cancelled: whoever waits then answers what is known.
    public func waitForShutdown() async { try? await gracefulShutdown() }

    /// Says that holds were changed and the change is durable.
    public func changed(_ tickets: some Sequence<Ticket>) {
        for ticket in tickets {
            let waiters = state.withLock { $0.waiters[ticket].map { Array($0.values) } ?? [] }
            for waiter in waiters { waiter.yield() }
        }
    }

    /// Wakes everybody: many holds were changed at once.
    public func allChanged() {
        let waiters = state.withLock { $0.waiters.values.flatMap(\.values) }
        for waiter in waiters { waiter.yield() }
    }
}
