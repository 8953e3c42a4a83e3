public import Logging
public import ServiceLifecycle
public import SluiceModel
public import SluicePorts

/// Lets the store forget what may be forgotten: passes, keys and known callers past their time, executions and
/// occurrences of windows that ended long ago. Of several replicas the leader does it.
public struct StorePruning: Service {
    private let clocks: any Clocks
    private let mayPrune: @Sendable () -> Bool
    private let prune: @Sendable (Timestamp, Int) async throws -> Int
    private let logger: Logger

    /// - Parameters:
    ///   - mayPrune: Whether this process does it now; asked before each batch.
    ///   - prune: `DurableStore.prune`.
    public init(
        clocks: any Clocks, mayPrune: @escaping @Sendable () -> Bool,
        prune: @escaping @Sendable (Timestamp, Int) async throws -> Int, logger: Logger
    ) {
        self.clocks = clocks
        self.mayPrune = mayPrune
        self.prune = prune
        self.logger = logger
    }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.pruningInterval))
                await pruneAll()
            }
        }
    }

    /// Deletes all that may go now, batch by batch.
    func pruneAll() async {
        do {
            while !Task.isCancelled, mayPrune() {
                let count = try await prune(clocks.now().wall, EngineLimits.prunedRecordCountMax)
                guard count >= EngineLimits.prunedRecordCountMax else { return }
            }
        } catch {
            logger.warning("the store could not be pruned", metadata: ["error": "\(error)"])
        }
    }
}
