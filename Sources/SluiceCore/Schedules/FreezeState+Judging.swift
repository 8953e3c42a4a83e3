public import SluiceModel

/// Comparing what is listed with what is on record.
extension FreezeState {
    /// Why a thaw leaves a frozen schedule as it is seen now; nil when it would enable it.
    public static func conflict(of entry: JournalEntry, _ sight: ScheduleSight?) -> String? {
        guard let sight else { return "it was deleted in Central" }
        guard !sight.isEnabled else { return "somebody enabled it in Central before the thaw did" }
        let changed = PersonChange.fields(JournalField.differences(entry.before, sight.image), now: sight.image)
        guard !changed.isEmpty else { return nil }
        return "somebody changed its \(changed.joined(separator: ", ")) in Central, so it is left disabled"
    }

    mutating func judge(_ sights: SightTable, at now: Moment) {
        reverts = []
        var nextLook: MonotonicTime?
        func look(at time: MonotonicTime) { nextLook = min(nextLook ?? time, time) }
        let isWholeThaw = order?.state == .reverting
        for entry in entries.list {
            if entry.isWaived {
                if let wait = judgeWaived(entry, sights[entry.object], at: now) { look(at: wait) }
                continue
            }
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
        // One that fails again and again takes no other's turn.
        reverts = reverts.filter { failures[$0] == nil } + reverts.filter { failures[$0] != nil }
        if !isWholeThaw { freezeNew(sights, at: now) }
        if order?.state == .done { look(at: now.monotonic.advanced(by: FreezeLimits.watchInterval)) }
        // Nothing is enabled on the strength of an old listing.
        if nextLook == nil || !reverts.isEmpty { look(at: now.monotonic.advanced(by: FreezeLimits.lookInterval)) }
        lookAt = nextLook ?? now.monotonic
    }

    /// Schedules in the selection that are enabled and not on record.
    private mutating func freezeNew(_ sights: SightTable, at now: Moment) {
        guard let order, order.state == .intended || order.state == .done else { return }
        let selection = selection
        var isFirst = true
        for sight in sights.list where sight.isEnabled && entries[sight.id] == nil && closed[sight.id] == nil {
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
            if entry.attempt == 1, unsent.contains(id) {
                conflict(entry, "somebody disabled it in Central before the freeze did", at: now)
                return nil
            }
            var done = entry.moved(to: .done, at: now.wall, cause: "disabled, and read back")
            done.doneAt = now.wall
            // Central says its last fire by its own clock.
            let earliest = entry.at.advanced(by: .zero - FreezeLimits.centralClockSkewMax)
            done.gapFrom = sight.lastFire.map { max($0, earliest) } ?? entry.at
            outgoing.append(Move(entry: done, replacing: .intended))
            return nil
        }
        if entry.state == .done {
            conflict(
                entry.seenEnabled(sight, after: max(seenAt, entry.doneAt ?? entry.at), until: sightsSince),
                "somebody enabled it in Central after it was disabled", at: now)
            return nil
        }
        if let count = taken[id] {
            // Central said yes, and yet it is enabled: its listing may lag once; twice, a person was there.
            guard count > 0 else {
                taken[id] = 1
                sights = nil
                return now.monotonic.advanced(by: FreezeLimits.lookInterval)
            }
            conflict(entry, "Central disabled it, and somebody enabled it again", at: now)
        } else if let wait = wait(for: id, at: now) {
            return wait
        } else if unsent.remove(id) != nil {
            switches.append(id)
        } else {
            var again = entry
            again.attempt += 1
            again.cause = failures[id].map { "sent again: \($0.cause)" } ?? "sent again: it is still enabled"
            outgoing.append(Move(entry: again, replacing: .intended))
        }
        return nil
    }

    /// Until when nothing is sent for a schedule; nil when it may be sent now.
    private func wait(for id: ScheduleID, at now: Moment) -> MonotonicTime? {
        let until = max(switchAt, failures[id]?.retryAt ?? switchAt)
        return now.monotonic < until ? until : nil
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
                return now.monotonic.advanced(by: FreezeLimits.lookInterval)
            }
            conflict(entry, "Central enabled it, and somebody disabled it again", at: now)
        } else if let failure = failures[id], now.monotonic < failure.retryAt {
            return failure.retryAt
        } else {
            reverts.append(id)
        }
        return nil
    }

    private mutating func judgeEnabled(
        _ entry: JournalEntry, _ sight: ScheduleSight, at now: Moment
    ) -> MonotonicTime? {
        guard entry.attempt > 0, let sentAt = entry.revertedAt else {
            if entry.doneAt == nil {
                if let late = failures[ScheduleID(entry.object)]?.at.advanced(by: FreezeLimits.lateSwitchDuration),
                    now.monotonic < late, !entry.isRestore
                {
                    // The answer to its disabling was lost: Central may disable it yet.
                    return min(late, now.monotonic.advanced(by: FreezeLimits.lookInterval))
                }
                let cause = entry.isRestore ? "it was enabled already" : "it was never disabled"
                let never = entry.moved(to: .reverted, at: now.wall, cause: cause)
                outgoing.append(Move(entry: never, replacing: .reverting))
            } else {
                conflict(
                    entry.seenEnabled(sight, after: max(seenAt, entry.doneAt ?? entry.at), until: sightsSince),
                    "somebody enabled it in Central before the thaw did", at: now)
            }
            return nil
        }
        guard entry.gapTo != nil else {
            var seen = entry.seenEnabled(sight, after: sentAt, until: sightsSince)
            seen.cause = "enabled again, and read back"
            outgoing.append(Move(entry: seen, replacing: .reverting))
            return nil
        }
        let left = sentAt.advanced(by: policy.catchUpWindow).since(now.wall)
        guard left <= .zero || entry.isRestore else { return now.monotonic.advanced(by: left) }
        settle(entry, .reverted, "enabled again", isOurs: true, at: now)
        return nil
    }

    /// What a person gave up on is left as Central has it, and is never said to be as before; only when it is so all
    /// the same it ends as ever.
    /// - Returns: When to look again, if something must show first.
    private mutating func judgeWaived(
        _ entry: JournalEntry, _ sight: ScheduleSight?, at now: Moment
    ) -> MonotonicTime? {
        let wanted = entry.state == .reverting
        guard let sight, sight.isEnabled != wanted, entry.gapTo == nil else {
            return wanted ? judgeReverting(entry, sight, at: now) : judgeFrozen(entry, sight, at: now)
        }
        let last = failures[ScheduleID(entry.object)].map { "; its last try failed: \($0.cause)" } ?? ""
        conflict(entry, "\(entry.cause); it is left \(sight.isEnabled ? "enabled" : "disabled")\(last)", at: now)
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

extension JournalEntry {
    /// This entry with its gap ended: it is seen enabled, and was so at some time after `time`.
    ///
    /// A fire after that tells that it was enabled by then, and what is in between is uncertain; without one all were
    /// missed until Central's next fire, and until `listing`, when the listing was asked for: what came after that may
    /// not have been in time for it. Central says its fires by its own clock.
    func seenEnabled(_ sight: ScheduleSight, after time: Timestamp, until listing: Timestamp) -> JournalEntry {
        var seen = self
        let earliest = max(time.advanced(by: .zero - FreezeLimits.centralClockSkewMax), gapFrom ?? at)
        if let fire = sight.lastFire, fire > earliest {
            seen.gapTo = max(min(time, fire.advanced(by: .zero - .milliseconds(1))), gapFrom ?? at)
            seen.uncertainTo = fire
        } else {
            let next = sight.nextFire?.advanced(by: .zero - .milliseconds(1)) ?? listing
            seen.gapTo = max(time, min(next, listing))
        }
        return seen
    }
}
