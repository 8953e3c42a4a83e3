import SluiceCore
import SluiceModel
import SluiceTestKit

/// Looks at each event that a commit wrote.
extension World {
    func observe(_ event: HoldEvent) {
        guard let ticket = event.ticket, let to = event.to else {
            if event.kind == "gate-changed", let record = store.gate {
                if let old = book.gates.last, old.opensMore(in: record) { book.opening = (event.sequence, now) }
                forgetTurns()
                book.gates.append(record)
                book.gateSequences.append(event.sequence)
            }
            if event.kind == ReleaseRecord.eventKind, let record = store.release { recorded(record, event) }
            return
        }
        guard let place = store.holds.place(of: ticket) else {
            return find(.heldMeansKept, "\(ticket) has an event and no record")
        }
        guard let from = event.from else { return arrived(place) }
        require(
            KnownMoves.contains(from, to), .knownMoves,
            "\(ticket) went from \(from.rawValue) to \(to.rawValue): \(event.cause)")
        if to.isFinal, store.holds.rows[place].request.coalesceKey != nil { book.isCoalescingTouched = true }
        let isSuccession = from == .coalesced && to == .held
        require(
            !from.isFinal || isSuccession, .heldMeansKept,
            "\(ticket) was \(from.rawValue) and is \(to.rawValue): \(event.cause)")
        if isSuccession { book.rows[place].cameBackAt = now }
        if to == .running, from != .launching, from != .running { book.rows[place].redeemedLateAt = now }
        switch (from, to) {
        case (_, .released):
            if event.by == Site.person { book.rows[place].personReleasedAt = event.sequence }
            if store.holds.rows[place].request.launcher == .caller { book.rows[place].isChosen = false }
            if from == .awaitingOperator { retried(place) }
            if from == .launching { returned(place, event) }
        case (.launching, .held), (.running, .held): returned(place, event)
        case (.released, .launching) where event.by == .sluice:
            book.rows[place].intentSequence = event.sequence
            book.rows[place].intendedAt = now
        case (.released, .launching), (.released, .running): taken(place)
        case (_, .ended):
            if store.holds.rows[place].request.launcher == .sluice {
                book.ends.append((now, store.holds.rows[place].result?.isWell ?? false))
            }
            ended(place, from, event)
        case (_, .discarded), (_, .expired), (_, .coalesced): dropped(place, from, to)
        default: break
        }
    }

    /// Each coalesced hold is stood for by one that has not failed.
    func checkCoalesced() {
        book.isCoalescingTouched = false
        for place in store.holds.rows.indices where store.holds.rows[place].state == .coalesced {
            let ticket = store.holds.rows[place].ticket
            guard let other = store.holds.rows[place].representative.flatMap({ store.holds.place(of: $0) }) else {
                return find(.coalescedAccounted, "\(ticket) is coalesced, and nothing stands for it")
            }
            let state = store.holds.rows[other].state
            let hasFailed =
                state == .expired || state == .discarded
                || (state == .ended && store.holds.rows[other].result?.isWell != true)
            require(
                other > place && !hasFailed, .coalescedAccounted,
                "\(ticket) is stood for by \(store.holds.rows[other].ticket), which is \(state.rawValue)")
        }
    }

    /// A new hold.
    private func arrived(_ place: Int) {
        let request = store.holds.rows[place].request
        let errand = request.requestedBy.flatMap { Int($0) } ?? 0
        book.rows.append(Book.Row(errand: errand, isAfterwards: errands[errand].hasStarted))
        errands[errand].holdCount += 1
        require(
            errands[errand].holdCount == 1, .keyOnce,
            "errand \(errand) has a second hold, \(store.holds.rows[place].ticket)")
    }

    /// A caller takes its hold: what is in flight from here on was let through here.
    private func taken(_ place: Int) {
        let hold = store.holds.rows[place]
        guard hold.request.launcher == .caller, book.rows[place].grantedAttempt < hold.attempt else { return }
        book.rows[place].grantedAttempt = hold.attempt
        require(
            mayStart(hold, book.rows[place], since: now), .closeVoidsRelease,
            "\(hold.ticket) is taken by its caller; the gate is closed for it")
        checkTurn(place)
        if let expiresAt = hold.request.expiresAt {
            require(expiresAt > hold.stateSince, .expiryKept, "\(hold.ticket) is taken by its caller after its expiry")
        }
    }

