import Logging
public import ServiceLifecycle
public import SluiceModel
import SluicePorts
import Synchronization

/// Writes down each second what was let through without a record of its own, and thereby finds out within a second
/// that the store is lost: from then on the gate answers 503 until it is back.
public final class StoreMonitor: Service {
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let gatekeeper: Gatekeeper
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var proceedCounts: [LaunchSource: Int] = [:]
        var isUsable = true
    }

    init(store: any Store, clocks: any Clocks, fence: FenceSource, gatekeeper: Gatekeeper, logger: Logger) {
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.gatekeeper = gatekeeper
        self.logger = logger
    }

    /// Notes one launch that was let through without a commit.
    public func proceeded(_ source: LaunchSource) {
        state.withLock { $0.proceedCounts[source, default: 0] += 1 }
    }

    /// A decision could not be written: nothing more is decided until a write succeeds.
    func failed() { setUsable(false) }

    /// Whether the last write succeeded.
    public var isStoreUsable: Bool { state.withLock { $0.isUsable } }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try await clocks.sleep(
                    until: clocks.now().monotonic.advanced(by: EngineLimits.storeCheckInterval))
                await record()
            }
        }
        if !Task.isCancelled { await record() }
    }

    /// Writes what has been let through since the last time; reads when there was nothing.
    func record() async {
        let counts = state.withLock { state in
            let counts = state.proceedCounts
            state.proceedCounts = [:]
            return counts
        }
        do {
            if counts.isEmpty, isStoreUsable {
                _ = try await store.gate()
            } else {
                let now = clocks.now().wall
                // A lost store is tried with a tally of nothing.
                let tallied = counts.isEmpty ? [.api: 0] : counts
                let changes = tallied.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    Change.tally(LaunchTally(at: now, source: $0.key, count: $0.value))
                }
                try await store.commit(changes, fence: fence.current)
            }
            setUsable(true)
        } catch {
            state.withLock { $0.proceedCounts.merge(counts, uniquingKeysWith: +) }
            if isStoreUsable { logger.error("the store cannot be used", metadata: ["error": "\(error)"]) }
            setUsable(false)
        }
    }

    private func setUsable(_ isUsable: Bool) {
        let hasChanged = state.withLock { state in
            defer { state.isUsable = isUsable }
            return state.isUsable != isUsable
        }
        guard hasChanged else { return }
        if isUsable { logger.notice("the store can be used again") }
        gatekeeper.setStoreUsable(isUsable)
    }
}
