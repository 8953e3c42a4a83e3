public import Logging
public import ServiceLifecycle
public import SluiceModel
public import SluicePorts

/// Deletes holds whose life was over longer ago than the retention, in batches of a bounded size. One that waits is
/// never deleted, however long (R9).
public struct HoldRetention: Service {
    private let store: any Store
    private let retention: Duration
    private let clocks: any Clocks
    private let fence: @Sendable () -> Fence?
    private let logger: Logger

    /// - Parameter fence: What it writes with now; nil while another process does this.
    public init(
        store: any Store, retention: Duration, clocks: any Clocks, fence: @escaping @Sendable () -> Fence?,
        logger: Logger
    ) {
        self.store = store
        self.retention = retention
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
    }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.retentionInterval))
                do {
                    try await forget()
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning("old holds could not be deleted", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Deletes all that may go now.
    /// - Throws: `StoreError`; what was deleted by then stays deleted.
    public func forget() async throws {
        let endedBefore = clocks.now().wall.advanced(by: .zero - retention)
        var last: Ticket?
        while !Task.isCancelled, let fence = fence() {
            let tickets = try await store.forgettableHolds(
                endedBefore: endedBefore, limit: EngineLimits.forgottenHoldCountMax)
            // The same again: somebody keeps it back; the next time will do.
            guard let first = tickets.first, first != last else { return }
            last = first
            let forgetting = Forgetting(
                tickets: tickets, endedBefore: endedBefore, at: clocks.now().wall, by: .sluice)
            try await store.commit([.forgetHolds(forgetting)], fence: fence)
            guard tickets.count == EngineLimits.forgottenHoldCountMax else { return }
        }
    }
}
