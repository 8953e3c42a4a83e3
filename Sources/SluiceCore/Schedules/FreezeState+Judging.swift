public import SluiceModel

/// Comparing what is listed with what is on record.
extension FreezeState {
    /// Why a thaw leaves a frozen schedule as it is seen now; nil when it would enable it.
    public static func conflict(of entry: JournalEntry, _ sight: ScheduleSight?) -> String? {
        guard let sight else { return "it was deleted in Central" }
        guard !sight.isEnabled else { return "somebody enabled it in Central before the thaw did" }
        // A content pack that moves the flow is no change of the schedule.
        let changed = JournalField.differences(entry.before, sight.image).filter { $0 != "flowPath" }
        guard !changed.isEmpty else { return nil }
        return "somebody changed its \(changed.joined(separator: ", ")) in Central, so it is left disabled"
    }

    mutating func judge(_ sights: SightTable, at now: Moment) {
        reverts = []
        var nextLook: MonotonicTime?
        func look(at time: MonotonicTime) { nextLook = min(nextLook ?? time, time) }
        let isWholeThaw = order?.state == .reverting
        for entry in entries.list {
            if isWholeThaw, entry.state != .reverting, !entry.isRestore {
                let by = order?.by ?? entry.by
                let cause = order?.cause ?? entry.cause
                outgoing.append(
                    Move(entry: entry.reverting(at: now.wall, by: by, cause: cause), replacing: entry.state))
                continue
            }
            let wait: MonotonicTime? =
                switch entry.state {
                case .reverting: judgeReverting(entry, sights[entry.object], at: now)
                default: judgeFrozen(entry, sights[entry.object], at: now)
                }
            if let wait { look(at: wait) }
        }
        if !isWholeThaw { freezeNew(sights, at: now) }
        if order?.state == .done { look(at: now.monotonic.advanced(by: FreezeLimits.watchInterval)) }
        lookAt = nextLook ?? now.monotonic.advanced(by: FreezeLimits.retryInterval)
    }

    /// Schedules in the selection that are enabled and not on record.
    private mutating func freezeNew(_ sights: SightTable, at now: Moment) {
        guard let order, order.state == .intended || order.state == .done else { return }
        let selection = selection
        var isFirst = true
        for sight in sights.list where sight.isEnabled && entries[sight.id] == nil && !closed.contains(sight.id) {
            guard selection.matches(id: sight.id, flow: sight.flow, path: sight.flowPath) else { continue }
            if isFirst {
                isFirst = false
                passCount += 1
                if passCount > FreezeLimits.passCountMax { return }
            }
            var entry = JournalEntry(
                system: FreezeState.system, object: sight.id.text, title: sight.title, before: sight.image,
                record: sight.record, intended: FreezeState.intended, at: now.wall, by: order.by, cause: order.cause)
            entry.attempt = 1
            outgoing.append(Move(entry: entry, replacing: nil))
        }
    }

    /// - Returns: When to look again, if something must show first.
    private mutating func judgeFrozen(
        _ entry: JournalEntry, _ sight: ScheduleSight?, at now: Moment
    ) -> MonotonicTime? {
        let id = ScheduleID(entry.object)
        guard let sight else {
            conflict(entry, "it was deleted in Central", exists: false, at: now)
            return nil
        }
        guard sight.isEnabled else {
            guard entry.state == .intended else { return nil }
            guard !entry.isRestore else {
                let restored = entry.moved(
                    to: .reverted, at: now.wall, cause: "disabled as in the snapshot, and read back")
                outgoing.append(Move(entry: restored, replacing: .intended))
                return nil
            }
            var done = entry.moved(to: .done, at: now.wall, cause: "disabled, and read back")
            done.doneAt = now.wall
            done.gapFrom = max(entry.at, sight.lastFire ?? entry.at)
            outgoing.append(Move(entry: done, replacing: .intended))
            return nil
        }
        if entry.state == .done {
            conflict(entry, "somebody enabled it in Central after it was disabled", at: now)
            return nil
        }
        if let count = taken[id] {
            // Central said yes, and yet it is enabled: its listing may lag once; twice, a person was there.
            guard count > 0 else {
                taken[id] = 1
                sights = nil
                return now.monotonic.advanced(by: FreezeLimits.retryInterval)
            }
            conflict(entry, "Central disabled it, and somebody enabled it again", at: now)
        } else if entry.attempt < FreezeLimits.attemptCountMax {
            var again = entry
            again.attempt += 1
            again.cause = lastCause[id].map { "sent again: \($0)" } ?? "sent again: it is still enabled"
            outgoing.append(Move(entry: again, replacing: .intended))
        } else {
            let cause = lastCause[id] ?? "it is still enabled"
            conflict(entry, "it could not be disabled in \(entry.attempt) tries: \(cause)", at: now)
        }
        return nil
    }

