import SluiceCore
import SluiceModel
import SluiceTestKit

/// Looks at the turns of tenants: who is passed by whom.
extension World {
    /// Nobody has waited for a turn up to now.
    func forgetTurns() {
        for place in book.rows.indices { book.rows[place].turn = LaneWait() }
    }

    /// A leader has chosen what to launch, or to let go to its caller: those of other tenants that could start as well
    /// were passed by. What is let go takes no place that a launch by Sluice could have had.
    ///
    /// Turns go by the order in which they were chosen: two commits on their way at once may be written either way
    /// round.
    func chosen(_ changes: [Change]) {
        for case .moveHold(let move) in changes {
            guard let place = store.holds.place(of: move.ticket), place < book.rows.count else { continue }
            let isCallers = store.holds.rows[place].request.launcher == .caller
            guard move.to == (isCallers ? .released : .launching), move.update.attempt != nil || isCallers else {
                continue
            }
            startedInTurn(place)
        }
    }

    private func startedInTurn(_ started: Int) {
        let lane = store.holds.rows[started].request.lane
        let priority = store.holds.rows[started].request.priority
        let isLaunch = store.holds.rows[started].request.launcher == .sluice
        // It has not started since it was chosen before: its leader writes in vain, or may not send it.
        let isAgain = book.rows[started].isChosen
        for place in store.holds.rows.indices where place != started && place < book.rows.count {
            guard couldStart(place) else {
                book.rows[place].turn = LaneWait()
                continue
            }
            guard let since = book.rows[place].turn.since else {
                book.rows[place].turn.since = now
                continue
            }
            let request = store.holds.rows[place].request
            if request.lane == lane {
                // Its own tenant had its turn.
                book.rows[place].turn = LaneWait(since: now)
            } else if !isAgain, isLaunch == (request.launcher == .sluice), now - since > .seconds(3),
                request.priority >= priority
            {
                book.rows[place].turn.passedBy[lane, default: 0] += 1
                let count = book.rows[place].turn.passedBy[lane] ?? 0
                // Callers' holds are looked through by two walks, each with turns of its own.
                let slice = widestSlice * (isLaunch ? 1 : 2)
                require(
                    count <= slice, .lanesFair,
                    "\(store.holds.rows[place].ticket) of \(request.tenant?.text ?? "no tenant") could start since "
                        + "\(Trace.time(since)) and was passed by \(count) of \(lane.tenant?.text ?? "no tenant"); a "
                        + "slice is \(slice)")
            }
        }
        book.rows[started].turn = LaneWait()
        book.rows[started].chosenAt = now
        book.rows[started].isChosen = true
    }

    private var widestSlice: Int {
        book.settings.reduce(site.releasePolicy.settings.tenantSlice) { max($0, $1.settings.tenantSlice) }
    }

    /// Whether nothing but its turn stands before a hold.
    private func couldStart(_ place: Int) -> Bool {
        let isCallers = store.holds.rows[place].request.launcher == .caller
        guard store.holds.rows[place].state == .held || (store.holds.rows[place].state == .released && !isCallers),
            // It had its turn; whether that is written is not known yet.
            now - book.rows[place].chosenAt > .seconds(10), let gate = store.gate,
            let leader = replicas.first(where: { $0.isUp && $0.term != nil }), store.release?.stage != .canary,
            // It has heard how the gate is.
            leader.gate.record.epoch >= gate.epoch
        else { return false }
        let hold = store.holds.rows[place]
        let wall = leader.clock.moment(at: now).wall
        guard hold.request.notBefore.map({ $0 <= wall }) ?? true, hold.retryAt.map({ $0 <= wall }) ?? true,
            hold.request.expiresAt.map({ $0 > wall }) ?? true,
            gate.mode(for: hold.request, contentPack: "pack").mode.isOpen
        else { return false }
        guard let key = hold.request.orderingKey else { return true }
        // The end that a caller reported elsewhere is found out of later.
        return !store.holds.rows.indices.contains {
            $0 != place && store.holds.rows[$0].request.orderingKey == key
                && (!store.holds.rows[$0].state.isFinal || store.holds.rows[$0].request.launcher == .caller)
        }
    }
}
