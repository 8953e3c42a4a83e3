public import SluiceModel

/// What time does to occurrences.
extension WindowLedger {
    /// What is due at a time.
    ///
    /// - Parameter gate: As it stands, to know what a window that begins would close.
    public func tick(at now: Timestamp, gate: GateRecord, _ zones: Zones) -> Outcome {
        var outcome = Outcome()
        var draft = self
        for window in windows where window.endedAt == nil && !window.isCancelled {
            draft.extend(window, at: now, zones, &outcome)
        }
        // Blackouts first: what begins at the same moment is denied.
        let all = draft.occurrences.map { (occurrence: $0, isBlackout: draft.window($0.window)?.kind == .blackout) }
        let ordered = (all.filter(\.isBlackout) + all.filter { !$0.isBlackout }).map(\.occurrence)
        // What ends makes way before anything begins.
        for phase in [Phase.ending, .beginning] {
            for occurrence in ordered {
                guard let current = draft.current(occurrence), let window = draft.window(occurrence.window) else {
                    continue
                }
                draft.advance(current, of: window, phase, at: now, gate, zones, &outcome)
            }
        }
        draft.forget(at: now, zones, &outcome)
        return outcome
    }

    /// Puts on record which windows are over, and lets those go that have been so for `WindowLimits.retention`.
    private mutating func forget(at now: Timestamp, _ zones: Zones, _ outcome: inout Outcome) {
        for window in windows {
            guard let endedAt = window.endedAt else {
                guard window.isCancelled || isOver(window, zones) else { continue }
                var ended = window
                ended.endedAt = now
                write(ended, &outcome)
                continue
            }
            // A gate that is still closed for it is somebody's work.
            guard endedAt.advanced(by: WindowLimits.retention) <= now, occurrences(of: window.id).isEmpty,
                outcome.forgotten.count < WindowLimits.forgottenCountMax
            else { continue }
            forget(window.id, &outcome)
        }
    }

    private enum Phase { case ending, beginning }

    /// Puts occurrences on record that come within the horizon.
    private mutating func extend(_ window: Window, at now: Timestamp, _ zones: Zones, _ outcome: inout Outcome) {
        let ahead = occurrences(of: window.id).count { $0.state == .scheduled }
        let horizon = now.advanced(by: WindowLimits.horizon)
        let room = WindowLimits.aheadCountMax - ahead
        guard room > 0, window.reach.advanced(by: WindowLimits.reachStep) <= horizon,
            let set = try? Self.set(of: window, zones)
        else { return }
        let found = set.starts(in: window.reach..<horizon, limit: room)
        // Where a rule has nothing it is not looked through again; without a rule there is nothing to look through.
        guard !found.starts.isEmpty || window.rule != nil else { return }
        var reached = window
        reached.reach = horizon
        if found.isCut, let last = found.starts.last { reached.reach = last.instant.advanced(by: .milliseconds(1)) }
        write(reached, &outcome)
        // One that was changed ahead of its time is on record already.
        for start in found.starts where shelf[window.id, start.wall] == nil {
            var occurrence = WindowOccurrence(
                window: window.id, wall: start.wall, start: start.instant,
                end: Self.end(window, wall: start.wall, start: start.instant, set.zone), stateSince: now,
                cause: "planned by \(window.by)")
            occurrence.revision = 0
            write(occurrence, &outcome)
        }
    }

    private mutating func advance(
        _ occurrence: WindowOccurrence, of window: Window, _ phase: Phase, at now: Timestamp, _ gate: GateRecord,
        _ zones: Zones, _ outcome: inout Outcome
    ) {
        switch (phase, occurrence.state) {
        case (.ending, .scheduled):
            let current = reevaluated(occurrence, of: window, zones)
            if current.end <= now {
                pass(current, of: window, at: now, &outcome)
            } else if current != occurrence {
                write(current, &outcome)
            }
        case (.beginning, .scheduled):
            occurrence.start <= now
                ? begin(occurrence, of: window, at: now, gate, &outcome)
                : warn(occurrence, of: window, at: now, &outcome)
        case (.ending, .begun) where occurrence.end <= now:
            end(occurrence, of: window, at: now, &outcome)
        case (.ending, .ended), (.ending, .cancelled):
            remind(occurrence, of: window, at: now, gate, &outcome)
        default: break
        }
    }

    /// What has not begun follows its rule and its zone; what has begun never does.
    private func reevaluated(
        _ occurrence: WindowOccurrence, of window: Window, _ zones: Zones
    ) -> WindowOccurrence {
        guard !occurrence.isChanged, let zone = zones(window.timeZone) else { return occurrence }
        var current = occurrence
        current.start = zone.calendarInstant(ofWallTime: occurrence.wall)
        current.end = Self.end(window, wall: occurrence.wall, start: current.start, zone)
        return current
    }

