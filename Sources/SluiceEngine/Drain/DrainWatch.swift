import CoreMetrics
import Logging
import Metrics
public import ServiceLifecycle
import SluiceCore
import SluiceForecast
public import SluiceModel
import SluicePorts
import Synchronization

/// Watches drains: looks at each system at its pace, drives a `DrainState` of each, and tells what comes of it.
///
/// It ends nothing and changes nothing: whoever runs the maintenance begins it, waives, and reads whether it is dry. A
/// drain that is begun again after a restart settles anew.
public final class DrainWatch: Service {
    /// What it needs to know of the gate; see `Engine.make`.
    struct Gate: Sendable {
        /// The gate on record; nil: this replica may not know it as it is.
        var record: @Sendable () -> GateRecord?
        /// Returns whether no replica can still say `proceed` on what was closed up to this record.
        var acknowledge: @Sendable (GateRecord) async -> Bool
        var inFlight: @Sendable () async -> DrainInFlight
    }

    struct Drain: Sendable {
        var order: DrainOrder
        var begunAt: Timestamp
        var states: [DrainSystem: DrainState]
        var lookDueAt: [DrainSystem: MonotonicTime]
        var blockers: [DrainSystem: [DrainBlocker]] = [:]
        var eta: DrainETA?
        var predictions: [DrainPrediction] = []
        var predictedAt: MonotonicTime?
        /// Since when nothing runs that ends by itself; nil: something does.
        var restedAt: Timestamp?
        /// Whether something that ran was waived, so that the drain's own end is not known.
        var isCut = false
        /// Whether its end was told to the calibration.
        var isJudged = false
    }

    struct State {
        var drain: Drain?
        /// Tells the looks of one drain from those of the one before.
        var generation = 0
        var acknowledgedEpoch: Epoch?
        var calibration = DrainCalibration()
        /// Of drains that were over here, since the calibration was last read; the newest last.
        var own: [DrainOutcome] = []
        /// Of those, what is to be kept yet.
        var unkept: [DrainOutcome] = []
        var listeners: [Int: AsyncStream<DrainNews>.Continuation] = [:]
        var nextListener = 0
    }

    let state: Mutex<State>
    /// Past durations; apart, so that nobody waits while an estimate is made.
    let history = Mutex(DurationHistory())
    let sources: [any DrainSource]
    let durations: DurationLibrary?
    private let gate: Gate
    let configuration: DrainConfiguration
    let clocks: any Clocks
    let logger: Logger
    let metrics: DrainMetrics
    let memory: Memory

    /// Where outcomes of drains are kept beyond this process.
    struct Memory: Sendable {
        /// The newest on record, the oldest of them first.
        var read: @Sendable () async throws -> [DrainOutcome]
        /// Told of each drain that is over.
        var keep: @Sendable (DrainOutcome) async -> Void
    }

    init(
        sources: [any DrainSource], durations: DurationLibrary?, gate: Gate, configuration: DrainConfiguration,
        memory: Memory, clocks: any Clocks, logger: Logger, metricsFactory: any MetricsFactory
    ) {
        self.sources = sources.sorted { $0.system.rawValue < $1.system.rawValue }
        self.durations = durations
        self.gate = gate
        self.configuration = configuration
        self.clocks = clocks
        self.logger = logger
        self.memory = memory
        metrics = DrainMetrics(factory: metricsFactory)
        state = Mutex(State())
    }

    // MARK: Orders

    /// The systems that can be looked at.
    public var systems: [DrainSystem] { sources.map(\.system) }

    /// Begins a drain; the one before is given up, unless it is the same.
    /// - Returns: false when one of its systems cannot be looked at.
    @discardableResult
    public func begin(_ order: DrainOrder) -> Bool {
        guard !order.systems.isEmpty, order.systems.allSatisfy({ systems.contains($0) }) else { return false }
        let now = clocks.now()
        let (isNew, outcome) = state.withLock { state -> (Bool, DrainOutcome?) in
            guard state.drain?.order.id != order.id else { return (false, nil) }
            let outcome = DrainWatch.abandoned(&state, at: now.wall)
            var drain = Drain(order: order, begunAt: now.wall, states: [:], lookDueAt: [:])
            for system in order.systems {
                let waivers = order.waivers
                drain.states[system] = DrainState(system: system, policy: configuration.policy, waivers: waivers)
                drain.lookDueAt[system] = now.monotonic
            }
            drain.isCut = !order.waivers.isEmpty
            state.drain = drain
            state.generation += 1
            return (true, outcome)
        }
        if isNew { logger.notice("a drain begins", metadata: ["drain": "\(order.id)"]) }
        if let outcome { logger.info("the drain before was given up", metadata: ["outcome": "\(outcome.line)"]) }
        return true
    }

    /// Stops watching a drain; another one is left alone.
    public func end(_ id: String) { stop(id, isGivenUp: true) }

    /// The same for one that another replica goes on with: what became of its estimates is told there.
    public func leave(_ id: String) { stop(id, isGivenUp: false) }

    private func stop(_ id: String, isGivenUp: Bool) {
        let now = clocks.now()
        let isEnded = state.withLock { state in
            guard state.drain?.order.id == id else { return false }
            if isGivenUp { _ = DrainWatch.abandoned(&state, at: now.wall) }
            state.drain = nil
            state.generation += 1
            return true
        }
        if isEnded { metrics.rest(systems) }
    }

