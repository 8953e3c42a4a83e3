import SluiceModel
import SluicePorts

/// Seats, the lead, and what expects an open gate.
extension StoreChangeGenerator {
    mutating func changeOfReplicas() -> Change {
        switch number(0...9) {
        case 0...1:
            return .seatReplica(
                Replica(
                    id: replicaID(), name: "host \(number(1...3))", version: "1", seatedAt: now,
                    lease: .milliseconds(number(1...9000)), confirmedEpoch: gateEpoch(), inFlightCount: number(0...9)))
        case 2...3:
            let id = replicaID()
            return .renewReplica(
                ReplicaRenewal(
                    id: id, number: renewalNumber(of: id) + Int64(number(0...2)), at: now, confirmedEpoch: gateEpoch(),
                    inFlightCount: number(0...9)))
        case 4:
            let id = replicaID()
            let seen = renewalNumber(of: id) - (chance(of: 1, in: 3) ? 1 : 0)
            return .removeReplica(id, renewal: chance(of: 1, in: 3) ? nil : seen)
        case 5...6:
            let term = (leader?.term ?? 0) + Int64(number(0...2))
            let record = LeaderRecord(
                term: term, holder: replicaID(), name: "host", since: now, lease: .seconds(number(1...60)))
            return .takeLead(record, seen: chance(of: 4, in: 5) ? leader?.sight : .init(term: 1, renewal: 0))
        case 7:
            return .renewLead(
                LeaderRenewal(
                    term: leader?.term ?? 1, holder: leader?.holder ?? replicaID(),
                    number: (leader?.renewal ?? 0) + Int64(number(0...2)), at: now))
        case 8:
            return .resignLead(leader?.holder ?? replicaID(), term: leader?.term ?? 1, at: now)
        default: return chance(of: 1, in: 2) ? .expectOpen(since: gateEpoch()) : .expectUnasked(asker())
        }
    }

    private func renewalNumber(of id: ReplicaID) -> Int64 { seats.first { $0.id == id }?.renewal ?? 0 }

    private mutating func gateEpoch() -> Epoch { Epoch(max(0, epoch - Int64(number(0...2)))) }
}
