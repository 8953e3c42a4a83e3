internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of the gate, of what was answered, and of what was let through.
extension OpenTransaction {
    mutating func setGate(_ gate: GateRecord, replacing replaced: Epoch) throws {
        let stored: Int64 = try row("SELECT epoch FROM gate WHERE id = 1", [])?[0] ?? 0
        guard stored == replaced.number else {
            throw CommitRefusal.conflict("setGate \(gate.epoch): the stored epoch is \(stored), must be \(replaced)")
        }
        try execute(
            "INSERT INTO gate VALUES (1, ?, ?) ON CONFLICT DO UPDATE "
                + "SET epoch = excluded.epoch, closed_epoch = excluded.closed_epoch",
            [gate.epoch.number, gate.closedEpoch.number])
        try execute("DELETE FROM gate_modes")
        for (place, mode) in ([gate.whole] + gate.scopes).enumerated() {
            let scope = mode.scope.map(ScopeColumns.init)
            try execute(
                "INSERT INTO gate_modes VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    place, scope?.kind, scope?.value.storable, mode.mode.rawValue, mode.since.milliseconds,
                    mode.by.text.storable, mode.reason.storable,
                ])
        }
        let latest = gate.scopes.reduce(gate.whole) { $1.since >= $0.since ? $1 : $0 }
        let name = latest.scope?.description ?? "whole gate"
        try appendEvent(
            at: latest.since, kind: "gate-changed", by: latest.by,
            cause: "epoch \(gate.epoch), \(name) \(latest.mode.rawValue): \(latest.reason)")
    }

    mutating func judgedMisfires(_ epoch: Epoch) throws {
        try execute(
            "INSERT INTO meta VALUES ('\(Schema.judgedEpoch)', ?) ON CONFLICT DO UPDATE SET value = excluded.value "
                + "WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
            [String(epoch.number)])
    }

    /// A record whose time has passed counts as forgotten, whether or not it was pruned yet.
    mutating func redeem(_ redemption: Redemption) throws {
        let pass = redemption.passID.description
        let asker = redemption.asker
        let found = try row(
            "SELECT principal, ask_id, run_id FROM redemptions WHERE pass_id = ? AND forget_at > ?",
            [pass, redemption.at.milliseconds])
        if let found {
            guard asker.isSame(as: RecordRows.asker(found)) else {
                throw CommitRefusal.conflict("redeem \(pass): another question used this pass before")
            }
            return
        }
        try execute(
            "INSERT OR REPLACE INTO redemptions VALUES (?, ?, ?, ?, ?, ?)",
            [
                pass, asker.principal.text.storable, asker.askID?.text.storable, asker.runID?.text.storable,
                redemption.at.milliseconds, redemption.forgetAt.milliseconds,
            ])
    }

    mutating func remember(_ record: IdempotencyRecord) throws {
        let found = try row(
            RecordRows.idempotencyQuery,
            [record.principal.text.storable, record.key.text.storable, record.at.milliseconds])
        if let found {
            guard try RecordRows.idempotency(found) == record else {
                throw CommitRefusal.conflict(
                    "remember \(record.key) of \(record.principal): the key was answered before and is not forgotten "
                        + "yet"
                )
            }
            return
        }
        var ticket: String?
        var epoch: Int64?
        var passID: String?
        switch record.outcome {
        case .held(let held): ticket = held.description
        case .proceeded(let proceeded, let pass): (epoch, passID) = (proceeded.number, pass.description)
        }
        try execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                record.principal.text.storable, record.key.text.storable, Data(record.fingerprint.bytes), ticket, epoch,
                passID, record.at.milliseconds, record.forgetAt.milliseconds,
            ])
    }

    func expectUnasked(_ asker: Asker) throws {
        if let askID = asker.askID {
            let held = try row(
                "SELECT ticket FROM holds WHERE ask_id = ? AND principal = ? LIMIT 1",
                [askID.text.storable, asker.principal.text.storable])
            if let ticket: String = held?[0] {
                throw CommitRefusal.conflict(
                    "expectUnasked: \(ticket) has ask id \(askID) of \(asker.principal); look it up and decide anew")
            }
        }
        if let runID = asker.runID {
            let admitted = try row(
                "SELECT 1 FROM admissions WHERE execution_id = ? AND ended_at IS NULL", [runID.text.storable])
            guard admitted == nil else {
                throw CommitRefusal.conflict(
                    "expectUnasked: execution \(runID) was let through; look it up and decide anew")
            }
        }
    }

    mutating func admit(_ admission: Admission) throws {
        let insertion = try statements[.admit, "INSERT INTO admissions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"]
        insertion.bind(admission.executionID.text.storable)
        insertion.bind(admission.flow.text.storable)
        insertion.bind(admission.reason.rawValue)
        insertion.bind(admission.at.milliseconds)
        insertion.bind(admission.endedAt?.milliseconds)
        try insertion.run()
    }

    /// As `KnownCaller.replaces` says.
    func put(_ caller: KnownCaller, horizon: Timestamp) throws {
        try execute(
            "INSERT INTO callers VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, "
                + "is_refused = excluded.is_refused, forget_at = excluded.forget_at "
                + "WHERE at > ? OR (excluded.at, excluded.is_refused) > (at, is_refused)",
            [
                Data(caller.fingerprint.bytes), caller.at.milliseconds, caller.isRefused ? 1 : 0,
                caller.forgetAt.milliseconds, horizon.milliseconds,
            ])
    }

    mutating func add(_ tally: LaunchTally) throws {
        try execute(
            "INSERT INTO tallies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [tally.hour.milliseconds, tally.source.rawValue, tally.count])
    }

    mutating func recordPack(_ revision: PackRevision) throws {
        let name = revision.name.storable
        let newest: Int = try row("SELECT coalesce(max(number), 0) FROM packs WHERE name = ?", [name])?[0] ?? 0
        guard revision.number == newest + 1 else {
            throw CommitRefusal.conflict(
                "recordPack \(revision.name) \(revision.number): the newest revision is \(newest)")
        }
        try execute(
            "INSERT INTO packs VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                name, revision.number, revision.version?.storable, revision.digest?.storable,
                revision.loadedAt.milliseconds, revision.by.text.storable, try PackRecord.encode(revision.flows),
            ])
        try appendEvent(
            at: revision.loadedAt, kind: PackRevision.eventKind, by: revision.by, cause: revision.eventText)
    }

    mutating func endAdmission(_ id: ExecutionID, at: Timestamp) throws {
        let update = try statements[
            .endAdmission, "UPDATE admissions SET ended_at = ? WHERE execution_id = ? AND ended_at IS NULL"]
        update.bind(at.milliseconds)
        update.bind(id.text.storable)
        try update.run()
    }
}
