public import ServiceLifecycle
public import SluiceForecast
import SluiceModel
import SluicePorts
import Synchronization

/// How long executions took and which run now, from Central's list of executions.
///
/// It is read at the start, every `EngineLimits.durationReadInterval` and when a forecast needs it: Central itself is
/// the memory that survives a restart, and a table beside it would only have what Central has purged since.
public final class DurationLibrary: Service {
    /// What was read.
    public struct Content: Sendable {
        public var history: DurationHistory
        /// Executions that run now; nil when that is not known.
        public var running: [RunningExecution]?
        /// What is not known, in sentences.
        public var troubles: [String] = []
    }

    private struct State {
        var content: Content?
        var readAt: MonotonicTime?
        /// Grows with every reading: what Central's newest pages no longer show stays known.
        var history = DurationHistory()
        /// Executions of the last reading whose durations are in it.
        var counted: Set<ExecutionID> = []
        /// What ran at the last reading, by start and id.
        var running: [RunningExecution] = []
    }

    private let state = Mutex(State())
    private let central: (any CentralClient)?
    private let clocks: any Clocks
    private let pageSize: Int
    private let pause: CentralPause

    init(central: (any CentralClient)?, clocks: any Clocks, pageSize: Int, pause: CentralPause) {
        self.central = central
        self.clocks = clocks
        self.pageSize = pageSize
        self.pause = pause
    }

    /// Reads now and then, so that what runs long is known before Central's newest pages no longer show it.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                _ = await content()
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.durationReadInterval))
            }
        }
    }

    /// The newest executions, at most `EngineLimits.historyPageCountMax` pages of them, and what ran before; read anew
    /// when that is older than `EngineLimits.forecastCacheDuration`.
    public func content() async -> Content {
        let now = clocks.now()
        let (known, readAt, ran) = state.withLock { ($0.content, $0.readAt, $0.running) }
        if let known, let readAt, now.monotonic.since(readAt) < EngineLimits.forecastCacheDuration { return known }
        guard let central else {
            return Content(
                history: DurationHistory(),
                troubles: ["no Central is configured: no past durations, and what runs now is unknown"])
        }
        do {
            let listing = try await pause.read { try await list(central, ran) }
            return state.withLock { state in
                let content = Self.content(listing, at: now.wall, &state)
                state.content = content
                state.readAt = now.monotonic
                return content
            }
        } catch {
            let history = state.withLock { $0.history }
            return Content(history: history, troubles: ["Central's executions cannot be read: \(error)"])
        }
    }

    /// What Central told.
    private struct Listing {
        /// Newest first, each once.
        var executions: [ExecutionSummary] = []
        /// When the oldest on the newest pages began, if there are more pages.
        var cutAt: Timestamp?
    }

    /// The newest executions, and those that ran before and are not among them.
    private func list(_ central: any CentralClient, _ ran: [RunningExecution]) async throws -> Listing {
        var listing = Listing()
        var ids: Set<ExecutionID> = []
        for page in 1...EngineLimits.historyPageCountMax {
            let listed = try await central.executions(page: page, pageSize: pageSize)
            // The list moves while it is read: what started meanwhile pushes others to the next page.
            for execution in listed where ids.insert(execution.id).inserted { listing.executions.append(execution) }
            if listed.count < pageSize { break }
            if page == EngineLimits.historyPageCountMax { listing.cutAt = listed.compactMap(\.startedAt).min() }
        }
        var rest = ran.map(\.id).filter { !ids.contains($0) }[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(CentralLimits.idsPerCallMax))
            rest = rest.dropFirst(some.count)
            for execution in try await central.summaries(of: some) where ids.insert(execution.id).inserted {
                listing.executions.append(execution)
            }
        }
        return listing
    }

    private static func content(_ listing: Listing, at now: Timestamp, _ state: inout State) -> Content {
        var counted: Set<ExecutionID> = []
        // Newest first in the list, newest last in the history.
        for execution in listing.executions.reversed() where execution.status == .completed {
            counted.insert(execution.id)
            guard !state.counted.contains(execution.id), let flow = execution.flow, let start = execution.startedAt,
                let end = execution.endedAt
            else { continue }
            state.history.add(flow, milliseconds: end.since(start).wholeMilliseconds)
        }
        state.counted = counted
        let running = listing.executions.compactMap { execution -> RunningExecution? in
            guard !execution.status.isTerminal, let start = execution.startedAt else { return nil }
            return RunningExecution(id: execution.id, flow: execution.flow, startedAt: start)
        }
        // The longest are the ones that Central's newest pages lose first.
        state.running = Array(
            running.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
                .prefix(EngineLimits.followedExecutionCountMax))
        var content = Content(history: state.history, running: running)
        if let cutAt = listing.cutAt, now.since(cutAt) < .seconds(ForecastLimits.runningSecondsMax) {
            content.troubles.append(
                "Central has more executions than its newest \(listing.executions.count): of those begun before "
                    + "\(cutAt) only what was seen running is counted, so the number running is a lower bound")
        }
        return content
    }
}
