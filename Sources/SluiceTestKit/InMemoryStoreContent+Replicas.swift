import SluiceModel
import SluicePorts

/// Seats of replicas, and who leads.
extension InMemoryStoreContent {
    mutating func applyOfReplicas(_ change: Change) throws {
        switch change {
        case .seatReplica(let replica):
            guard replicas[replica.id] == nil else { throw conflict("seatReplica \(replica.id): it has a seat") }
            set(replica.id, replica)
        case .renewReplica(let renewal):
            guard let renewed = replicas[renewal.id]?.applying(renewal) else {
                throw conflict("renewReplica \(renewal.id) \(renewal.number)")
            }
            set(renewal.id, renewed)
        case .removeReplica(let id, let renewal):
            guard let replica = replicas[id] else { return }
            guard renewal == nil || renewal == replica.renewal else { throw conflict("removeReplica \(id)") }
            set(id, nil)
        case .takeLead(let record, let seen):
            guard leader?.sight == seen, record.term > leader?.term ?? 0 else {
                throw conflict("takeLead \(record.term)")
            }
            guard record.term >= mark.term else {
                throw StoreError(.staleFence, "takeLead \(record.term): older than \(mark)")
            }
            undos.append(.leader(leader))
            leader = record
            mark.term = record.term
        case .renewLead(let renewal):
            guard let renewed = leader?.applying(renewal) else { throw conflict("renewLead \(renewal.term)") }
            undos.append(.leader(leader))
            leader = renewed
        case .resignLead(let holder, let term, let at):
            guard let resigned = leader?.resigned(by: holder, term: term, at: at) else {
                throw conflict("resignLead \(term)")
            }
            undos.append(.leader(leader))
            leader = resigned
        case .expectOpen(let epoch):
            guard gate.map({ $0.closedEpoch <= epoch }) ?? true else { throw conflict("expectOpen \(epoch)") }
        case .expectUnasked(let asker):
            let isHeld = holds.rows.contains {
                asker.askID != nil && $0.request.askID == asker.askID && $0.principal == asker.principal
            }
            guard !isHeld else { throw conflict("expectUnasked: ask id") }
            if let admission = asker.runID.flatMap({ admissions[$0] }), admission.endedAt == nil {
                throw conflict("expectUnasked: execution")
            }
        default: preconditionFailure("no change of replicas")
        }
    }

    private mutating func set(_ id: ReplicaID, _ replica: Replica?) {
        undos.append(.replica(id, replicas[id]))
        replicas[id] = replica
    }
}
