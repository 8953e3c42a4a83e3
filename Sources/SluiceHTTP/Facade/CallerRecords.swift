import Logging
import SluiceModel
import SluicePorts
import Synchronization

/// What Central said of callers: in this replica's memory, and in the store for the others and for the next start.
///
/// The memory answers, for `verifiedFor` alone. When Central was asked, the store is read, and written unless it says
/// so already; a refusal that it did not take counts here at once, and is written after any later call of the store.
/// While Central is down the store is asked whether another replica heard otherwise. Nobody waits for it longer than
/// `FacadeLimits.callerStoreTime` in all, and what it does not do never fails a call.
final class CallerRecords: Sendable {
    private struct State {
        var memory: CallerMemory
        /// Calls of the store that have not come back.
        var underWay: [Place: Int] = [:]
        var isSettling = false
        /// Callers written since a time, for the limit of their rate.
        var writtenCount = 0
        var countedSince: MonotonicTime?
        /// When the store last failed; nil: since then a commit succeeded.
        var failedAt: MonotonicTime?
    }

    /// Strangers have places of their own: however many wrong passwords come, a known caller's record is read.
    private enum Place { case known, stranger }

    let trust: CallerTrust
    private let store: any Store
    private let clocks: any Clocks
    private let fence: @Sendable () -> Fence
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter fence: What a replica writes with, whether or not it leads.
    init(
        trust: CallerTrust, store: any Store, clocks: any Clocks, fence: @escaping @Sendable () -> Fence,
        logger: Logger
    ) {
        self.trust = trust
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        state = Mutex(State(memory: CallerMemory(trust: trust)))
    }

    /// Whether Central knew it so lately that it is not asked again.
    func isVerified(_ caller: Fingerprint) -> Bool {
        let now = clocks.now().monotonic
        return state.withLock { $0.memory.isVerified(caller, at: now) }
    }

    /// Central knows it; the caller was proven.
    /// - Parameter asked: Of before Central was asked: what it said is at least as new.
    func granted(_ caller: Fingerprint, asked: Moment) async {
        let now = clocks.now().monotonic
        let mayAsk = state.withLock { state in
            state.memory.granted(caller, asked: asked) && !CallerMemory.isFresh(state.failedAt, at: now)
        }
        guard mayAsk else { return }
        _ = await ask(.known) { [self] in
            _ = try await say(caller, isRefused: false, at: asked.wall, wasKnown: true)
        }
    }

    /// Central refused it, just now. Wrong passwords are on no record, and so lead to no commit.
    func refused(_ caller: Fingerprint) async {
        let now = clocks.now()
        let refusal = state.withLock { $0.memory.refused(caller, heard: now) }
        _ = await ask(refusal.wasKnown ? .known : .stranger) { [self] in try await settle(caller, refusal) }
    }

    /// Whether one is trusted although Central is down.
    func isTrusted(_ caller: Fingerprint) async -> Bool {
        let now = clocks.now().monotonic
        switch state.withLock({ $0.memory.standing(caller, at: now) }) {
        case .trusted: return true
        case .untrusted: return false
        case .unclear(let isKnown):
            let answer = await ask(isKnown ? .known : .stranger) { [self] in
                let record = try await store.caller(caller)
                let now = clocks.now()
                return state.withLock { $0.memory.read(record, of: caller, at: now) }
            }
            // The store did not say.
            let now = clocks.now().monotonic
            return answer ?? state.withLock { $0.memory.trusts(caller, at: now) }
        }
    }

    // MARK: The store

    /// Writes down what Central said of a caller, unless that is on record, or too many were written.
    /// - Returns: Whether the store need not be told any more.
    private func say(_ caller: Fingerprint, isRefused: Bool, at: Timestamp, wasKnown: Bool) async throws -> Bool {
        let stored = try await store.caller(caller)
        let now = clocks.now()
        let word = trust.word(
            on: caller, isRefused: isRefused, at: at, stored: stored, wasKnown: wasKnown, now: now.wall)
        guard let word else {
            // Another replica may have heard otherwise since.
            if !isRefused { _ = state.withLock { $0.memory.read(stored, of: caller, at: now) } }
            return true
        }
        let mayWrite = state.withLock { state in
            if state.countedSince.map({ now.monotonic.since($0) >= FacadeLimits.callerWriteSpan }) ?? true {
                (state.countedSince, state.writtenCount) = (now.monotonic, 0)
            }
            guard state.writtenCount < FacadeLimits.callerWriteCountMax else { return false }
            state.writtenCount += 1
            return true
        }
        guard mayWrite else { return false }
        try await store.commit([word], fence: fence())
        state.withLock { $0.failedAt = nil }
        return true
    }

    private func settle(_ caller: Fingerprint, _ refusal: CallerMemory.Refusal) async throws {
        let isSaid = try await say(caller, isRefused: true, at: refusal.heard.wall, wasKnown: refusal.wasKnown)
        if isSaid { state.withLock { $0.memory.settled(caller, refusal) } }
    }

    /// Writes refusals that the store did not take before; one task at a time does.
    private func settleOwed() async {
        let now = clocks.now().monotonic
        let owed = state.withLock { state -> [(caller: Fingerprint, refusal: CallerMemory.Refusal)] in
            guard !state.isSettling, !CallerMemory.isFresh(state.failedAt, at: now) else { return [] }
            let owed = state.memory.owed(limit: FacadeLimits.callerOwedBatchCountMax)
            state.isSettling = !owed.isEmpty
            return owed
        }
        guard !owed.isEmpty else { return }
        do {
            for (caller, refusal) in owed { try await settle(caller, refusal) }
        } catch {
            failed(error)
        }
        state.withLock { $0.isSettling = false }
    }

    /// Says so once, until a commit succeeds again.
    private func failed(_ error: any Error) {
        let now = clocks.now().monotonic
        let isNew = state.withLock { state in
            defer { state.failedAt = now }
            return state.failedAt == nil
        }
        guard isNew else { return }
        logger.warning(
            """
            what Central says of callers is not recorded now: after a restart those it knew are unknown while it is \
            down, and those it refused may be trusted then
            """, metadata: ["error": "\(error)"])
    }

    /// Lets something be asked of the store if there is a place, and waits as long as a call may; it goes on to its
    /// end, and refusals that are owed follow.
    /// - Returns: nil when there is no answer.
    private func ask<Value: Sendable>(
        _ place: Place, _ work: @escaping @Sendable () async throws -> Value
    ) async -> Value? {
        let hasPlace = state.withLock { state in
            guard state.underWay[place, default: 0] < FacadeLimits.callerStoreCountMax else { return false }
            state.underWay[place, default: 0] += 1
            return true
        }
        guard hasPlace else { return nil }
        let deadline = clocks.now().monotonic.advanced(by: FacadeLimits.callerStoreTime)
        let (first, ends) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
        // why: a store that hangs cannot be made to give up, and the call must not wait for it.
        Task { [self] in
            do {
                ends.yield(try await work())
                await settleOwed()
            } catch {
                failed(error)
                ends.yield(nil)
            }
            state.withLock { $0.underWay[place, default: 0] -= 1 }
        }
        // why: whichever ends first answers.
        let timer = Task { [clocks] in
            try? await clocks.sleep(until: deadline)
            ends.yield(nil)
        }
        defer { timer.cancel() }
        for await value in first { return value }
        return nil
    }
}
