import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts

/// What a drain would wait for if it began now.
struct DrainPreview: Sendable {
    /// One system as one whole look shows it.
    struct Sight: Sendable {
        var system: DrainSystem
        var counts: DrainCounts
        /// The longest-running first, at most `DrainWatchLimits.blockerCountMax`.
        var blockers: [DrainBlocker]
        /// What is at rest until a person acts, by the word of its state, in the order of the words.
        var resting: [DrainCounts.PausedCount]
        /// Why it is not all that there is.
        var gaps: [String]
    }

    var sights: [Sight] = []
    /// Which could not be looked at, and why.
    var troubles: [(system: DrainSystem, cause: String)] = []
    /// nil: nothing could be looked at.
    var eta: DrainETA?
}

extension DrainWatch {
    /// Looks at systems once, beside the drain that is watched, and waives nothing.
    /// - Parameter scopes: See `DrainOrder.scopes`.
    func preview(of systems: [DrainSystem], scopes: [Scope]) async -> DrainPreview {
        var preview = DrainPreview()
        var machines: [DrainState] = []
        for system in systems {
            guard let source = sources.first(where: { $0.system == system })?.anew() else { continue }
            source.reset(for: scopes)
            let begunAt = clocks.now().monotonic
            do {
                let sight = try await source.look(.full)
                var machine = DrainState(system: system, policy: configuration.policy)
                _ = machine.step(.looked(sight, begunAt: begunAt), at: clocks.now())
                machines.append(machine)
                preview.sights.append(
                    DrainPreview.Sight(
                        system: system, counts: machine.counts, blockers: [], resting: Self.resting(machine),
                        gaps: sight.gaps))
            } catch {
                preview.troubles.append((system, "\(error)"))
            }
        }
        guard !machines.isEmpty else { return preview }
        var history = await durations?.content().history ?? DurationHistory()
        let now = clocks.now()
        var running: [RunningExecution] = []
        var personCount = 0
        for (index, machine) in machines.enumerated() {
            let load = Self.load(of: machine, at: now.monotonic)
            running += load.running
            personCount += load.personCount
            for entry in machine.blockers(limit: DrainWatchLimits.blockerCountMax, at: now) {
                preview.sights[index].blockers.append(blocker(entry, machine.system, now, &history))
            }
        }
        let estimate = DrainEstimate(of: running, at: now.wall, history: &history)
        preview.eta = DrainETA(
            at: now.wall, p50: estimate.end(withChance: 0.5), p90: estimate.end(withChance: 0.9),
            runningCount: running.count, waitingForPersonCount: personCount, assumedFlows: estimate.assumedFlows)
        return preview
    }

    private static func resting(_ machine: DrainState) -> [DrainCounts.PausedCount] {
        var counts: [DrainCounts.PausedCount] = []
        for entry in machine.entries {
            guard case .needsPerson(let word) = entry.item.standing else { continue }
            if let index = counts.firstIndex(where: { $0.reason == word }) {
                counts[index].count += 1
            } else {
                counts.append(DrainCounts.PausedCount(reason: word, count: 1))
            }
        }
        return counts.sorted { $0.reason < $1.reason }
    }
}
