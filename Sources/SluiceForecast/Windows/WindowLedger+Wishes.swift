public import SluiceModel

/// What people and calendars want, and what became of the gate.
extension WindowLedger {
    /// Plans a window.
    /// - Throws: `Refusal` when it cannot happen as it is written.
    public func plan(_ window: Window, at now: Timestamp, _ zones: Zones) throws(Refusal) -> Outcome {
        try Self.check(window, at: now, zones)
        let count = windows.count { $0.place == nil && !$0.isCancelled && $0.endedAt == nil && !isOver($0, zones) }
        guard count < WindowLimits.windowCountMax else {
            throw Refusal(
                .wrongState,
                "there are \(WindowLimits.windowCountMax) windows that are not over; cancel some that are not needed")
        }
        var outcome = Outcome()
        var draft = self
        var planned = window
        // One that has begun by its time already begins late.
        planned.reach = now.advanced(by: .zero - window.longest)
        planned.reach = max(planned.reach, Timestamp(milliseconds: 0))
        draft.write(planned, &outcome)
        outcome.notes.append(
            AuditNote(
                kind: "window-planned", at: now, by: window.by,
                text: "window \(window.id) (\(window.summary)): \(window.reason)"))
        return outcome
    }

    /// Whether a window can happen as it is written.
    public static func check(_ window: Window, at now: Timestamp, _ zones: Zones) throws(Refusal) {
        let length = Int64(window.days) * 86_400 + window.seconds
        guard length > 0, length <= WindowLimits.secondsMax else {
            throw Refusal(
                .invalid, "its length is \(length) s; allowed is 1 to \(WindowLimits.secondsMax) s",
                field: "/durationSeconds")
        }
        let set = try set(of: window, zones)
        if case .date? = set.rule?.until {
            throw Refusal(
                .invalid, "rrule: UNTIL is a date and the start has a time; write UNTIL with a time", field: "/rrule")
        }
        if let rule = set.rule, !rule.isPossible(from: window.start).isPossible {
            throw Refusal(.invalid, "rrule: \(RecurrenceRule.impossible)", field: "/rrule")
        }
        guard set.isStartOfRule else {
            throw Refusal(
                .invalid,
                "its start \(CalendarText.localText(window.start)) is none of the rule's times; move the start to one",
                field: "/start")
        }
        let span = now..<Timestamp(milliseconds: .max)
        let next = try planned(window, in: span, limit: 1, zones).occurrences
        guard next.contains(where: { $0.end > now }) else {
            throw Refusal(
                .invalid, "it has no occurrence that is not over; give a later start or another rule", field: "/start")
        }
    }

    /// Cancels one occurrence, or the window with all that have not ended, a live one too.
    public func cancel(
        _ id: WindowID, wall: Timestamp?, by principal: Principal, reason: String, at now: Timestamp, _ zones: Zones
    ) throws(Refusal) -> Outcome {
        var window = try known(id)
        var outcome = Outcome()
        var draft = self
        let targets: [WindowOccurrence]
        if let wall {
            let target = try occurrence(of: window, wall: wall, zones)
            targets = target.revision == 0 ? [] : [target]
            if target.state == .scheduled {
                window.exclusions.append(wall)
                draft.write(window, &outcome)
            }
        } else {
            guard !isOver(window, zones) else {
                throw Refusal(.wrongState, "window \(id) is over: it has no occurrence left that could be cancelled")
            }
            targets = occurrences(of: id).filter { !$0.state.isFinal }
            window.isCancelled = true
            window.endedAt = now
            draft.write(window, &outcome)
        }
        for target in targets {
            // One cancelled before may have handed the gate on to this one.
            var cancelled = draft.current(target) ?? target
            let wasBegun = target.state == .begun
            cancelled.move(to: .cancelled, at: now, cause: "cancelled by \(principal): \(reason)")
            if wasBegun {
                cancelled.end = min(target.end, now)
                draft.leaveGate(&cancelled, of: window, opens: true, at: now, &outcome)
            }
            draft.write(cancelled, &outcome)
        }
        let what = wall.map { "occurrence \(CalendarText.localText($0)) of " } ?? ""
        outcome.notes.append(
            AuditNote(
                kind: "window-cancelled", at: now, by: principal,
                text: "\(what)window \(id) (\(window.summary)): \(reason)"))
        return outcome
    }

