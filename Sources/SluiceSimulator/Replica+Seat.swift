import SluiceCore
import SluiceModel
import SluicePorts

/// Drives `SeatState`, `CloseWait` and `LeaderState`, where several replicas share the store.
extension World {
    static let seatPolicy = SeatPolicy(lease: .seconds(3))
    /// Outlasts the ten seconds that a launch may take to be answered.
    static let leaderPolicy = LeaderPolicy(lease: .seconds(20))

    func seatIn(_ replica: Replica, _ epoch: Epoch, _ moment: Moment) {
        replica.term = nil
        replica.id = ReplicaID("\(replica.name).\(replica.life)")
        replica.seat = SeatState(
            id: replica.id, name: replica.name, version: "1", policy: Self.seatPolicy, appliedEpoch: epoch, at: moment)
        replica.lead = LeaderState(id: replica.id, name: replica.name, policy: Self.leaderPolicy, at: moment)
    }

    func tell(_ replica: Replica, _ event: SeatEvent) {
        guard let effects = replica.seat?.step(event, at: replica.clock.moment(at: now)) else { return }
        for effect in effects {
            switch effect {
            case .join(let seat): toStore(.write(replica.place, .seat(seat.renewal), [.seatReplica(seat)]))
            case .renew(let renewal): toStore(.write(replica.place, .seat(renewal.number), [.renewReplica(renewal)]))
            case .apply(let record):
                tell(replica, .gateRead(record, isForced: false) as GateEvent)
                tell(replica, .gateChanged(replica.gate.record, closedEpoch: replica.gate.closedEpoch))
            case .extend(let lease): tell(replica, .leaseExtended(lease))
            case .lose(let cause):
                trace?.add(now, replica.name, "loses its lease: \(cause)")
                tell(replica, .leaseLost)
            case .leave, .readTimeline: break
            }
        }
    }

    /// The seats were read for a close; nil: they could not be.
    func seatsRead(_ replica: Replica, _ wait: CloseWait, _ seats: [SluiceModel.Replica]?) {
        var wait = wait
        let moment = replica.clock.moment(at: now).monotonic
        let acknowledgement = seats.map { wait.seats($0, at: moment) } ?? wait.acknowledgement(at: moment)
        guard acknowledgement == nil else { return acknowledge(replica, epoch: wait.epoch) }
        let pause = Instant(wait.readAt(after: moment).since(moment).wholeMilliseconds) * 1000
        agenda.put(.read(replica.place, .seats(wait)), at: now + max(pause, .milliseconds(100)))
    }

    // MARK: The lead

    func tell(_ replica: Replica, _ event: LeaderEvent) {
        guard let effects = replica.lead?.step(event, at: replica.clock.moment(at: now)) else { return }
        for effect in effects {
            switch effect {
            case .observe: send(.lead, from: replica)
            case .take(let record, let seen):
                toStore(.write(replica.place, .lead(.take(record.term)), [.takeLead(record, seen: seen)]))
            case .renew(let renewal):
                toStore(.write(replica.place, .lead(.renew(renewal.number)), [.renewLead(renewal)]))
            case .lead(let term):
                trace?.add(now, replica.name, "leads in term \(term)")
                startRelease(replica, term: term)
            case .extend: break
            case .stepDown(let term, let cause):
                trace?.add(now, replica.name, "leads no more: \(cause)")
                replica.term = nil
                soon(.leadAnswered(replica.place, .stopped(term: term)), 50)
            case .resign(let term):
                let wall = replica.clock.moment(at: now).wall
                toStore(.write(replica.place, .lead(.resign), [.resignLead(replica.id, term: term, at: wall)]))
            case .removeSeat(let seat):
                toStore(.write(replica.place, .nobody, [.removeReplica(seat.id, renewal: seat.renewal)]))
            }
        }
    }

    func written(_ replica: Replica, _ call: LeadCall, _ fate: Fate) {
        switch (call, fate) {
        case (.take(let term), .done): tell(replica, .taken(term))
        case (.take(let term), .failed): tell(replica, .takeFailed(term))
        case (.take(let term), _): tell(replica, .takeRefused(term))
        case (.renew(let number), .done): tell(replica, .renewed(number))
        case (.renew(let number), .failed): tell(replica, .renewalFailed(number))
        case (.renew(let number), _): tell(replica, .renewalRefused(number))
        case (.resign, _): tell(replica, .resigned)
        }
    }
}
