import ServiceLifecycle
public import SluiceModel
import Synchronization

/// Wakes whoever waits for a hold to change. Waking is only latency: a waiter reads the store again.
public final class HoldWatchers: Sendable {
    /// Waiters at once; one more does not wait at all.
    public static let waiterCountMax = 20_000
    /// Followers of all changes at once; one more is refused.
    public static let followerCountMax = 200

    private struct State {
        var waiters: [Ticket: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var waitersByKey: [CoalesceKey: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var keys: [UInt64: CoalesceKey] = [:]
        var followers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var count = 0
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// How many wait now.
    var count: Int { state.withLock { $0.count } }

    /// A wait for changes of one hold; subscribe before reading the hold, so that no change falls between.
    public struct Subscription: Sendable {
        /// One element a change; changes that nobody took yet are merged.
        public let changes: AsyncStream<Void>
        let cancel: @Sendable () -> Void
        let watchKey: @Sendable (CoalesceKey) -> Void

        /// Wakes this waiter also when a hold ends, or comes back, because another stands for it. Once a wait.
        public func watch(_ key: CoalesceKey) { watchKey(key) }

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
        let end: @Sendable () -> Void = { [self] in
            state.withLock { state in
                if let key = state.keys.removeValue(forKey: id) {
                    state.waitersByKey[key]?[id] = nil
                    if state.waitersByKey[key]?.isEmpty == true { state.waitersByKey[key] = nil }
                }
                guard state.waiters[ticket]?.removeValue(forKey: id) != nil else { return }
                state.count -= 1
                if state.waiters[ticket]?.isEmpty == true { state.waiters[ticket] = nil }
            }
            continuation.finish()
        }
        return Subscription(changes: stream, cancel: end) { [self] watched in
            state.withLock { state in
                guard state.waiters[ticket]?[id] != nil, state.keys[id] == nil else { return }
                state.keys[id] = watched
                state.waitersByKey[watched, default: [:]][id] = continuation
            }
        }
    }

    /// A wait for whatever is committed here; what other replicas commit wakes nobody.
    /// - Returns: nil when `followerCountMax` is reached.
    public func follow() -> Subscription? {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard state.followers.count < Self.followerCountMax else { return nil }
            state.nextID += 1
            state.followers[state.nextID] = continuation
            return state.nextID
        }
        guard let id else { return nil }
        let end: @Sendable () -> Void = { [self] in
            state.withLock { $0.followers[id] = nil }
            continuation.finish()
        }
        return Subscription(changes: stream, cancel: end, watchKey: { _ in })
    }

    /// Who follows all changes now.
    public var followerCount: Int { state.withLock { $0.followers.count } }

    /// Says that something was committed.
    func committed() {
        let followers = state.withLock { $0.followers.isEmpty ? [] : Array($0.followers.values) }
        for follower in followers { follower.yield() }
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

    /// Says that holds with this coalesce key may have been changed, and the change is durable.
    public func changed(_ key: CoalesceKey) {
        let waiters = state.withLock { $0.waitersByKey[key].map { Array($0.values) } ?? [] }
        for waiter in waiters { waiter.yield() }
    }

    /// Wakes everybody: many holds were changed at once.
    public func allChanged() {
        let waiters = state.withLock { $0.waiters.values.flatMap(\.values) }
        for waiter in waiters { waiter.yield() }
    }
}
