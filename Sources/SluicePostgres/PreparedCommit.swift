internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A commit with everything worked out that does not need the database.
struct PreparedCommit: Sendable {
    let steps: [Step]
    let fence: Fence
    /// Whether it changes what many commits depend on, and so has a transaction of its own.
    let isAlone: Bool

    enum Step: Sendable {
        case single(SingleStep)
        case wide(WideStep)
    }

    /// Changes one hold or one record: many commits of these share a transaction.
    indirect enum SingleStep: Sendable {
        /// A hold to add, and the part of its request that is stored as JSON; with how it came in from another site.
        case addHold(Hold, request: String, imported: HoldImport?)
        case moveHold(HoldMove)
        case redeem(Redemption)
        case remember(IdempotencyRecord)
        case admit(Admission)
        case endAdmission(ExecutionID, at: Timestamp)
        case putCaller(KnownCaller, horizon: Timestamp)
        case tally(LaunchTally)
        case note(AuditNote)
        case expectOpen(since: Epoch)
        case expectUnasked(Asker)
    }

    /// Changes what others depend on, or must look while it changes; has a transaction of its own.
    indirect enum WideStep: Sendable {
        case setGate(GateRecord, replacing: Epoch)
        case recallReleased(at: Timestamp, by: Principal, cause: String)
        case recordPack(PackRevision)
        case putWindow(Window)
        case putOccurrence(WindowOccurrence)
        case forgetWindow(WindowID)
        case putMaintenance(MaintenanceRecord)
        case journal(JournalEntry, replacing: JournalState?)
        case addMissed(MissedTime)
        case judgedMisfires(Epoch)
        case seatReplica(Replica)
        case renewReplica(ReplicaRenewal)
        case removeReplica(ReplicaID, renewal: Int64?)
        case takeLead(LeaderRecord, seen: LeaderRecord.Sight?)
        case renewLead(LeaderRenewal)
        case resignLead(ReplicaID, term: Int64, at: Timestamp)
        case coalesce(Coalescing)
        case succeed(Succession)
        case setRelease(ReleaseRecord, replacing: Int64?)
        case settleCallback(CallbackSettlement)
        case forgetHolds(Forgetting)
    }

    /// - Throws: `StoreError` when a hold carries a secret in clear: such a one never reaches the database.
    init(_ changes: [Change], fence: Fence) throws {
        self.fence = fence
        steps = try changes.map { try Step($0) }
        isAlone = steps.contains { if case .wide = $0 { true } else { false } }
    }

    /// Its single steps, in order.
    var singleSteps: [SingleStep] {
        steps.compactMap { if case .single(let step) = $0 { step } else { nil } }
    }
}

extension PreparedCommit.Step {
    init(_ change: Change) throws {
        switch change {
        case .addHold(let hold):
            self = .single(.addHold(hold, request: try Self.request(of: hold), imported: nil))
        case .importHold(let imported):
            let request = try Self.request(of: imported.hold)
            self = .single(.addHold(imported.hold, request: request, imported: imported))
        case .moveHold(let move): self = .single(.moveHold(move))
        case .redeem(let redemption): self = .single(.redeem(redemption))
        case .remember(let record): self = .single(.remember(record))
        case .admit(let admission): self = .single(.admit(admission))
        case .endAdmission(let id, let at): self = .single(.endAdmission(id, at: at))
        case .putCaller(let caller, let horizon): self = .single(.putCaller(caller, horizon: horizon))
        case .tally(let tally): self = .single(.tally(tally))
        case .note(let note): self = .single(.note(note))
        case .setGate(let gate, let replaced): self = .wide(.setGate(gate, replacing: replaced))
        case .recallReleased(let at, let by, let cause): self = .wide(.recallReleased(at: at, by: by, cause: cause))
        case .recordPack(let revision): self = .wide(.recordPack(revision))
        case .putWindow(let window): self = .wide(.putWindow(window))
        case .putOccurrence(let occurrence): self = .wide(.putOccurrence(occurrence))
        case .forgetWindow(let id): self = .wide(.forgetWindow(id))
        case .putMaintenance(let record): self = .wide(.putMaintenance(record))
        case .journal(let entry, let replaced): self = .wide(.journal(entry, replacing: replaced))
        case .addMissed(let time): self = .wide(.addMissed(time))
        case .judgedMisfires(let epoch): self = .wide(.judgedMisfires(epoch))
        case .seatReplica(let replica): self = .wide(.seatReplica(replica))
        case .renewReplica(let renewal): self = .wide(.renewReplica(renewal))
        case .removeReplica(let id, let renewal): self = .wide(.removeReplica(id, renewal: renewal))
        case .takeLead(let record, let seen): self = .wide(.takeLead(record, seen: seen))
        case .renewLead(let renewal): self = .wide(.renewLead(renewal))
        case .resignLead(let id, let term, let at): self = .wide(.resignLead(id, term: term, at: at))
        case .expectOpen(let epoch): self = .single(.expectOpen(since: epoch))
        case .expectUnasked(let asker): self = .single(.expectUnasked(asker))
        case .coalesce(let coalescing): self = .wide(.coalesce(coalescing))
        case .succeed(let succession): self = .wide(.succeed(succession))
        case .setRelease(let record, let replaced): self = .wide(.setRelease(record, replacing: replaced))
        case .settleCallback(let settlement): self = .wide(.settleCallback(settlement))
        case .forgetHolds(let forgetting): self = .wide(.forgetHolds(forgetting))
        }
    }

    private static func request(of hold: Hold) throws -> String {
        do {
            return String(decoding: try RequestRecord.encode(hold.request), as: UTF8.self)
        } catch let error as RequestRecord.ClearSecret {
            throw StoreError(
                .unavailable,
                "addHold \(hold.ticket): input \(error.inputName) is a secret in clear; seal it before the commit",
                cause: error)
        }
    }
}

/// Why a commit was not carried out though the database works.
struct CommitRefusal: Error {
    let storeError: StoreError

    static func conflict(_ message: String) -> CommitRefusal {
        CommitRefusal(storeError: StoreError(.conflict, message))
    }

    static func stale(_ what: String, _ mark: FenceMark) -> CommitRefusal {
        CommitRefusal(
            storeError: StoreError(.staleFence, "\(what) is older than \(mark): a newer leader writes; step down"))
    }
}
