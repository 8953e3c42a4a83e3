public import SluiceModel

extension DrainState {
    /// What a look means for the quiet.
    mutating func settle(isFull: Bool, isDisturbed: Bool, begunAt: MonotonicTime, at now: Moment) {
        guard gate.isClosed, inFlight.isZero, look?.gaps.isEmpty == true, !isDisturbed,
            left == counts.atGate
        else {
            quiet = nil
            return
        }
        // Some may be asking at their gate step: that is no quiet, and no work either. The next look tells.
        guard counts.atGate == 0 else { return }
        guard var quiet else {
            self.quiet = Quiet(since: now, lookCount: 1, lookedAt: now.monotonic)
            return
        }
        // Whether it had settled before this look began.
        let wasSettled = isSettled(quiet, at: begunAt)
        // One that was hurried tells nothing that the one before did not.
        if begunAt.since(quiet.lookedAt) >= policy.lookInterval {
            quiet.lookCount += 1
            quiet.lookedAt = now.monotonic
        }
        if isFull, wasSettled { quiet.isConfirmed = true }
        self.quiet = quiet
    }

    func isSettled(_ quiet: Quiet, at now: MonotonicTime) -> Bool {
        quiet.lookCount >= policy.quietLookCount && now.since(quiet.since.monotonic) >= policy.settle
    }

    /// Why it is not dry now; empty: it is. What a person must do comes first.
    public func obstacles(at now: Moment) -> [DrainObstacle] {
        var found: [DrainObstacle] = []
        if !gate.isClosed { found.append(.gate(gate)) }
        if let trouble { found.append(.unreadable(trouble.cause, since: trouble.since)) }
        guard let look else { return found + [.notLookedYet] }
        let age = now.monotonic.since(look.endedAt.monotonic)
        if age > policy.staleAfter { found.append(.stale(age)) }
        if !look.gaps.isEmpty { found.append(.incomplete(look.gaps)) }
        if counts.running + counts.unknown > 0 { found.append(.running(counts.running + counts.unknown)) }
        if counts.waitsForHold > 0 { found.append(.waitsForHold(counts.waitsForHold)) }
        if counts.paused > 0 { found.append(.paused(counts.paused)) }
        if counts.parked > 0, policy.parkedBlocks { found.append(.parked(counts.parked)) }
        if counts.atGate > 0 { found.append(.atGate(counts.atGate)) }
        if !inFlight.isZero { found.append(.inFlight(inFlight)) }
        guard let quiet, isSettled(quiet, at: now.monotonic) else {
            let since = quiet?.since.monotonic ?? now.monotonic
            let left = max(.zero, policy.settle - now.monotonic.since(since))
            found.append(.settling(left: left, lookCount: quiet?.lookCount ?? 0, of: policy.quietLookCount))
            return found
        }
        if !quiet.isConfirmed { found.append(.unconfirmed) }
        return found
    }

    /// Whether nothing that was admitted is still running: safe to stop, as far as this system is concerned.
    public func isDry(at now: Moment) -> Bool { obstacles(at: now).isEmpty }

    public func status(at now: Moment) -> DrainStatus {
        DrainStatus(
            system: system, at: now.wall, obstacles: obstacles(at: now), counts: counts, left: left,
            quietSince: quiet?.since.wall, quietLookCount: quiet?.lookCount ?? 0, inFlight: inFlight,
            lookedAt: look?.endedAt.wall, sweptAt: sweptAt?.wall, notes: look?.notes ?? [])
    }

    /// Those it waits for, the longest-running first; those without a start by when they were first seen.
    public func blockers(limit: Int, at now: Moment) -> [DrainEntry] {
        let waited = entries.filter { entry in
            entry.blocks(entry.standing(at: now.monotonic), parkedBlocks: policy.parkedBlocks)
        }
        return Array(
            waited.sorted {
                let starts = ($0.item.startedAt ?? $0.firstSeenAt.wall, $1.item.startedAt ?? $1.firstSeenAt.wall)
                return (starts.0, $0.item.id) < (starts.1, $1.item.id)
            }.prefix(max(0, limit)))
    }
}
