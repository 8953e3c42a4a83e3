import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// Operators, and what goes wrong.
extension World {
    // MARK: Operators

    func operatorActs() {
        guard !isSettling else { return }
        agenda.put(.operatorActs, at: now + chance.wait(around: .milliseconds(1500)))
        guard chance.happens(profile.operatorPermille), let replica = anyReplica() else { return }
        switch chance.below(100) {
        case 0..<30: change(replica, scope: nil, chance.pick([.open, .open, .hold, .hold, .hold, .refuse]))
        case 30..<42:
            let scope: Scope =
                chance.happens(600) ? .flow(chance.pick(site.flows).id) : .source(chance.pick([.api, .scheduler]))
            change(replica, scope: scope, chance.pick([.open, .hold, .hold, nil]))
        case 42..<68: moves(replica)
        case 68..<90: orders(replica)
        case 90..<94: tell(replica, .paused as ReleaseEvent)
        default: tell(replica, .continued as ReleaseEvent)
        }
    }

    func change(_ replica: Replica, scope: Scope?, _ mode: GateMode?) {
        let change = ModeChange(
            ref: ModeChange.Ref(0), scope: scope, mode: mode, by: Site.person, reason: "n\(stepNumber)")
        soon(.modeWished(replica.place, change), 5)
    }

    private func moves(_ replica: Replica) {
        guard store.holds.count > 0 else { return }
        let hold = store.holds.rows[chance.below(store.holds.count)]
        let move: DeskJob.Move
        switch hold.state {
        case .held, .released: move = chance.happens(850) ? .release : .discard
        case .awaitingOperator: move = chance.happens(800) ? .retry : .discard
        default: return
        }
        soon(.read(replica.place, .desk(DeskJob(ticket: hold.ticket, move: move, by: Site.person))))
    }

    // MARK: Faults

    func faultStrikes() {
        guard !isSettling else { return }
        agenda.put(.faultStrikes, at: now + chance.wait(around: .seconds(3)))
        let replica = replicas[chance.below(replicas.count)]
        if chance.happens(profile.permille(.crash)) { crash(replica) }
        if chance.happens(profile.permille(.freeze)), replica.isUp {
            let length = Instant.milliseconds(chance.pick([200, 2000, 8000, 30_000]))
            replica.frozenUntil = now + length
            trace?.add(now, replica.name, "is frozen for \(length / 1000) ms")
        }
        if chance.happens(profile.permille(.clockStep)) {
            let step = chance.among(-20_000...20_000)
            replica.clock.skew = min(60_000, max(-60_000, replica.clock.skew + step))
            trace?.add(now, replica.name, "its wall clock is stepped by \(step) ms")
        }
        if chance.happens(profile.permille(.storeDown)) {
            storeDownUntil = now + .milliseconds(chance.pick([300, 3000, 12_000]))
            trace?.add(now, "store", "is down until \(Trace.time(storeDownUntil))")
        }
        if chance.happens(profile.permille(.diskFull)) {
            diskFullUntil = now + .milliseconds(chance.pick([500, 5000, 15_000]))
            trace?.add(now, "store", "its disk is full until \(Trace.time(diskFullUntil))")
        }
        if chance.happens(profile.permille(.centralDown)) {
            centralDownUntil = now + .milliseconds(chance.pick([1000, 10_000, 40_000]))
            trace?.add(now, "central", "is down until \(Trace.time(centralDownUntil))")
        }
        if chance.happens(profile.permille(.centralSlow)) {
            centralSlowUntil = now + .milliseconds(chance.pick([2000, 10_000, 30_000]))
            trace?.add(now, "central", "is slow until \(Trace.time(centralSlowUntil))")
        }
    }

    // MARK: The end

    /// Nothing fails any more and the gate is opened: all that is held must come to its end.
    func settle() {
        isSettling = true
        profile.turnAllOff()
        (storeDownUntil, diskFullUntil, centralDownUntil, centralSlowUntil) = (0, 0, 0, 0)
        trace?.add(now, nil, "from here on nothing fails, and the gate is opened")
        for replica in replicas { replica.frozenUntil = 0 }
        let end = now + .seconds(Settling.secondsMax)
        let stepMax = stepNumber + Settling.stepCountMax
        var nextLook = now
        /// Over for so long: what was on its way then has landed.
        var overSince: Instant?
        while finding == nil, now < end, stepNumber < stepMax {
            if now >= nextLook {
                nextLook = now + .seconds(2)
                openAll()
                overSince = isOver ? overSince ?? now : nil
                // One who asks in vain is just being answered, now and then.
                // Or a release that was taken over just now writes its first record.
                let isQuiet = replicas.allSatisfy {
                    $0.gate.pendingCount == 0 && ($0.term == nil || $0.release.isQuiet)
                }
                if let overSince, now - overSince > .seconds(15), isQuiet { break }
            }
            guard step() else { break }
        }
        if finding == nil { judge() }
    }

