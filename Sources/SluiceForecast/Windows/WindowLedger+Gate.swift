public import SluiceModel

/// What windows do to the gate.
extension WindowLedger {
    /// What is to be done next for an occurrence whose gate is to be closed or opened.
    public enum GateMove: Hashable, Sendable {
        case none
        /// Nothing is to be done to the gate, and that is to be put on record.
        case note(WindowOccurrence.GateWork.Step, since: Timestamp?, cause: String?)
        /// The mode of a scope is to be set (none: its own goes), and then the step is to be put on record.
        case set(GateMode?, Scope?, reason: String, then: WindowOccurrence.GateWork.Step)
    }

    /// What is to be done to the gate as it stands, for an occurrence as it is on record now.
    public func gateMove(for occurrence: WindowOccurrence, gate: GateRecord) -> GateMove {
        guard let work = current(occurrence)?.gate, let window = window(occurrence.window) else { return .none }
        let entry = gate.entry(for: window.scope)
        switch work.step {
        case .closing:
            if work.isTheEntry(entry) { return .note(.closed, since: entry?.since, cause: nil) }
            if let entry, !entry.mode.isOpen {
                return .note(.left, since: nil, cause: "the gate had been closed by \(entry.by) (\(entry.reason))")
            }
            return .set(.hold, window.scope, reason: work.reason, then: .closed)
        case .opening:
            let reason = "the end of window \(window.id): \(window.summary)"
            // Sluice stopped after the gate was opened and before that was put on record.
            let isGone = entry == nil && work.before == nil
            if isGone || entry?.by == .sluice && entry?.reason == reason && entry?.mode.isOpen == true {
                return .note(.opened, since: nil, cause: nil)
            }
            guard work.isTheEntry(entry), work.since == nil || work.since == entry?.since else {
                let who = entry.map { "\($0.by), to \($0.mode.rawValue)" } ?? "somebody, to none of its own"
                return .note(.left, since: nil, cause: "the gate was changed by \(who), and stays so")
            }
            return .set(
                window.scope == nil ? .open : work.before, window.scope,
                reason: reason, then: .opened)
        case .closed, .shared, .opened, .left: return .none
        }
    }

    /// What became of the gate for an occurrence.
    public func gateChanged(
        _ occurrence: WindowOccurrence, to step: WindowOccurrence.GateWork.Step, since: Timestamp?, cause: String?,
        at now: Timestamp
    ) -> Outcome {
        var outcome = Outcome()
        var draft = self
        guard var current = current(occurrence), current.gate != nil else {
            // Taken over meanwhile, it is no longer open.
            if step == .opened { draft.closeAgain(occurrence, &outcome) }
            return outcome
        }
        // An occurrence may end while its gate is being closed: what was wanted last stays wanted.
        if step == .closed, current.gate?.step == .opening {
            current.gate?.since = since
        } else {
            let hasWaited = current.isOpeningLate
            current.cause = current.causeWithoutWaiting
            current.gate?.step = step
            if let since { current.gate?.since = since }
            if hasWaited, step == .opened, let window = window(current.window) {
                draft.note(
                    "window-opened", current, window, at: now, "nothing stands against it any more: the gate is opened",
                    &outcome)
            }
        }
        if let cause { current.cause += "; \(cause)" }
        draft.write(current, &outcome)
        return outcome
    }

    /// The gate is to be opened for an occurrence, and something stands against it: it stays closed for now.
    ///
    /// It is put on record when it begins, and then once in each `WindowLimits.reminderInterval`.
    /// - Parameter obstacle: What stands against it and what to do, in a sentence.
    public func gateWaits(for occurrence: WindowOccurrence, obstacle: String, at now: Timestamp) -> Outcome {
        var outcome = Outcome()
        guard var current = current(occurrence), let work = current.gate, work.step == .opening,
            let window = window(current.window)
        else { return outcome }
        if let told = work.remindedAt, told.advanced(by: WindowLimits.reminderInterval) > now { return outcome }
        var draft = self
        current.gate?.remindedAt = now
        current.cause = current.causeWithoutWaiting + WindowOccurrence.waitingMark + obstacle
        draft.write(current, &outcome)
        draft.note("window-would-strand", current, window, at: now, "the gate stays closed: \(obstacle)", &outcome)
        return outcome
    }

    /// The gate was being opened for an occurrence while another one took it over: that one closes it again.
    private mutating func closeAgain(_ opened: WindowOccurrence, _ outcome: inout Outcome) {
        guard let window = window(opened.window), let reason = opened.gate?.reason else { return }
        let heir = firstBegun(with: window.scope) { $0.gate?.step == .closed && $0.gate?.reason == reason }
        guard var heir else { return }
        heir.gate?.step = .closing
        write(heir, &outcome)
    }