    /// Moves the end of one occurrence, a live one too, or of all that have not begun.
    /// - Parameter seconds: Later when positive, sooner when negative.
    public func lengthen(
        _ id: WindowID, wall: Timestamp?, seconds: Int64, by principal: Principal, reason: String, at now: Timestamp,
        _ zones: Zones
    ) throws(Refusal) -> Outcome {
        var window = try known(id)
        var outcome = Outcome()
        var draft = self
        var targets: [WindowOccurrence]
        if let wall {
            targets = [try occurrence(of: window, wall: wall, zones)]
        } else {
            // The one occurrence of a window without a rule may have begun; of others a live one is named.
            targets = occurrences(of: id).filter { $0.state == .scheduled || window.rule == nil }
            targets.removeAll { $0.state.isFinal }
            window.seconds += seconds
            guard (1...WindowLimits.secondsMax).contains(Int64(window.days) * 86_400 + window.seconds) else {
                throw Refusal(
                    .invalid,
                    "its length would be \(Int64(window.days) * 86_400 + window.seconds) s; allowed is 1 to "
                        + "\(WindowLimits.secondsMax) s. It stays as it is; cancel it to have it end",
                    field: "/seconds")
            }
            // Shorter by less than a day: of a day, 24 hours are left to take from.
            while window.seconds < 0 {
                window.days -= 1
                window.seconds += 86_400
            }
            draft.write(window, &outcome)
        }
        for target in targets {
            var changed = target
            changed.end = target.end.advanced(by: .seconds(seconds))
            let length = changed.end.since(changed.start)
            guard length > .zero, length <= .seconds(WindowLimits.secondsMax) else {
                throw Refusal(
                    .invalid, "it would end at \(changed.end) and begin at \(changed.start); it stays as it is",
                    field: "/seconds")
            }
            // All follow the window's own length; one by itself does no more.
            if wall != nil || target.state == .begun { changed.isChanged = true }
            if target.state == .begun { changed.end = max(changed.end, now) }
            draft.write(changed, &outcome)
        }
        let verb = seconds > 0 ? "extended" : "shortened"
        let what = wall.map { "occurrence \(CalendarText.localText($0)) of " } ?? ""
        outcome.notes.append(
            AuditNote(
                kind: "window-\(verb)", at: now, by: principal,
                text: "\(what)window \(id) (\(window.summary)) by \(seconds.magnitude) s: \(reason)"))
        return outcome
    }

