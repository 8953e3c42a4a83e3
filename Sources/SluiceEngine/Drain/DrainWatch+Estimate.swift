import CoreMetrics
import Logging
import Metrics
import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts
import Synchronization

extension DrainWatch {
    /// Takes what ended as past durations.
    ///
    /// Of CSA's things nobody tells when they began, so it counts from when they were first seen: of a chain of
    /// transitions the whole, with the gaps between them.
    func learn(from sight: DrainSight) {
        let now = clocks.now().wall
        let machine = state.withLock { $0.drain?.states[sight.system] }
        for end in sight.ended {
            let entry = end.milliseconds == nil ? machine?.entry(end.id) : nil
            guard let flow = end.flow ?? entry?.item.flow else { continue }
            var milliseconds = end.milliseconds
            if sight.system == .csa, let entry {
                milliseconds = now.since(entry.item.startedAt ?? entry.firstSeenAt.wall).wholeMilliseconds
            }
            guard let milliseconds else { continue }
            history.withLock { $0.add(flow, milliseconds: milliseconds) }
        }
    }

    /// Estimates anew when it ends, from what runs now, and keeps the blockers ready.
    func estimate(_ generation: Int) {
        let now = clocks.now()
        guard let drain = state.withLock({ $0.generation == generation ? $0.drain : nil }) else { return }
        var running: [RunningExecution] = []
        var personCount = 0
        var blockers: [DrainSystem: [DrainBlocker]] = [:]
        var eta: DrainETA?
        var isLookedAt = true
        history.withLock { history in
            for system in drain.order.systems {
                guard let machine = drain.states[system] else { continue }
                if machine.status(at: now).lookedAt == nil { isLookedAt = false }
                let load = Self.load(of: machine, at: now.monotonic)
                running += load.running
                personCount += load.personCount
                blockers[system] = machine.blockers(limit: DrainWatchLimits.blockerCountMax, at: now).map { entry in
                    blocker(entry, system, now, &history)
                }
            }
            let estimate = DrainEstimate(of: running, at: now.wall, history: &history)
            eta = DrainETA(
                at: now.wall, p50: estimate.end(withChance: 0.5), p90: estimate.end(withChance: 0.9),
                runningCount: running.count, waitingForPersonCount: personCount, assumedFlows: estimate.assumedFlows)
        }
        guard isLookedAt, let eta else { return }
        let lefts = state.withLock { state -> [(DrainSystem, Int)]? in
            guard state.generation == generation, state.drain != nil else { return nil }
            state.drain?.blockers = blockers
            state.drain?.eta = eta
            state.drain?.restedAt = eta.runningCount > 0 ? nil : drain.restedAt ?? now.wall
            if eta.runningCount > 0, isPredictionDue(drain, at: now.monotonic) {
                state.drain?.predictedAt = now.monotonic
                state.drain?.predictions.append(
                    DrainPrediction(madeAt: now.wall, p50: eta.p50, p90: eta.p90, runningCount: eta.runningCount))
                let kept = DrainOutcome(
                    predictions: state.drain?.predictions ?? [], endedAt: now.wall, isNatural: true)
                state.drain?.predictions = kept.predictions
            }
            return drain.order.systems.map { ($0, drain.states[$0]?.left ?? 0) }
        }
        guard let lefts else { return }
        metrics.record(lefts, eta)
    }

    /// What of a drain's entries ends by itself, and how many end only when a person does something.
    static func load(
        of machine: DrainState, at now: MonotonicTime
    ) -> (running: [RunningExecution], personCount: Int) {
        var running: [RunningExecution] = []
        var personCount = 0
        for entry in machine.entries where entry.waiver == nil && !entry.item.isExempt {
            switch entry.standing(at: now) {
            case .running, .unknown, .atGate: running.append(entry.running)
            case .paused, .parked, .waitsForHold: personCount += 1
            case .heldAtGate, .dueLater, .needsPerson, .ended: break
            }
        }
        return (running, personCount)
    }

    private func isPredictionDue(_ drain: Drain, at now: MonotonicTime) -> Bool {
        guard !drain.isJudged else { return false }
        return drain.predictedAt.map { now.since($0) >= configuration.predictionInterval } ?? true
    }

    func blocker(
        _ entry: DrainEntry, _ system: DrainSystem, _ now: Moment, _ history: inout DurationHistory
    ) -> DrainBlocker {
        let plain = Blocker(entry.running, at: now.wall, history: &history)
        let isSlow = plain.typicalMilliseconds == nil ? nil : plain.isSlow
        return DrainBlocker(
            system: system, entry: entry, elapsedMilliseconds: plain.runningMilliseconds,
            typicalMilliseconds: plain.typicalMilliseconds, chanceOfLonger: plain.chanceOfLonger,
            pace: entry.pace(isSlow: isSlow, at: now, policy: configuration.policy))
    }

    /// Once it is dry, what was said of its end is compared with when that was.
    func judge() async {
        let now = clocks.now()
        let outcome = state.withLock { state -> DrainOutcome? in
            guard let drain = state.drain, !drain.isJudged else { return nil }
            let statuses = drain.order.systems.compactMap { drain.states[$0]?.status(at: now) }
            guard !statuses.isEmpty, statuses.allSatisfy(\.isDry) else { return nil }
            state.drain?.isJudged = true
            let end = drain.restedAt ?? statuses.compactMap(\.quietSince).max() ?? now.wall
            let outcome = DrainOutcome(predictions: drain.predictions, endedAt: end, isNatural: !drain.isCut)
            state.add(outcome)
            return outcome
        }
        guard let outcome else { return }
        logger.notice("dry: nothing is running any more", metadata: ["outcome": "\(outcome.line)"])
        await keepOutcomes()
    }
}

extension DrainEntry {
    /// As the forecast takes it.
    fileprivate var running: RunningExecution {
        RunningExecution(
            id: ExecutionID(item.id.text), flow: item.flow, startedAt: item.startedAt ?? firstSeenAt.wall)
    }
}

/// What a drain is measured by.
struct DrainMetrics: Sendable {
    private let factory: any MetricsFactory
    private let eta: (p50: Gauge, p90: Gauge)

    init(factory: any MetricsFactory) {
        self.factory = factory
        let label = "sluice_drain_eta_seconds"
        eta = (
            Gauge(label: label, dimensions: [("quantile", "0.5")], factory: factory),
            Gauge(label: label, dimensions: [("quantile", "0.9")], factory: factory)
        )
    }

    /// Infinite: open-ended.
    func record(_ lefts: [(DrainSystem, Int)], _ found: DrainETA) {
        for (system, left) in lefts { running(system).record(left) }
        for (gauge, end) in [(eta.p50, found.p50), (eta.p90, found.p90)] {
            gauge.record(end.map { Double(max(0, $0.since(found.at).wholeMilliseconds)) / 1000 } ?? .infinity)
        }
    }

    /// No drain is watched.
    func rest(_ systems: [DrainSystem]) {
        for system in systems { running(system).record(0) }
        eta.p50.record(0)
        eta.p90.record(0)
    }

    private func running(_ system: DrainSystem) -> Gauge {
        Gauge(label: "sluice_drain_running", dimensions: [("system", system.rawValue)], factory: factory)
    }
}
