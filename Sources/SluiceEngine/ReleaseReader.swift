import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Reads from Central what else runs there, and how flows' executions ended so far.
final class ReleaseReader: Sendable {
    private let central: any CentralClient
    private let pause: CentralPause
    private let pageSize: Int
    /// What ran at the last reading: Central's newest pages lose those that run long.
    private let running = Mutex<[ExecutionID]>([])

    init(central: any CentralClient, pause: CentralPause, pageSize: Int) {
        self.central = central
        self.pause = pause
        self.pageSize = pageSize
    }

    /// Executions that run: of the newest pages, and those that ran at the last reading. A lower bound where Central
    /// has more running than `EngineLimits.loadPageCountMax` pages and `followedExecutionCountMax` together.
    /// - Parameter start: By Central's clock.
    /// - Returns: Those that run, and how many of those pages began since then that Sluice did not start itself, over
    ///   or not.
    /// - Throws: `CentralError`.
    func load(since start: Timestamp) async throws -> (running: [ExecutionID], begunCount: Int) {
        let before = running.withLock { $0 }
        let (found, begunCount) = try await pause.read(for: .release) { [central, pageSize] in
            var found: [ExecutionID] = []
            var begunCount = 0
            var listed: Set<ExecutionID> = []
            for page in 1...EngineLimits.loadPageCountMax {
                let executions = try await central.executions(page: page, pageSize: pageSize)
                // The list moves while it is read.
                for execution in executions where listed.insert(execution.id).inserted {
                    if !execution.status.isTerminal { found.append(execution.id) }
                    let isOurs = execution.name.flatMap { RunName.read($0) } != nil
                    if !isOurs, let at = execution.startedAt, at >= start { begunCount += 1 }
                }
                if executions.count < pageSize { break }
            }
            var rest = before.filter { !listed.contains($0) }.prefix(EngineLimits.followedExecutionCountMax)
            while !rest.isEmpty {
                let some = Array(rest.prefix(CentralLimits.idsPerCallMax))
                rest = rest.dropFirst(some.count)
                found += try await central.summaries(of: some).filter { !$0.status.isTerminal }.map(\.id)
            }
            return (found, begunCount)
        }
        running.withLock { $0 = found }
        return (found, begunCount)
    }

    /// How the executions on Central's newest pages ended, by flow.
    /// - Throws: `CentralError`.
    func pasts() async throws -> [FlowID: FlowPast] {
        try await pause.read(for: .release) { [central, pageSize] in
            var pasts: [FlowID: FlowPast] = [:]
            for page in 1...EngineLimits.historyPageCountMax {
                let executions = try await central.executions(page: page, pageSize: pageSize)
                for execution in executions {
                    guard let flow = execution.flow, let result = execution.result else { continue }
                    guard pasts[flow] != nil || pasts.count < ReleaseLimits.judgedFlowCountMax else { continue }
                    let isFailed = result == .error || result == .systemFailure
                    guard isFailed || result.isWell else { continue }
                    pasts[flow, default: FlowPast(endedCount: 0, failedCount: 0)].endedCount += 1
                    if isFailed { pasts[flow]?.failedCount += 1 }
                }
                if executions.count < pageSize { break }
            }
            return pasts
        }
    }
}