    private mutating func pass(
        _ occurrence: WindowOccurrence, of window: Window, at now: Timestamp, _ outcome: inout Outcome
    ) {
        var passed = occurrence
        guard window.kind == .maintenance else {
            passed.move(to: .ended, at: now, cause: "its time is over")
            return write(passed, &outcome)
        }
        let why =
            occurrence.cause.hasPrefix(Self.deniedPrefix) ? occurrence.cause : "Sluice was not running at its time"
        passed.move(to: .missed, at: now, cause: why)
        write(passed, &outcome)
        note("window-missed", passed, window, at: now, why, &outcome)
    }

    private static var deniedPrefix: String { "waits for the blackout " }

    private mutating func begin(
        _ occurrence: WindowOccurrence, of window: Window, at now: Timestamp, _ gate: GateRecord,
        _ outcome: inout Outcome
    ) {
        var begun = occurrence
        guard window.kind == .maintenance else {
            begun.move(to: .begun, at: now, cause: "its time has come")
            return write(begun, &outcome)
        }
        if let blackout = blackout(over: window.scope, at: now) {
            let cause = Self.deniedPrefix + "\(blackout.id) (\(blackout.summary))"
            guard begun.cause != cause else { return }
            begun.cause = cause
            write(begun, &outcome)
            return note("window-denied", begun, window, at: now, cause, &outcome)
        }
        let isLate = now > occurrence.start.advanced(by: .seconds(1))
        var cause = isLate ? "begun late, its time was \(occurrence.start)" : "its time has come"
        if window.startsByItself {
            begun.gate = gateWork(for: occurrence, of: window, gate, &outcome)
        } else {
            cause += "; the gate is not closed by itself: start the maintenance"
        }
        begun.move(to: .begun, at: now, cause: cause)
        write(begun, &outcome)
        note("window-begun", begun, window, at: now, cause, &outcome)
    }

    /// Of the blackouts on record the first that denies a scope now.
    public func blackout(over scope: Scope?, at now: Timestamp) -> Window? {
        var first: (occurrence: WindowOccurrence, window: Window)?
        for place in shelf.places {
            guard let window = place.window, window.kind == .blackout, Scope.mayMeet(window.scope, scope) else {
                continue
            }
            for occurrence in place.occurrences where occurrence.start <= now && now < occurrence.end {
                guard !occurrence.state.isFinal else { continue }
                if let first, !Self.isEarlier(occurrence, first.occurrence) { continue }
                first = (occurrence, window)
            }
        }
        return first?.window
    }

    mutating func end(
        _ occurrence: WindowOccurrence, of window: Window, at now: Timestamp, _ outcome: inout Outcome
    ) {
        var ended = occurrence
        ended.move(to: .ended, at: now, cause: "its time is over")
        leaveGate(&ended, of: window, opens: window.endsByItself, at: now, &outcome)
        write(ended, &outcome)
        guard window.kind == .maintenance else { return }
        note("window-ended", ended, window, at: now, ended.cause, &outcome)
    }

    private mutating func remind(
        _ occurrence: WindowOccurrence, of window: Window, at now: Timestamp, _ gate: GateRecord,
        _ outcome: inout Outcome
    ) {
        guard var work = occurrence.gate, work.step == .closed else { return }
        var reminded = occurrence
        guard work.isTheEntry(gate.entry(for: window.scope)) else {
            work.step = .left
            reminded.gate = work
            return write(reminded, &outcome)
        }
        let last = work.remindedAt ?? occurrence.end
        guard last.advanced(by: WindowLimits.reminderInterval) <= now else { return }
        work.remindedAt = now
        reminded.gate = work
        write(reminded, &outcome)
        note(
            "window-reminder", reminded, window, at: now,
            "the window ended at \(occurrence.end) and the gate is still closed for it; open it", &outcome)
    }

    private mutating func warn(
        _ occurrence: WindowOccurrence, of window: Window, at now: Timestamp, _ outcome: inout Outcome
    ) {
        guard window.kind == .maintenance else { return }
        let due = window.leadSeconds.filter { lead in
            !occurrence.warned.contains(lead) && occurrence.start.advanced(by: .seconds(-lead)) <= now
        }
        guard !due.isEmpty else { return }
        var warned = occurrence
        warned.warned += due
        write(warned, &outcome)
        // Several at once, as of a window planned late, are one warning.
        note(
            "window-warned", warned, window, at: now,
            "\(window.summary) begins at \(occurrence.start) and ends at \(occurrence.end)", &outcome)
    }
}

extension WindowOccurrence {
    mutating func move(to state: State, at now: Timestamp, cause: String) {
        self.state = state
        stateSince = now
        self.cause = cause
    }
}
