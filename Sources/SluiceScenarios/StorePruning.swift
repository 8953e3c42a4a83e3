import Logging
import ServiceLifecycle
import SluiceModel
import SluicePorts
import SluiceSQLite

/// Lets the store forget what may be forgotten: passes and keys past their time, executions and occurrences of windows
/// that ended long ago.
struct StorePruning: Service {
    /// Between two prunings.
    private static let interval: Duration = .seconds(3600)
    /// Records deleted in one transaction, so that nobody waits for it.
    private static let recordCountMax = 1000

    let store: SQLiteStore
    let clocks: any Clocks
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: Self.interval))
                await prune()
            }
        }
    }

    private func prune() async {
        do {
            while try await store.prune(at: clocks.now().wall, limit: Self.recordCountMax) >= Self.recordCountMax {
                try Task.checkCancellation()
            }
        } catch {
            logger.warning("the store could not be pruned", metadata: ["error": "\(error)"])
        }
    }
}
