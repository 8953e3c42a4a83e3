import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts

/// What a look before the start tells of the drain.
enum DrainPreflightLimits {
    /// How long it may take; whatever is not read by then is not told.
    static let timeout: Duration = .seconds(60)
    /// Long runners that are named one by one, and in the line of all that runs.
    static let slowCountMax = 10
    static let longestCountMax = 5
    /// What runs so long is told although nobody knows how long its like take.
    static let unknownLongMilliseconds: Int64 = 3_600_000
    /// A start so soon is one of now.
    static let soon: Duration = .seconds(60)
}

/// Before the start: what runs long and what ends only when a person acts, as warnings; what runs at all, what will be
/// held and how long the drain will take, as notes (requirement R17; csa-api.md section 11, step 2).
extension DrainWorker {
    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        let timeout = DrainPreflightLimits.timeout
        let found = await withTaskGroup(of: [PreflightFinding]?.self) { group in
            group.addTask { await findings(plan) }
            group.addTask { [clocks] in
                try? await clocks.sleep(until: clocks.now().monotonic.advanced(by: timeout))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        return found ?? [
            PreflightFinding(
                .warning, "drain-unknown", plan.systems.includesOO ? .ooDrain : .csaDrain,
                "what runs now was not read within \(timeout.components.seconds) s",
                remedy: "start it all the same: the drain names what it waits for")
        ]
    }

    private func findings(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        let systems: [DrainSystem] = plan.systems.includesCSA ? [.central, .csa] : [.central]
        let scopes =
            plan.systems.includesOO
            ? plan.scope.map { [$0] } ?? [] : MaintenanceGate.csaSources.map { Scope.source($0) }
        let preview = await drains.preview(of: systems.filter(drains.systems.contains), scopes: scopes)
        var findings = preview.troubles.map { trouble in
            PreflightFinding(
                .warning, "drain-unreadable", part(trouble.system), "what runs now cannot be read: \(trouble.cause)",
                remedy: "put it right: nothing is dry while it cannot be read")
        }
        findings += preview.sights.flatMap { self.findings($0) }
        let now = clocks.now().wall
        let start = max(plan.startsAt ?? now, now)
        let isNow = start.since(now) <= DrainPreflightLimits.soon
        if isNow, let eta = preview.eta {
            findings += drainTime(
                plan, from: eta.at, p50: eta.p50, p90: eta.p90, runningCount: eta.runningCount,
                assumedCount: eta.assumedFlows.count)
        }
        guard plan.systems.includesOO, start < plan.expectedEnd else { return findings }
        let answer = await forecasts.forecast(
            window: start..<plan.expectedEnd, closing: .init(mode: .hold, scope: plan.scope, freezes: true))
        if !isNow {
            let drain = answer.result.drain
            findings += drainTime(
                plan, from: start, p50: drain.end(withChance: 0.5), p90: drain.end(withChance: 0.9),
                runningCount: Int(drain.expectedRunningCount.rounded(.up)), assumedCount: drain.assumedFlows.count)
        }
        return findings + holds(answer)
    }

    private func part(_ system: DrainSystem) -> MaintenancePart { system == .csa ? .csaDrain : .ooDrain }

    // MARK: What runs now

    private func findings(_ sight: DrainPreview.Sight) -> [PreflightFinding] {
        let part = part(sight.system)
        var findings: [PreflightFinding] = []
        let slow = sight.blockers.filter(isLong)
        findings += slow.prefix(DrainPreflightLimits.slowCountMax).map { blocker in
            let told = self.blocker(blocker, part)
            return PreflightFinding(.warning, "drain-slow", part, "\(told.name): \(told.text)", remedy: told.remedy)
        }
        let more = slow.count - DrainPreflightLimits.slowCountMax
        if more > 0 {
            findings.append(
                PreflightFinding(
                    .warning, "drain-slow-more", part, "\(more) more run longer than they should",
                    remedy: "look at them in \(name(sight.system)), or choose another time"))
        }
        if sight.counts.paused > 0 {
            findings.append(
                PreflightFinding(
                    .warning, "drain-paused", part,
                    "\(sight.counts.paused) are paused in \(name(sight.system)) and end only when a person acts: "
                        + Self.words(sight.counts.pausedByReason),
                    remedy: "resume or cancel them there; each blocks the drain until it is waived"))
        }
        let held = sight.counts.parked + sight.counts.waitsForHold
        if held > 0 {
            findings.append(
                PreflightFinding(
                    .warning, "drain-waits-for-holds", part,
                    "\(held) in \(name(sight.system)) wait for launches that are held already",
                    remedy: "release or discard those holds; each blocks the drain until it is waived"))
        }
        for gap in sight.gaps {
            findings.append(
                PreflightFinding(
                    .warning, "drain-incomplete", part, "what runs now is not all known: \(gap)",
                    remedy: "put it right: nothing is dry while it is so"))
        }
        if !sight.resting.isEmpty {
            findings.append(
                PreflightFinding(
                    .note, "at-rest", part,
                    "at rest in \(name(sight.system)) until a person acts, and not waited for: "
                        + Self.words(sight.resting)))
        }
        findings.append(PreflightFinding(.note, "drain-running", part, running(sight)))
        return findings
    }

    /// Longer than nine in ten of its like, stuck, or for an hour where nothing is known of them. What a person has to
    /// end is told apart.
    private func isLong(_ blocker: DrainBlocker) -> Bool {
        switch blocker.item.standing {
        case .paused, .parked, .waitsForHold: return false
        default: break
        }
        if blocker.pace != .steady { return true }
        return blocker.typicalMilliseconds == nil
            && blocker.elapsedMilliseconds >= DrainPreflightLimits.unknownLongMilliseconds
    }

    private func running(_ sight: DrainPreview.Sight) -> String {
        let counts = sight.counts
        let count = counts.running + counts.unknown + counts.atGate
        let named = sight.blockers.filter { if case .running = $0.item.standing { true } else { false } }
            .prefix(DrainPreflightLimits.longestCountMax).map { blocker in
                let told = self.blocker(blocker, part(sight.system))
                return "\(told.name) (\(told.text))"
            }
        let text = "\(count) would have to end in \(name(sight.system)) if it started now"
        return named.isEmpty ? text : "\(text), the longest: \(named.joined(separator: "; "))"
    }

    private func name(_ system: DrainSystem) -> String { system == .csa ? "CSA" : "Central" }

    private static func words(_ counts: [DrainCounts.PausedCount]) -> String {
        counts.map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
    }

    // MARK: What will be

    /// A drain that will likely not be over in time is a warning where past durations say so.
    private func drainTime(
        _ plan: MaintenancePlan, from start: Timestamp, p50: Timestamp?, p90: Timestamp?, runningCount: Int,
        assumedCount: Int
    ) -> [PreflightFinding] {
        let part: MaintenancePart = plan.systems.includesOO ? .ooDrain : .csaDrain
        func word(_ end: Timestamp?) -> String {
            end.map { "by \($0) (\(DrainWords.duration(max(0, $0.since(start).wholeMilliseconds))))" }
                ?? "after more than a month"
        }
        let settle = drains.configuration.policy.settle
        var text =
            "a drain from \(start) on, of \(runningCount) running, ends \(word(p50)) in half of the cases and "
            + "\(word(p90)) in nine of ten, \(DrainWords.duration(settle.wholeMilliseconds)) of quiet on top"
        if assumedCount > 0 { text += "; of \(assumedCount) flows no past durations are known, and some were assumed" }
        let deadline = plan.drainSeconds.map { start.advanced(by: .seconds($0)) } ?? plan.expectedEnd
        let end = p90?.advanced(by: settle)
        guard runningCount > 0, assumedCount == 0, end.map({ $0 > deadline }) ?? true else {
            return [PreflightFinding(.note, "drain-time", part, text)]
        }
        let limit = plan.drainSeconds == nil ? "the maintenance should be over" : "its deadline is"
        return [
            PreflightFinding(
                .warning, "drain-too-long", part, "\(text); \(limit) at \(deadline)",
                remedy: "choose another time (sluice schedule quiet), or allow it more")
        ]
    }

    /// What schedules would launch meanwhile, and what becomes of it.
    private func holds(_ answer: ForecastDesk.Answer<Forecast>) -> [PreflightFinding] {
        let (forecast, counts) = (answer.result, answer.result.countsInWindow)
        var findings: [PreflightFinding] = []
        if counts.notReplayable > 0 {
            findings.append(
                PreflightFinding(
                    .warning, "forecast-not-replayable", .schedules,
                    "\(counts.notReplayable) launches of schedules are left to Central's own catch-up, for it does not "
                        + "echo their secrets",
                    remedy: "see which (sluice schedule forecast), and whether they may be missed"))
        }
        if forecast.unsafeCount > 0 {
            findings.append(
                PreflightFinding(
                    .warning, "forecast-unsafe", .schedules,
                    "\(forecast.unsafeCount) schedules that are unsafe to miss fire before the expected end",
                    remedy: "choose another time (sluice schedule quiet), or let them through by an allow rule"))
        }
        findings += answer.troubles.map { trouble in
            PreflightFinding(.note, "forecast-incomplete", .schedules, "the forecast does not know all: \(trouble)")
        }
        findings.append(
            PreflightFinding(
                .note, "forecast-holds", .schedules,
                "until the expected end schedules fire \(counts.total)\(forecast.isCut ? " times or more" : " times"): "
                    + "\(counts.held) are held, \(counts.released) of them launched afterwards and \(counts.dropped) "
                    + "dropped by their misfire policy; \(counts.runs) run all the same"))
        return findings
    }
}