    /// What an occurrence that begins is to do to the gate. The work of one that has just ended and whose gate is still
    /// to be opened is taken over.
    mutating func gateWork(
        for occurrence: WindowOccurrence, of window: Window, _ gate: GateRecord, _ outcome: inout Outcome
    ) -> WindowOccurrence.GateWork {
        let reason = "window \(window.id): \(window.summary), begun \(occurrence.start)"
        let entry = gate.entry(for: window.scope)
        guard let entry, !entry.mode.isOpen else {
            // Closed for another window, it was opened by a person meanwhile: this one closes it for itself.
            let isBeingClosed = live(with: window.scope, [.closing]) != nil
            return .init(step: isBeingClosed ? .shared : .closing, before: entry?.mode, reason: reason)
        }
        if var last = opening(with: window.scope, entry), var work = last.gate {
            last.gate?.step = .left
            last.cause = last.causeWithoutWaiting + "; the gate stays closed for \(window.id)"
            write(last, &outcome)
            work.step = .closed
            work.remindedAt = nil
            return work
        }
        // Closed already: by another window, whose place this one may take, or by a person, whose it stays.
        let isOurs = live(with: window.scope, [.closing, .closed]) != nil
        return .init(step: isOurs ? .shared : .left, before: entry.mode, reason: reason)
    }

    /// The occurrence that an entry of the gate was made for, and is to be opened for now.
    private func opening(with scope: Scope?, _ entry: ScopeMode) -> WindowOccurrence? {
        for place in shelf.places where place.window?.scope == scope && place.window != nil {
            for other in place.occurrences where other.gate?.step == .opening {
                guard let work = other.gate, work.isTheEntry(entry) else { continue }
                if work.since == nil || work.since == entry.since { return other }
            }
        }
        return nil
    }

    /// An occurrence that has begun and whose work on the gate of a scope is at one of some steps.
    private func live(
        with scope: Scope?, _ steps: [WindowOccurrence.GateWork.Step]
    ) -> WindowOccurrence? {
        firstBegun(with: scope) { other in other.gate.map { steps.contains($0.step) } ?? false }
    }

    /// The first by its start of the occurrences that have begun, of windows with a scope.
    private func firstBegun(
        with scope: Scope?, where fits: (WindowOccurrence) -> Bool
    ) -> WindowOccurrence? {
        var first: WindowOccurrence?
        for place in shelf.places where place.window?.scope == scope && place.window != nil {
            for other in place.occurrences where other.state == .begun && fits(other) {
                if let first, !Self.isEarlier(other, first) { continue }
                first = other
            }
        }
        return first
    }

    /// Hands the gate on to an occurrence that shares it, or has it opened, or reminds of it.
    mutating func leaveGate(
        _ occurrence: inout WindowOccurrence, of window: Window, opens: Bool, at now: Timestamp,
        _ outcome: inout Outcome
    ) {
        guard var work = occurrence.gate, work.step == .closed || work.step == .closing else {
            if occurrence.gate?.step == .shared { occurrence.gate?.step = .left }
            return
        }
        let leaver = occurrence
        let heir = firstBegun(with: window.scope) { !$0.isSame(as: leaver) && $0.gate?.step == .shared }
        if var heir {
            heir.gate = work
            write(heir, &outcome)
            work.step = .left
            occurrence.cause += "; the gate stays closed for \(heir.window)"
        } else if opens {
            work.step = .opening
        } else {
            work.remindedAt = now
            occurrence.cause += "; the gate stays closed until somebody opens it"
        }
        occurrence.gate = work
    }
}

extension WindowOccurrence {
    /// Whether its gate is to be opened and something stands against that.
    public var isOpeningLate: Bool { gate?.step == .opening && gate?.remindedAt != nil }

    /// What stands against opening its gate, from here on.
    fileprivate static let waitingMark = "; the gate stays closed: "

    fileprivate var causeWithoutWaiting: String {
        cause.firstRange(of: Self.waitingMark).map { String(cause[..<$0.lowerBound]) } ?? cause
    }
}

extension WindowOccurrence.GateWork {
    /// Whether an entry of the gate is still the one that was made for this occurrence.
    public func isTheEntry(_ entry: ScopeMode?) -> Bool {
        entry?.by == .sluice && entry?.reason == reason && entry?.mode == .hold
    }
}