    /// Nothing older of its ordering key is open when a caller takes a hold, but for what came back just now.
    private func checkTurn(_ place: Int) {
        guard let key = store.holds.rows[place].request.orderingKey else { return }
        for earlier in 0..<place
        where store.holds.rows[earlier].request.orderingKey == key && !store.holds.rows[earlier].state.isFinal
            && (book.rows[earlier].cameBackAt < 0 || book.rows[earlier].cameBackAt < now - .seconds(8))
        {
            find(
                .orderPerKey,
                "\(store.holds.rows[place].ticket) of \(key) is taken by its caller before "
                    + "\(store.holds.rows[earlier].ticket), which is \(store.holds.rows[earlier].state.rawValue)")
        }
    }

    /// A person wants one that awaits the operator tried again, and answers for what cannot be established.
    private func retried(_ place: Int) {
        book.rows[place].isRetried = true
        let hold = store.holds.rows[place]
        let isRedeemed = hold.passID.map { store.redemptions[$0] != nil } ?? false
        if !site.flows[site.flow(hold.request.flow)].isGated || isRedeemed || hold.passID == nil {
            errands[book.rows[place].errand].allowance += 1
        }
    }

    /// An attempt was given up for a new one.
    private func returned(_ place: Int, _ event: HoldEvent) {
        let hold = store.holds.rows[place]
        guard hold.request.launcher == .sluice, !site.flows[site.flow(hold.request.flow)].isGated else { return }
        let errand = book.rows[place].errand
        guard let execution = executions.last(where: { $0.errand == errand }), execution.row == place,
            !book.rows[place].sentPasses.isEmpty, execution.passID == book.rows[place].sentPasses.last
        else { return }
        if let relaunchAfter = site.releasePolicy.relaunchAfter {
            let age = now - execution.orderedAt
            let needed = relaunchAfter.wholeMilliseconds * 998
            let scans = fullScans.count { $0 >= execution.orderedAt }
            if age >= needed, scans >= 2 {
                errands[errand].allowance += 1
                return
            }
        }
        find(
            .evidenceBeforeRelaunch,
            "\(hold.ticket), attempt \(hold.attempt), was taken by Central as execution \(execution.id) and is "
                + "\(hold.state.rawValue) again: \(event.cause)")
    }

    private func ended(_ place: Int, _ from: HoldState, _ event: HoldEvent) {
        let hold = store.holds.rows[place]
        guard hold.request.launcher == .sluice else { return }
        let errand = errands[book.rows[place].errand]
        let isCancelled = hold.result == .canceled
        // Its pass was redeemed, the answer never came, and Central forgot the end before anybody saw it: nobody can
        // tell it from one that ran, and the hold says so by its result.
        let isUntold =
            hold.result == .unknown
            && hold.passID.map { passID in
                store.redemptions[passID] != nil
                    && executions.contains {
                        $0.passID == passID && $0.purgedAt <= now && $0.summary.resultName == "unreachable"
                    }
            } ?? false
        require(
            errand.bodyCount > 0 || isCancelled || isUntold, .noWorkLost,
            "\(hold.ticket) ended (\(event.cause)), and its work was never done")
    }

    private func dropped(_ place: Int, _ from: HoldState, _ to: HoldState) {
        book.rows[place].endedFrom = from
        guard from != .awaitingOperator else { return }
        let hold = store.holds.rows[place]
        guard hold.request.launcher == .sluice, site.flows[site.flow(hold.request.flow)].isGated else { return }
        let errand = errands[book.rows[place].errand]
        require(
            errand.bodyCount <= errand.allowance, .noWorkLost,
            "\(hold.ticket) was \(from.rawValue) and is \(to.rawValue), and its work was done")
    }
}
