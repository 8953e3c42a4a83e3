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

    private struct State {
        var content: Content?
        var readAt: MonotonicTime?
        /// Grows with every reading: what Central's newest pages no longer show stays known.
        var history = DurationHistory()
        /// Executions of the last reading whose durations are in it.
        var counted: Set<ExecutionID> = []
    }

    private let state = Mutex(State())
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
        let known = state.withLock { ($0.content, $0.readAt) }
        if let content = known.0, let readAt = known.1, now.since(readAt) < EngineLimits.forecastCacheDuration {
            return content
        }
        guard let central else {
            return Content(
                history: DurationHistory(),
                trouble: "no Central is configured: no past durations, and what runs now is unknown")
        }
        do {
            let executions = try await list(central)
            return state.withLock { state in
                let content = Self.content(executions, &state)
                state.content = content
                state.readAt = now
                return content
            }
        } catch {
            let history = state.withLock { $0.history }
            return Content(history: history, trouble: "Central's executions cannot be read: \(error)")
        }
    }

    /// The newest executions, newest first, each once.
    private func list(_ central: any CentralClient) async throws -> [ExecutionSummary] {
        var executions: [ExecutionSummary] = []
        var ids: Set<ExecutionID> = []
        for page in 1...EngineLimits.historyPageCountMax {
            let listed = try await central.executions(page: page, pageSize: pageSize)
            // The list moves while it is read: what started meanwhile pushes others to the next page.
            for execution in listed where ids.insert(execution.id).inserted { executions.append(execution) }
            if listed.count < pageSize { break }
        }
        return executions
    }

    private static func content(_ executions: [ExecutionSummary], _ state: inout State) -> Content {
        var counted: Set<ExecutionID> = []
        // Newest first in the list, newest last in the history.
        for execution in executions.reversed() where execution.status == .completed {
            counted.insert(execution.id)
            guard !state.counted.contains(execution.id), let flow = execution.flow, let start = execution.startedAt,
                let end = execution.endedAt
            else { continue }
            state.history.add(flow, milliseconds: end.since(start).wholeMilliseconds)
        }
        state.counted = counted
        let running = executions.compactMap { execution -> RunningExecution? in
            guard !execution.status.isTerminal, let start = execution.startedAt else { return nil }
            return RunningExecution(id: execution.id, flow: execution.flow, startedAt: start)
        }
        return Content(history: state.history, running: running)
    }
}