    private func openAll() {
        guard let gate = store.gate, let replica = anyReplica() else { return }
        for other in replicas { tell(other, .continued as ReleaseEvent) }
        if let stage = store.release?.stage, !stage.letsStart { order(replica, .continue) }
        if !gate.whole.mode.isOpen { change(replica, scope: nil, .open) }
        for entry in gate.scopes where !entry.mode.isOpen { change(replica, scope: entry.scope, nil) }
    }

    private var isOver: Bool {
        store.holds.rows.indices.allSatisfy { store.holds.rows[$0].state.isFinal || mayStay($0) }
    }

    /// Whether a hold may stay as it is: it awaits the operator, or its own caller, who has gone, or waits behind one
    /// that does.
    private func mayStay(_ place: Int) -> Bool {
        let hold = store.holds.rows[place]
        switch hold.state {
        case .awaitingOperator: return hold.cause != nil
        case .released where hold.request.launcher == .caller && isAskerDone(place): return true
        // Its end may be reported for a day.
        case .launching where hold.request.launcher == .caller && hold.request.reportsEnd,
            .running where hold.request.launcher == .caller && hold.request.reportsEnd:
            return errands[book.rows[place].errand].isGone || (book.rows[place].isAfterwards && hold.executionID == nil)
        case .held, .released:
            guard let key = hold.request.orderingKey else { return false }
            return store.holds.rows.indices.contains {
                let state = store.holds.rows[$0].state
                return $0 != place && store.holds.rows[$0].request.orderingKey == key && !state.isFinal
                    // One that is launched blocks its key even if it is newer.
                    && ($0 < place || state == .launching || state == .running) && mayStay($0)
            }
        default: return false
        }
    }

    /// Whether nobody asks for it any more: its asker has given up, or was let through before a late copy of its
    /// question made the hold.
    private func isAskerDone(_ place: Int) -> Bool {
        let errand = book.rows[place].errand
        // One that names itself is known by its admission: no copy of its question is kept. But a person may want one
        // tried again whose execution Central has forgotten: it has gone on long since, and asks no more.
        let isParked =
            errands[errand].kind == .scheduledWait && (!errands[errand].namesExecution || book.rows[place].isRetried)
        return errands[errand].isGone || errands[errand].hasStarted || (isParked && errands[errand].bodyCount > 0)
    }

    private func judge() {
        for place in store.holds.rows.indices where !store.holds.rows[place].state.isFinal && !mayStay(place) {
            let hold = store.holds.rows[place]
            find(
                .everythingEnds,
                "\(hold.ticket) is still \(hold.state.rawValue) after \(Settling.secondsMax) s: "
                    + "\(hold.cause ?? "no cause"); launcher \(hold.request.launcher.rawValue)")
        }
        for replica in replicas where replica.isUp {
            require(
                replica.gate.pendingCount == 0 && replica.askers.isEmpty, .nothingStuck,
                "\(replica.gate.pendingCount) questions are left in the gate of \(replica.name), "
                    + "\(replica.askers.count) askers")
            guard replica.term != nil else { continue }
            require(
                replica.release.flightCount == 0 && replica.release.isQuiet, .nothingStuck,
                "\(replica.release.flightCount) launches are left in the release of \(replica.name)")
        }
        var numbers: [HoldState: Int] = [:]
        for hold in store.holds.rows { numbers[hold.state, default: 0] += 1 }
        for state in HoldState.allCases {
            require(
                store.counts.total(state) == numbers[state, default: 0], .countsEqual,
                "\(state.rawValue): \(store.counts.total(state)) counted, \(numbers[state, default: 0]) there")
        }
        for place in store.holds.rows.indices { judgeEnd(place) }
    }

    private func judgeEnd(_ place: Int) {
        let hold = store.holds.rows[place]
        let row = book.rows[place]
        guard hold.request.launcher == .sluice else { return }
        let errand = errands[row.errand]
        if hold.state == .expired || hold.state == .discarded, row.endedFrom != .awaitingOperator,
            site.flows[site.flow(hold.request.flow)].isGated
        {
            require(
                errand.bodyCount <= errand.allowance, .noWorkLost,
                "\(hold.ticket) is \(hold.state.rawValue), and its work was done")
        }
    }
}

/// How long a settling run may take.
enum Settling {
    static let secondsMax = 900
    static let stepCountMax = 30_000
}
