public import SluiceForecast
import SluiceModel
import SluicePorts
import Synchronization

/// How long executions took and which run now, from Central's list of executions.
public final class DurationLibrary: Sendable {
    /// What was read.
    public struct Content: Sendable {
        public var history: DurationHistory
        /// Executions that run now; nil when that is not known.
        public var running: [RunningExecution]?
        /// Why nothing is known, in one sentence.
        public var trouble: String?
    }

    private let state = Mutex<(content: Content, at: MonotonicTime)?>(nil)
    private let central: (any CentralClient)?
    private let clocks: any Clocks
    private let pageSize: Int

    init(central: (any CentralClient)?, clocks: any Clocks, pageSize: Int) {
        self.central = central
        self.clocks = clocks
        self.pageSize = pageSize
    }

    /// The newest executions, at most `EngineLimits.historyPageCountMax` pages of them; read anew when that is older
    /// than `EngineLimits.forecastCacheDuration`.
    public func content() async -> Content {
        let now = clocks.now().monotonic
        if let known = state.withLock({ $0 }), now.since(known.at) < EngineLimits.forecastCacheDuration {
            return known.content
        }
        guard let central else {
            return Content(
                history: DurationHistory(),
                trouble: "no Central is configured: no past durations, and what runs now is unknown")
        }
        do {
            let content = try await read(central)
            state.withLock { $0 = (content, now) }
            return content
        } catch {
            return Content(history: DurationHistory(), trouble: "Central's executions cannot be read: \(error)")
        }
    }

    private func read(_ central: any CentralClient) async throws -> Content {
        var executions: [ExecutionSummary] = []
        var ids: Set<ExecutionID> = []
        for page in 1...EngineLimits.historyPageCountMax {
            let listed = try await central.executions(page: page, pageSize: pageSize)
            // The list moves while it is read: what started meanwhile pushes others to the next page.
            for execution in listed where ids.insert(execution.id).inserted { executions.append(execution) }
            if listed.count < pageSize { break }
        }
        var history = DurationHistory()
        // Newest first in the list, newest last in the history.
        for execution in executions.reversed() where execution.status == .completed {
            guard let flow = execution.flow, let start = execution.startedAt, let end = execution.endedAt else {
                continue
            }
            history.add(flow, milliseconds: end.since(start).wholeMilliseconds)
        }
        let running = executions.compactMap { execution -> RunningExecution? in
            guard !execution.status.isTerminal, let start = execution.startedAt else { return nil }
            return RunningExecution(id: execution.id, flow: execution.flow, startedAt: start)
        }
        return Content(history: history, running: running)
    }
}
