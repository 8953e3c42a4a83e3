import SluiceCore
import SluiceModel
import SluicePorts

/// Passes on what was committed: to the release, and to whoever waits for a hold.
enum CommitNews {
    static func tell(_ changes: [Change], _ watchers: HoldWatchers) {
        watchers.committed()
        for change in changes {
            switch change {
            case .moveHold(let move): watchers.changed(CollectionOfOne(move.ticket))
            case .recallReleased: watchers.allChanged()
            case .coalesce(let coalescing): watchers.changed(coalescing.key)
            case .succeed(let succession): watchers.changed(succession.key)
            case .setGate, .addHold, .importHold, .redeem, .remember, .admit, .endAdmission, .putCaller,
                .tally, .recordPack, .note, .putWindow, .putOccurrence, .forgetWindow, .putMaintenance, .journal,
                .addMissed,
                .judgedMisfires, .seatReplica,
                .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead, .expectOpen, .expectUnasked,
                .setRelease, .settleCallback, .forgetHolds:
                break
            }
        }
    }

    static func announce(_ changes: [Change], to releaser: Releaser?, watchers: HoldWatchers, store: any Store) {
        tell(changes, watchers)
        var isStirring = false
        var isRedeeming = false
        for change in changes {
            switch change {
            case .redeem: isRedeeming = true
            case .succeed: isStirring = true
            // One held by maintenance cannot start before the gate changes, which is news of its own.
            case .addHold(let hold): isStirring = isStirring || hold.reason != .maintenance
            case .importHold: isStirring = true
            case .moveHold(let move) where move.to == .ended:
                // why: a caller reported its end; the release forgets the flight, and nobody waits for that.
                Task {
                    if let hold = try? await store.hold(move.ticket) {
                        releaser?.handle(.reloaded(move.ticket, hold))
                    }
                }
            case .moveHold(let move):
                guard move.to == .running || move.to == .launching else {
                    isStirring = true
                    continue
                }
                if isRedeeming, let attempt = move.attempt {
                    releaser?.handle(.redeemed(move.ticket, attempt: attempt, move.update.executionID))
                } else {
                    // why: a caller took it; its hold is read so that its end can be followed, and nobody waits for
                    // that.
                    Task {
                        if let hold = try? await store.hold(move.ticket) { releaser?.handle(.taken(hold)) }
                    }
                }
            case .setGate, .recallReleased, .coalesce, .remember, .admit, .endAdmission, .putCaller,
                .tally, .recordPack, .note,
                .putWindow, .putOccurrence, .forgetWindow, .putMaintenance, .journal, .addMissed, .judgedMisfires,
                .seatReplica,
                .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead, .expectOpen, .expectUnasked,
                .setRelease, .settleCallback, .forgetHolds:
                break
            }
        }
        if isStirring { releaser?.handle(.stirred) }
    }
}
