import SluiceCore
import SluiceModel
import SluiceTestKit

/// Looks at the release as a whole: canary, ramp, breaker, orders, ceiling, turns.
///
/// What is compared: the records that were committed, how launches ended in the store, and what the release was told.
extension World {
    // MARK: Its record

    /// A record was committed.
    func recorded(_ record: ReleaseRecord, _ event: HoldEvent) {
        let before = book.run.newest
        if before?.stage != record.stage {
            book.run.stageSince = now
            forgetTurns()
        }
        if let stage = before?.stage, stage != record.stage, record.by == .sluice {
            require(
                stage != .broken, .breakerStops,
                "the breaker was open, and Sluice itself made it \(record.stage.rawValue)")
            require(
                stage != .paused || !record.stage.letsStart, .pausedMeansPaused,
                "the release was paused, and Sluice itself made it \(record.stage.rawValue)")
        }
        if before?.settings != record.settings {
            book.settings.append((now, record.settings))
            book.run.isPlain = false
        }
        if before?.beganAt != record.beganAt {
            let since = book.run.stageSince
            book.run = ReleaseRun(beganAt: record.beganAt)
            // A person's order that met the begin of a release is written with it, in that person's name.
            let isByOpening = event.by == .sluice || book.opening.at > now - .seconds(15)
            book.run.startSequence = isByOpening ? book.opening.sequence : event.sequence
            book.run.recordedAt = now
            book.run.stageSince = since
            // An end that was learned just now may count for either.
            book.run.isExact = book.ends.last.map { now - $0.at > .seconds(4) } ?? true
        } else if let before {
            checkRise(from: before, to: record)
            if event.cause.contains("nothing waits that could be a canary") { book.run.isCanaryWaived = true }
        }
        book.run.newest = record
    }

    /// Another process or term drives the release from here on.
    func released(by replica: Replica) {
        book.run.isExact = false
        book.run.takenOverAt = now
        forgetTurns()
    }

    private func checkRise(from before: ReleaseRecord, to record: ReleaseRecord) {
        guard book.run.isPlain, record.by == .sluice, let ramp = record.settings.ramp,
            record.earned.levelMillionths > before.earned.levelMillionths
        else { return }
        var level = before.earned.levelMillionths
        while level < record.earned.levelMillionths {
            level = ramp.risen(level)
            book.run.riseCount += 1
        }
        let wellCount = wellCount
        require(
            book.run.riseCount * ramp.everyWellEnded <= wellCount, .rampEarned,
            "the ramp has risen \(book.run.riseCount) times, by \(ramp.everyWellEnded) each; \(wellCount) launches "
                + "ended well since the release began")
    }

    /// Launches by Sluice that ended well and may count for the release on record.
    private var wellCount: Int {
        let since = book.run.recordedAt - .seconds(15)
        return book.ends.count { $0.at >= since && $0.isWell }
    }

    // MARK: Before a launch is sent

    func checkRelease(_ replica: Replica, _ place: Int) {
        defer {
            book.rows[place].sentAt = now
            book.rows[place].sentAttempt = store.holds.rows[place].attempt
        }
        checkOrders(replica, place)
        guard let record = store.release else { return }
        let ticket = store.holds.rows[place].ticket
        require(
            record.stage != .broken, .breakerStops,
            "\(ticket) is launched by \(replica.name); the breaker is open: \(record.reason)")
        if let cause = book.run.tripped, record.stage.isActive {
            find(.breakerStops, "\(ticket) is launched by \(replica.name), and the breaker is not open: \(cause)")
        }
        // Over, by what its leader has found; what falls due later is launched all the same.
        guard !replica.isReleaseOver else { return }
        if record.stage.isActive { checkCanary(replica, record, place) }
        if record.stage == .ramping { checkRamp(replica, record, place) }
    }

    private func checkOrders(_ replica: Replica, _ place: Int) {
        let ticket = store.holds.rows[place].ticket
        if let told = replica.told {
            // The end of a close that came after the abort begins a release, whose record may be on its way.
            let isAborted =
                told.stage == .aborted && store.release?.revision == told.revision && !isReopenedSinceStage
            require(
                told.stage != .paused && !isAborted, .pausedMeansPaused,
                "\(ticket) is launched by \(replica.name), which was told that the release is \(told.stage.rawValue)")
        }
        let longAgo = now - .seconds(20)
        guard let record = store.release,
            record.stage == .paused || (record.stage == .aborted && !isReopenedSinceStage),
            book.run.stageSince < longAgo, replica.frozenUntil < longAgo, storeDownUntil < longAgo
        else { return }
        find(
            .pausedMeansPaused,
            "\(ticket) is launched by \(replica.name); the release is \(record.stage.rawValue) since "
                + "\(Trace.time(book.run.stageSince))")
    }

    /// Whether the gate was opened for something since the release on record is in its stage.
    private var isReopenedSinceStage: Bool { book.opening.at >= book.run.stageSince }

