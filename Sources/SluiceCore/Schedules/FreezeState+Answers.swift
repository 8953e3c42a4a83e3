import SluiceModel

/// Taking what came back from Central and from the disk.
extension FreezeState {
    mutating func enqueue(
        _ request: PendingRequest, _ ref: FreezeRequest.Ref, at now: Moment
    ) -> [FreezeEffect] {
        guard requests.count < FreezeLimits.waitingRequestCountMax else { return [.answer(ref, .busy)] }
        requests.append(request)
        pause.hurry(at: now.monotonic)
        return advance(at: now)
    }

    mutating func recovered(_ found: [JournalEntry], closed: [JournalEntry], at now: Moment) {
        guard case .recovering = work else { return }
        work = .idle
        isRecovered = true
        brokenCause = nil
        order = found.first { $0.object == JournalEntry.wholeObject }
        taken = [:]
        entries = EntryTable(found.filter { $0.object != JournalEntry.wholeObject && $0.state.isOpen })
        self.closed = EntryTable(closed.filter { !isCalledBack($0) }.map(\.slim))
        if brokenStep == .recovering || order == nil { succeeded(brokenStep, at: now) }
        forgetPlans(at: now)
    }

    /// What was to come next is judged anew, from a new listing.
    mutating func forgetPlans(at now: Moment) {
        sights = nil
        mustJudge = false
        outgoing = []
        switches = []
        reverts = []
        settlements = []
        lookAt = now.monotonic
    }

    mutating func failed(_ step: Step, _ cause: String, _ kind: RetryPause.Kind = .failure, at now: Moment) {
        work = .idle
        brokenStep = step
        pause.failed(kind, at: now.monotonic)
        // Somebody waits for an answer, and not for long.
        if !requests.isEmpty { pause.shorten(to: RetryPause.failureWaitMin, at: now.monotonic) }
        let next = now.wall.advanced(by: pause.until.since(now.monotonic))
        brokenCause = "\(cause); tried again at \(next.rfc3339), or at once by a new order"
    }

    /// The pause after the failure of a step ends; that of another step goes on.
    mutating func succeeded(_ step: Step?, at now: Moment) {
        guard let step, brokenStep == step else { return }
        brokenStep = nil
        pause.succeeded(at: now.monotonic)
    }

    mutating func listed(_ found: [ScheduleSight], at now: Moment) {
        guard case .listing(let since) = work else { return }
        work = .idle
        brokenCause = nil
        succeeded(.listing, at: now)
        seenAt = sightsSince
        sightsSince = since
        sights = SightTable(found)
        mustJudge = true
    }

    mutating func commitFailed(_ cause: String, at now: Moment) -> [FreezeEffect] {
        guard case .committing(let commit) = work else { return [] }
        failed(.committing, cause, at: now)
        isRecovered = false
        return commit.request.map { [.answer($0.0, .notWritten(cause: cause))] } ?? []
    }

    mutating func committed(at now: Moment) -> [FreezeEffect] {
        guard case .committing(let commit) = work else { return [] }
        work = .idle
        mustJudge = true
        succeeded(.committing, at: now)
        if let changed = commit.order {
            order = changed.state.isOpen ? changed : nil
            if order == nil { closed = EntryTable() }
        }
        for move in commit.moves { apply(move.entry, at: now) }
        for move in commit.moves where move.entry.attempt > 0 && !move.entry.isWaived {
            let isIntent = move.entry.state == .intended
            let isRevert = move.entry.state == .reverting && move.entry.gapTo == nil
            guard isIntent || isRevert else { continue }
            let id = ScheduleID(move.entry.object)
            switches.append(id)
            // What Central said of an earlier switch tells nothing of this one, which may never be sent.
            taken[id] = nil
        }
        return commit.request.map { [.answer($0.0, $0.1)] } ?? []
    }

    private mutating func apply(_ entry: JournalEntry, at now: Moment) {
        let id = ScheduleID(entry.object)
        if entry.state.isOpen {
            entries.set(entry)
        } else {
            entries.remove(id)
            closed.set(entry.slim)
        }
        guard !entry.awaitsSwitch else { return }
        unsent.remove(id)
        // Its answer was lost, and yet it is switched: Central works.
        guard failures.removeValue(forKey: id) != nil else { return }
        endFailedRun(at: now)
    }

    private mutating func endFailedRun(at now: Moment) {
        failedRunCount = 0
        refusedRunCount = 0
        switchAt = now.monotonic
    }

    mutating func switched(_ id: ScheduleID, at now: Moment) {
        guard case .switching(let sent) = work, sent == id else { return }
        work = .idle
        sights = nil
        lookAt = now.monotonic
        taken[id] = 0
        failures[id] = nil
        endFailedRun(at: now)
    }

    mutating func switchFailed(_ id: ScheduleID, _ cause: String, _ kind: RetryPause.Kind, at now: Moment) {
        guard case .switching(let sent) = work, sent == id else { return }
        work = .idle
        sights = nil
        lookAt = now.monotonic
        taken[id] = nil
        let count = (failures[id]?.count ?? 0) + 1
        failedRunCount += 1
        refusedRunCount = kind == .refusal ? refusedRunCount + 1 : 0
        failures[id] = Failure(
            cause: cause, count: count, at: now.monotonic,
            retryAt: now.monotonic.advanced(by: FreezeLimits.switchWait(after: count, kind)))
        // One schedule that is refused does not keep the others waiting for long; all of them are a wrong account.
        let refusedCount = refusedRunCount - FreezeLimits.refusedRunCountMax
        let wait =
            refusedCount > 0
            ? FreezeLimits.switchWait(after: refusedCount, .refusal) : FreezeLimits.switchWait(after: failedRunCount)
        switchAt = now.monotonic.advanced(by: wait)
        // Those behind it wait as well, and are judged anew when their turn comes.
        unsent.formUnion(switches)
        switches = []
    }

    /// What failed is tried again at once: somebody asked.
    mutating func hurry(at now: Moment) {
        pause.hurry(at: now.monotonic)
        endFailedRun(at: now)
        for entry in entries.list { failures[ScheduleID(entry.object)]?.retryAt = now.monotonic }
    }

    mutating func settled(_ id: JournalID, at now: Moment) {
        guard case .settling(let settlement) = work, settlement.entry.id == id else { return }
        work = .idle
        mustJudge = true
        succeeded(.settling, at: now)
        apply(settlement.entry, at: now)
    }
}
