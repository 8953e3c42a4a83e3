import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// Drives `ReleaseState`, as `Releaser` does.
extension World {
    func tell(_ replica: Replica, _ event: ReleaseEvent) {
        guard replica.term != nil else { return }
        noteTold(replica, event)
        let effects = replica.release.step(event, at: replica.clock.moment(at: now))
        guard !effects.isEmpty else { return }
        for effect in effects {
            var wait = Instant(chance.below(1500))
            switch effect {
            case .commit(_, let changes):
                for case .setRelease(let record, _) in changes {
                    replica.isReleaseOver = record.stage == .idle
                    // The begin of a release waits for the disk.
                    let isBegin = record.beganAt != store.release?.beganAt && !isSettling
                    if isBegin, chance.happens(200) { wait = .milliseconds(chance.below(1500)) }
                }
                checkIntents(replica, changes)
                chosen(changes)
            default: break
            }
            // For the renewal of a lease.
            if case .launch = effect, !isSettling, chance.happens(150) {
                wait = .milliseconds(chance.below(1500))
                // A person stops it just then.
                if chance.happens(100) { order(replica, chance.happens(700) ? .pause : .abort) }
            }
            agenda.put(.releaseEffect(replica.releasePlace, effect), at: now + wait)
        }
    }

    func perform(_ effect: ReleaseEffect, _ replica: Replica) {
        let place = replica.releasePlace
        let wall = replica.clock.moment(at: now).wall
        switch effect {
        case .fetch(let includesHeld, let launcher, let lane, let after, let limit):
            let query = CandidateQuery(
                at: wall, includesHeld: includesHeld, launcher: launcher, lane: lane, after: after,
                limit: min(limit, site.pageSize))
            toStore(.reads(place, .candidates(query)))
        case .fetchLanes(let includesHeld, let after, let limit):
            toStore(.reads(place, .lanes(LaneQuery(includesHeld: includesHeld, after: after, limit: limit))))
        case .readRelease: toStore(.reads(place, .release))
        case .readLoad: soon(.loadRead(place), centralLatency)
        case .readPasts: soon(.pastsRead(place), centralLatency)
        case .fetchExpired(let limit): toStore(.reads(place, .expired(at: wall, limit: limit)))
        case .fetchUnderWay(let after, let limit):
            toStore(.reads(place, .underWay(after: after, limit: min(limit, site.pageSize))))
        case .commit(let ref, let changes): toStore(.write(place, .release(ref), changes))
        case .reload(let ticket): toStore(.reads(place, .hold(ticket)))
        case .readRedemption(let ticket, let passID): toStore(.reads(place, .redemption(ticket, passID, at: wall)))
        case .launch(let hold, let pass): sendOrder(replica, hold, pass)
        case .observe(let ids): soon(.listingRead(place, ids), centralLatency)
        case .scan(let since):
            let begunAt = replica.clock.moment(at: now).monotonic
            soon(.scanRead(place, since: since, begunAt: begunAt), centralLatency)
        case .judgeMisfires(let gate): soon(.releaseEvent(place, .misfiresJudged(gate.epoch)))
        }
    }

    private var centralLatency: Int { centralSlowUntil > now ? 3000 : 15 }

    /// One request to Central, with a limit on how long its answer is waited for.
    private func sendOrder(_ replica: Replica, _ hold: Hold, _ pass: PassClaims) {
        let monotonic = replica.clock.moment(at: now).monotonic
        let isLeased =
            replica.seat == nil
            || (replica.gate.lease.holds(at: monotonic)
                && replica.lead?.lease.outlasts(.seconds(10), at: monotonic) ?? false)
        guard isLeased, replica.release.maySend(hold.ticket, attempt: hold.attempt) else {
            return tell(replica, .launchWithheld(hold.ticket, attempt: hold.attempt))
        }
        checkLaunch(replica, hold, pass)
        let fate: LaunchOutcome?
        if centralDownUntil > now {
            fate = chance.happens(700) ? .notSent(cause: "refused") : .unknown(cause: "lost")
        } else if chance.happens(profile.permille(.centralRefuses)) {
            fate = chance.pick([.notSent(cause: "f"), .refused(cause: "f"), .refusedForNow(cause: "f")])
        } else {
            fate = nil
        }
        guard let fate else { return soon(.ordered(replica.releasePlace, hold, pass, sentAt: now)) }
        soon(.releaseEvent(replica.releasePlace, .outcome(hold.ticket, attempt: hold.attempt, fate)), 30)
    }

    /// Passes on what a gate has committed, as `CommitNews` does.
    func announce(_ changes: [Change], by replica: Replica) {
        guard replica.term != nil else {
            // Another leads. What it learns at once, or by itself later, is left to chance.
            if let leader = replicas.first(where: { $0.term != nil }), chance.happens(500) {
                soon(.releaseEvent(leader.releasePlace, .stirred), 20)
            }
            return
        }
        var isStirring = false
        var isRedeeming = false
        for change in changes {
            switch change {
            case .redeem: isRedeeming = true
            case .addHold(let hold): isStirring = isStirring || hold.reason != .maintenance
            case .moveHold(let move) where move.to == .ended: soon(.read(replica.releasePlace, .ended(move.ticket)))
            case .moveHold(let move):
                guard move.to == .running || move.to == .launching else {
                    isStirring = true
                    continue
                }
                if isRedeeming, let attempt = move.attempt {
                    let event = ReleaseEvent.redeemed(move.ticket, attempt: attempt, move.update.executionID)
                    tell(replica, event)
                    if chance.happens(profile.permille(.answerDuplicated)) {
                        soon(.releaseEvent(replica.releasePlace, event), 200)
                    }
                } else {
                    soon(.read(replica.releasePlace, .taken(move.ticket)))
                }
            default: break
            }
        }
        if isStirring { tell(replica, .stirred) }
    }
}