    /// A drain that is given up says as much as one that was waived: it was not over by now.
    private static func abandoned(_ state: inout State, at now: Timestamp) -> DrainOutcome? {
        guard let drain = state.drain, !drain.isJudged, !drain.predictions.isEmpty else { return nil }
        let outcome = DrainOutcome(predictions: drain.predictions, endedAt: now, isNatural: false)
        state.add(outcome)
        return outcome
    }

    /// Looks at once: an operator waits.
    public func hurry() {
        let now = clocks.now().monotonic
        state.withLock { state in
            guard let systems = state.drain?.order.systems else { return }
            for system in systems { state.drain?.lookDueAt[system] = now }
        }
    }

    // MARK: Running

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in try? await cancelWhenGracefulShutdown { [self] in try await watchGate() } }
            for source in sources {
                group.addTask { [self] in
                    try? await cancelWhenGracefulShutdown { [self] in try await watch(source) }
                }
            }
            await group.waitForAll()
        }
    }

    /// Every second: the gate, what is in flight, and the time.
    private func watchGate() async throws {
        await readCalibration()
        while !Task.isCancelled {
            await keepOutcomes()
            await lookAtGate()
            try await clocks.sleep(until: clocks.now().monotonic.advanced(by: DrainWatchLimits.tickInterval))
        }
    }

    private func lookAtGate() async {
        guard
            let (order, acknowledged) = state.withLock({ state in
                state.drain.map { ($0.order, state.acknowledgedEpoch) }
            })
        else { return }
        var standing = DrainGate.unknown("this replica has no lease, so another may have opened it")
        if let record = gate.record() {
            if let opening = DrainGate.opening(of: record, for: order.scopes) {
                standing = .open(opening)
            } else if acknowledged == record.closedEpoch {
                standing = .closed(record.closedEpoch)
            } else {
                standing = .closing(record.closedEpoch)
                handle(.gate(standing), in: order.id)
                if await gate.acknowledge(record), !Task.isCancelled {
                    state.withLock { $0.acknowledgedEpoch = record.closedEpoch }
                    // Whether it is still so, the next second tells.
                    if gate.record() == record { standing = .closed(record.closedEpoch) }
                }
            }
        }
        handle(.gate(standing), in: order.id)
        handle(.inFlight(await inFlight(for: order)), in: order.id)
        handle(.ticked, in: order.id)
        await judge()
    }

    /// What was let through and has not appeared yet is Central's: CSA's own instance runs until its flow has answered.
    /// Beside a drain of CSA alone OO is open, and there is always something in flight.
    private func inFlight(for order: DrainOrder) async -> DrainInFlight {
        let isOfCSA = order.scopes.contains { MaintenanceGate.isOfCSA($0) }
        return order.systems.contains(.central) && !isOfCSA ? await gate.inFlight() : DrainInFlight()
    }

    private func watch(_ source: any DrainSource) async throws {
        var generation = -1
        while !Task.isCancelled {
            let now = clocks.now()
            let due = state.withLock { state -> (drain: Drain, generation: Int)? in
                guard let drain = state.drain, let at = drain.lookDueAt[source.system], at <= now.monotonic else {
                    return nil
                }
                return (drain, state.generation)
            }
            if let due {
                if due.generation != generation {
                    generation = due.generation
                    source.reset(for: due.drain.order.scopes)
                    await readHistory()
                }
                await look(source, due.drain, generation)
            }
            try await clocks.sleep(until: clocks.now().monotonic.advanced(by: DrainWatchLimits.tickInterval))
        }
    }

    /// Past durations are read once a drain: what ends in it is added as it ends. So is the calibration: another
    /// replica may have led the drains before.
    private func readHistory() async {
        await readCalibration()
        guard let durations else { return }
        let content = await durations.content()
        history.withLock { $0 = content.history }
    }

    private func look(_ source: any DrainSource, _ drain: Drain, _ generation: Int) async {
        let system = source.system
        guard let depth = drain.states[system]?.depth(at: clocks.now()) else { return }
        // What is in flight is asked for before each look: it may appear in it.
        handle(.inFlight(await inFlight(for: drain.order)), in: drain.order.id)
        let begunAt = clocks.now()
        var event: DrainEvent
        do {
            let sight = try await source.look(depth)
            learn(from: sight)
            event = .looked(sight, begunAt: begunAt.monotonic)
        } catch is CancellationError {
            return
        } catch {
            event = .lookFailed("\(error)")
        }
        guard state.withLock({ $0.generation == generation }) else { return }
        if case .looked(let sight, _) = event, sight.system != system {
            event = .lookFailed("a look at \(system) told of \(sight.system)")
        }
        handle(event, in: drain.order.id, of: system)
        let next = clocks.now().monotonic.advanced(by: configuration.policy.lookInterval)
        state.withLock { state in
            guard state.generation == generation else { return }
            state.drain?.lookDueAt[system] = next
        }
        estimate(generation)
        await judge()
    }

    /// Steps the machines of one drain, all of them or the one that an event is of, and tells what is news.
    /// - Parameter only: Of which system it is; nil: of all.
    func handle(_ event: DrainEvent, in id: String, of only: DrainSystem? = nil) {
        let now = clocks.now()
        let news = state.withLock { state -> [DrainNews] in
            guard var drain = state.drain, drain.order.id == id else { return [] }
            state.drain = nil
            var news: [DrainNews] = []
            for system in drain.order.systems where only == nil || only == system {
                guard var machine = drain.states[system] else { continue }
                drain.states[system] = nil
                let changes = machine.step(event, at: now)
                drain.states[system] = machine
                news += DrainWatch.news(changes, drain, system, at: now.wall)
            }
            state.drain = drain
            return news
        }
        tell(news)
    }
}