    /// Replaces the blackouts of one calendar. Events that say the same stay; of others all that has not ended is
    /// cancelled, what has begun too, and what the calendar says now begins anew.
    /// - Throws: `Refusal` when there would be too many windows.
    public func replaceCalendar(
        _ calendar: String, with events: [Window], by principal: Principal, reason: String, at now: Timestamp
    ) throws(Refusal) -> Outcome {
        var outcome = Outcome()
        var draft = self
        var isKept = [Bool](repeating: false, count: events.count)
        var named: [Window.CalendarPlace: [Int]] = [:]
        for (index, event) in events.enumerated() {
            if let place = event.place { named[place, default: []].append(index) }
        }
        var otherCount = 0
        for old in windows where !old.isCancelled {
            guard let place = old.place, place.calendar == calendar else {
                if old.place != nil { otherCount += 1 }
                continue
            }
            if let index = named[place]?.first(where: { !isKept[$0] && old.saysTheSame(as: events[$0]) }) {
                isKept[index] = true
                continue
            }
            var gone = old
            gone.isCancelled = true
            gone.endedAt = now
            draft.write(gone, &outcome)
            for occurrence in occurrences(of: old.id) where !occurrence.state.isFinal {
                var cancelled = occurrence
                if occurrence.state == .begun { cancelled.end = min(occurrence.end, now) }
                cancelled.move(to: .cancelled, at: now, cause: "calendar \(calendar) no longer has it")
                draft.write(cancelled, &outcome)
            }
        }
        guard otherCount + events.count <= WindowLimits.calendarEventCountMax else {
            throw Refusal(
                .invalid,
                "\(events.count) events and \(otherCount) of other calendars are more than "
                    + "\(WindowLimits.calendarEventCountMax); leave out events that are over, here or in the others")
        }
        let added = zip(events, isKept).filter { !$0.1 }.map(\.0)
        for window in added {
            var planned = window
            planned.reach = now.advanced(by: .zero - window.longest)
            planned.reach = max(planned.reach, Timestamp(milliseconds: 0))
            draft.write(planned, &outcome)
        }
        guard !outcome.isEmpty else { return outcome }
        outcome.notes.append(
            AuditNote(
                kind: "calendar-imported", at: now, by: principal,
                text: "calendar \(calendar): \(events.count) events, \(added.count) of them new: \(reason)"))
        return outcome
    }

    // MARK: Parts

    private func known(_ id: WindowID) throws(Refusal) -> Window {
        guard let window = window(id) else {
            throw Refusal(.unknown, "there is no window \(id); GET /v1/windows lists those that there are")
        }
        guard window.place == nil else {
            throw Refusal(.wrongState, "window \(id) comes from a calendar; change it there and import it again")
        }
        guard !window.isCancelled else { throw Refusal(.wrongState, "window \(id) is cancelled") }
        return window
    }

    /// One that is on record, or that the rule has further on.
    private func occurrence(
        of window: Window, wall: Timestamp, _ zones: Zones
    ) throws(Refusal) -> WindowOccurrence {
        if let found = shelf[window.id, wall] {
            guard !found.state.isFinal else {
                throw Refusal(
                    .wrongState, "that occurrence is \(found.state.rawValue) since \(found.stateSince)")
            }
            return found
        }
        let set = try Self.set(of: window, zones)
        let instant = set.zone.calendarInstant(ofWallTime: wall)
        let isPlanned = set.starts(in: instant..<instant.advanced(by: .milliseconds(1)), limit: 1).starts
            .contains { $0.wall == wall }
        guard isPlanned else {
            throw Refusal(
                .unknown,
                "window \(window.id) has no occurrence at \(CalendarText.localText(wall)) \(window.timeZone), or it is "
                    + "cancelled or over; GET /v1/windows/\(window.id) shows them")
        }
        guard instant >= window.reach else {
            throw Refusal(.wrongState, "the occurrence at \(CalendarText.localText(wall)) is over or cancelled")
        }
        var occurrence = WindowOccurrence(
            window: window.id, wall: wall, start: instant,
            end: Self.end(window, wall: wall, start: instant, set.zone), stateSince: window.plannedAt,
            cause: "planned by \(window.by)")
        occurrence.revision = 0
        return occurrence
    }

    func note(
        _ kind: String, _ occurrence: WindowOccurrence, _ window: Window, at now: Timestamp, _ text: String,
        _ outcome: inout Outcome
    ) {
        outcome.notes.append(
            AuditNote(
                kind: kind, at: now, by: .sluice, text: "window \(window.id) (\(window.summary)): \(text)"))
    }
}

extension Window {
    /// Whether two events of a calendar are the same in all that matters.
    func saysTheSame(as other: Window) -> Bool {
        place == other.place && summary == other.summary && start == other.start && timeZone == other.timeZone
            && days == other.days && seconds == other.seconds && rule == other.rule && additions == other.additions
            && exclusions == other.exclusions
    }
}