    /// - Returns: When to look again, if something must show first.
    private mutating func judgeReverting(
        _ entry: JournalEntry, _ sight: ScheduleSight?, at now: Moment
    ) -> MonotonicTime? {
        let id = ScheduleID(entry.object)
        guard let sight else {
            conflict(entry, "it was deleted in Central", exists: false, at: now)
            return nil
        }
        if sight.isEnabled { return judgeEnabled(entry, sight, at: now) }
        if entry.gapTo != nil {
            // Seen enabled, and now disabled: a person's pause, which stays (R31). Its gap is closed as it was.
            settle(entry, .reverted, "enabled again; then somebody disabled it in Central", isOurs: true, at: now)
            return nil
        }
        if let cause = FreezeState.conflict(of: entry, sight) {
            conflict(entry, cause, at: now)
        } else if let count = taken[id], entry.attempt > 0 {
            guard count > 0 else {
                taken[id] = 1
                sights = nil
                return now.monotonic.advanced(by: FreezeLimits.retryInterval)
            }
            conflict(entry, "Central enabled it, and somebody disabled it again", at: now)
        } else if entry.attempt < FreezeLimits.attemptCountMax {
            reverts.append(id)
        } else {
            let cause = lastCause[id] ?? "it is still disabled"
            conflict(entry, "it could not be enabled in \(entry.attempt) tries: \(cause)", at: now)
        }
        return nil
    }

    private mutating func judgeEnabled(
        _ entry: JournalEntry, _ sight: ScheduleSight, at now: Moment
    ) -> MonotonicTime? {
        guard entry.attempt > 0, let sentAt = entry.revertedAt else {
            if entry.doneAt == nil {
                let cause = entry.isRestore ? "it was enabled already" : "it was never disabled"
                let never = entry.moved(to: .reverted, at: now.wall, cause: cause)
                outgoing.append(Move(entry: never, replacing: .reverting))
            } else {
                conflict(entry, "somebody enabled it in Central before the thaw did", at: now)
            }
            return nil
        }
        guard entry.gapTo != nil else {
            var seen = entry
            // A fire since the request tells that it was enabled by then; without one all were missed until Central's
            // next fire, and until the listing was asked for: what came after that may not have been in time for it.
            let hasFired = sight.lastFire.map { $0 > sentAt } ?? false
            let end = sight.nextFire.map { min($0.advanced(by: .milliseconds(-1)), sightsSince) } ?? sightsSince
            seen.gapTo = hasFired ? sentAt : max(sentAt, end)
            seen.uncertainTo = hasFired ? sight.lastFire : nil
            seen.cause = "enabled again, and read back"
            outgoing.append(Move(entry: seen, replacing: .reverting))
            return nil
        }
        let left = sentAt.advanced(by: policy.catchUpWindow).since(now.wall)
        guard left <= .zero || entry.isRestore else { return now.monotonic.advanced(by: left) }
        settle(entry, .reverted, "enabled again", isOurs: true, at: now)
        return nil
    }

    private mutating func conflict(_ entry: JournalEntry, _ cause: String, exists: Bool = true, at now: Moment) {
        settle(entry, .conflict, cause, isOurs: false, exists: exists, at: now)
    }

    private mutating func settle(
        _ entry: JournalEntry, _ state: JournalState, _ cause: String, isOurs: Bool, exists: Bool = true, at now: Moment
    ) {
        settlements.append(
            Settlement(
                entry: entry.moved(to: state, at: now.wall, cause: cause), replacing: entry.state, isOurs: isOurs,
                exists: exists))
    }
}
