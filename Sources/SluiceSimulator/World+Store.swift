import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// The store as the replicas reach it: over a line that loses things, on a disk that fills up.
extension World {
    var isStoreReadable: Bool { storeDownUntil <= now }

    /// All changes or none, by the rules of the model store; what they did is looked at.
    func commit(_ changes: [Change], fence: Fence) -> Fate {
        let eventCount = store.events.count
        let isStale = fence.term.map { $0 < store.mark.term } ?? false
        do {
            try store.commit(changes, fence: fence)
        } catch let error as StoreError {
            return error.code == .staleFence ? .staleFence : .conflict
        } catch {
            return .conflict
        }
        require(!isStale, .staleTokens, "the fence \(fence) wrote though \(store.mark) was on record")
        for index in eventCount..<store.events.count { observe(store.events[index]) }
        if book.isCoalescingTouched { checkCoalesced() }
        return .done
    }

    private var isAlone: Bool { profile.replicaCount == 1 }

    /// A commit has reached the store.
    func write(_ place: Place, _ writer: Writer, _ changes: [Change]) {
        // The file of a single process is locked: the next opens it when what this one had begun is written or lost.
        // The PostgreSQL that replicas share may still write what a process that has ended had sent.
        guard !isAlone || replicas[place.replica].life == place.life else { return }
        var fate = Fate.failed
        if storeDownUntil <= now, diskFullUntil <= now, !chance.happens(profile.permille(.commitLost)) {
            fate = commit(changes, fence: Fence(timeline: 1, term: isAlone ? nil : place.term))
            if chance.happens(profile.permille(.acknowledgementLost)) { fate = .failed }
        }
        soon(.written(place, writer, changes, fate))
    }

    /// Its writer learns what became of it.
    func written(_ replica: Replica, _ writer: Writer, _ changes: [Change], _ fate: Fate) {
        switch writer {
        case .gate(let ref):
            switch fate {
            case .done:
                announce(changes, by: replica)
                tell(replica, .committed(ref))
            case .conflict, .staleFence: tell(replica, .conflicted(ref))
            case .failed:
                setStoreUsable(replica, false)
                tell(replica, .commitFailed(ref))
            }
        case .mode:
            if fate == .done { announce(changes, by: replica) }
            switch fate {
            case .done: tell(replica, .modeCommitted)
            case .conflict: tell(replica, .modeConflicted)
            case .failed, .staleFence: tell(replica, .modeCommitFailed)
            }
        case .release(let ref):
            learned(replica, changes, fate)
            switch fate {
            case .done: tell(replica, .committed(ref))
            case .conflict: tell(replica, .conflicted(ref))
            case .staleFence: if let term = replica.term { tell(replica, .fenced(term: term)) }
            case .failed: agenda.put(.releaseEvent(replica.releasePlace, .commitFailed(ref)), at: now + .seconds(1))
            }
        case .tally: setStoreUsable(replica, fate == .done)
        case .desk(var job):
            switch fate {
            case .done: announce(changes, by: replica)
            case .conflict where job.tryCount < 5:
                job.tryCount += 1
                send(.desk(job), from: replica)
            case .conflict, .staleFence, .failed: deskFailed(job)
            }
        case .releaseDesk(var job):
            switch fate {
            case .done:
                for case .setRelease(let record, _) in changes { tell(replica, .releaseRead(record)) }
            case .conflict where job.tryCount < 5:
                job.tryCount += 1
                send(.releaseDesk(job), from: replica)
            case .conflict, .staleFence, .failed: break
            }
        case .seat(let number):
            switch fate {
            case .done: send(.seatGate(number), from: replica)
            case .conflict, .staleFence: tell(replica, .refused(number))
            case .failed: tell(replica, .failed(number, cause: "the store failed"))
            }
        case .lead(let call): written(replica, call, fate)
        case .nobody: break
        }
    }

    func send(_ read: Read, from replica: Replica) { toStore(.reads(replica.place, read)) }

    private var seatRows: [SluiceModel.Replica] { store.replicas.values.sorted { $0.id < $1.id } }

    /// A read has reached the store.
    func perform(_ read: Read, _ place: Place) {
        guard isStoreReadable, !chance.happens(profile.permille(.readFailed)) else { return failed(read, place) }
        switch read {
        case .facts(let ref, let keys, let wall): found(place, ref, store.facts(for: keys, at: wall))
        case .seatGate(let number):
            guard let record = store.gate else { return }
            soon(.seatAnswered(place, .granted(number, record)))
        case .lead:
            soon(.leadAnswered(place, .observed(store.leader, seats: seatRows)))
        case .seats(let wait): soon(.seatsRead(place, wait, seatRows))
        case .gate:
            guard let record = store.gate else { return }
            soon(.gateEvent(place, .modeReloaded(record)))
        case .hold(let ticket): soon(.releaseEvent(place, .reloaded(ticket, store.holds[ticket])))
        case .redemption(let ticket, let passID, let wall):
            let isRedeemed = store.redemptions[passID].map { $0.forgetAt > wall } ?? false
            soon(.releaseEvent(place, .redemptionRead(ticket, isRedeemed: isRedeemed)))
        case .candidates(let query):
            let holds = store.candidates(query)
            let passIDs = holds.map { _ in PassID(ulid()) }
            soon(
                .releaseEvent(
                    place, .candidates(holds, passIDs: passIDs, isLastPage: holds.count < query.limit)))
        case .lanes(let query): soon(.releaseEvent(place, .lanesRead(store.lanes(query))))
        case .release: soon(.releaseEvent(place, .releaseRead(store.release)))
        case .expired(let wall, let limit):
            let holds = store.expired(at: wall, limit: limit)
            if !holds.isEmpty { soon(.releaseEvent(place, .expiredFound(holds))) }
        case .underWay(let after, let limit):
            let page = store.page(HoldQuery(states: [.launching, .running], after: after, limit: limit))
            soon(.releaseEvent(place, .underWay(page.holds, next: page.next)))
        case .taken(let ticket):
            guard let hold = store.holds[ticket] else { return }
            soon(.releaseEvent(place, .taken(hold)))
        case .ended(let ticket):
            guard let hold = store.holds[ticket] else { return }
            soon(.releaseEvent(place, .reloaded(ticket, hold)))
        case .desk(let job): soon(.deskRead(place, job, store.holds[job.ticket]))
        case .releaseDesk(let job): soon(.releaseDeskRead(place, job, store.release))
        }
    }

    private func failed(_ read: Read, _ place: Place) {
        switch read {
        case .facts(let ref, _, _): soon(.gateEvent(place, .lookUpFailed(ref)))
        case .candidates, .lanes: soon(.releaseEvent(place, .candidatesFailed))
        case .underWay: soon(.releaseEvent(place, .underWayFailed))
        // Read until the store answers: what it has is what counts.
        case .seatGate(let number): soon(.seatAnswered(place, .failed(number, cause: "the store failed")))
        case .lead: soon(.leadAnswered(place, .observeFailed))
        case .seats(let wait): soon(.seatsRead(place, wait, nil))
        case .gate, .hold, .redemption: agenda.put(.read(place, read), at: now + .seconds(1))
        case .desk(let job): deskFailed(job)
        case .expired, .taken, .ended, .release, .releaseDesk: break
        }
    }
}