    private func checkCanary(_ replica: Replica, _ record: ReleaseRecord, _ place: Int) {
        // A close that the record does not show yet has ended it.
        guard let needed = record.settings.canary?.count, book.run.isPlain, !book.run.isCanaryWaived,
            store.gate?.isAnyOpen ?? false
        else {
            return
        }
        var wellCount = 0
        var startedCount = 1
        for other in store.holds.rows.indices where store.holds.rows[other].request.launcher == .sluice {
            let row = book.rows[other]
            let hold = store.holds.rows[other]
            if row.intentSequence > book.run.startSequence, hold.state == .ended, hold.result?.isWell ?? false {
                wellCount += 1
            }
            guard other != place, row.sentAt > book.run.recordedAt, row.sentAttempt == hold.attempt else { continue }
            switch hold.state {
            // A crash falls back to what was written: never more of them are open at once.
            case .ended where hold.result?.isWell ?? false && row.sentAt < book.run.takenOverAt ?? -1: break
            case .launching, .running, .ended, .awaitingOperator: startedCount += 1
            default: break
            }
        }
        require(
            wellCount >= needed || startedCount <= needed, .canaryFirst,
            "\(store.holds.rows[place].ticket) is launch \(startedCount) of the release; \(wellCount) have ended well "
                + "of the \(needed) that must before any other starts")
    }

    /// What runs keeps to the part of the ceiling that has been earned.
    private func checkRamp(_ replica: Replica, _ record: ReleaseRecord, _ place: Int) {
        guard book.run.isPlain, let ramp = record.settings.ramp else { return }
        var level = ramp.fromPercent * ReleaseRecord.wholeLevel / 100
        for _ in 0..<(wellCount / ramp.everyWellEnded) { level = ramp.risen(level) }
        let ceiling = max(1, record.settings.ceiling * level / ReleaseRecord.wholeLevel)
        let running = store.holds.rows.indices.count {
            let state = store.holds.rows[$0].state
            return store.holds.rows[$0].request.launcher == .sluice && (state == .launching || state == .running)
                // One that was redeemed elsewhere after it had gone back is found at the leader's next look.
                && now - book.rows[$0].redeemedLateAt > .seconds(35)
        }
        require(
            running <= ceiling, .rampEarned,
            "\(store.holds.rows[place].ticket) is launched as one of \(running); the ramp gives \(ceiling)")
    }

    // MARK: How launches ended

    /// The release learns what became of a commit: whether the breaker has to open is computed anew.
    func learned(_ replica: Replica, _ changes: [Change], _ fate: Fate) {
        for case .moveHold(let move) in changes where move.to == .ended || move.to == .awaitingOperator {
            guard let place = store.holds.place(of: move.ticket),
                store.holds.rows[place].request.launcher == .sluice
            else { continue }
            guard fate == .done else {
                book.run.isExact = false
                continue
            }
            let isWell: Bool
            switch (move.to, move.update.result) {
            case (.awaitingOperator, _), (_, .error), (_, .systemFailure): isWell = false
            case (_, .canceled), (_, .unknown), (_, nil): continue
            default: isWell = true
            }
            count(isWell)
        }
    }

    private func count(_ isWell: Bool) {
        guard let record = store.release, record.stage.isActive, store.gate?.isAnyOpen ?? false else {
            book.run.isExact = false
            return
        }
        book.run.known.append(isWell)
        guard let breaker = record.settings.breaker, book.run.isExact, book.run.isPlain, !isWell else { return }
        let window = book.run.known.suffix(breaker.window)
        let failedCount = window.count { !$0 }
        guard window.count >= breaker.minimum, failedCount * 100 > breaker.sharePercent * window.count else { return }
        book.run.tripped = "\(failedCount) of the last \(window.count) did not end well"
    }

    // MARK: Limits

    /// The widest that its settings have been lately: a release learns of another within a second or two.
    func limits(_ replica: Replica) -> (ceiling: Int, ratePerMinute: Int) {
        let told = replica.told?.settings ?? site.releasePolicy.settings
        var ceiling = told.ceiling
        if let newest = book.settings.last { ceiling = max(ceiling, newest.settings.ceiling) }
        var rate = max(told.ratePerMinute, site.releasePolicy.ratePerMinute)
        for entry in book.settings { rate = max(rate, entry.settings.ratePerMinute) }
        return (ceiling, rate)
    }

    /// What others run counts under the ceiling of a release that is past its canary.
    func checkDirect(_ replica: Replica) {
        // Over, by what its leader has found, though a full disk keeps that from being written: nothing of it is left
        // that others could take a place from.
        guard !replica.isReleaseOver else { return }
        guard let record = store.release, record.stage == .ramping || record.stage == .full, book.run.isPlain,
            book.run.stageSince < now - .seconds(10), let load = replica.load, now - load.at < .seconds(10)
        else { return }
        let own = replica.release.flightCount
        let others = load.directCount + load.inFlightCount - load.startingCount
        require(
            own + others <= record.settings.ceiling || others <= 0 || own <= 1, .directCounted,
            "\(own) launches are under way and others run \(others); the ceiling is \(record.settings.ceiling)")
    }
}

extension ReleaseSettings.Ramp {
    /// A level after one rise.
    func risen(_ level: Int) -> Int {
        let risen =
            switch growth {
            case .factorPercent(let percent): max(level + 1, level * percent / 100)
            case .stepPercent(let percent): level + percent * ReleaseRecord.wholeLevel / 100
            }
        return min(ReleaseRecord.wholeLevel, risen)
    }
}

extension GateRecord {
    /// Whether something that is closed here may be open there.
    func opensMore(in new: GateRecord) -> Bool {
        if !whole.mode.isOpen, new.whole.mode.isOpen { return true }
        return scopes.contains { !$0.mode.isOpen } || new.scopes.contains { $0.mode.isOpen }
    }
}
