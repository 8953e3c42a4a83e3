internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// What the store knows about a request, in one round trip and from one snapshot.
struct FactsReader {
    let connection: Connection

    private enum Part {
        case ticketHold, askHold, idempotency, idempotencyHold, redemption, passHold, passAdmission, ownAdmission,
            backlog, parent
    }

    func facts(for keys: LookupKeys, at now: Timestamp) throws -> LookupFacts {
        let queries = self.queries(keys, now)
        let answers = try connection.exchange(
            [Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")] + queries.map(\.statement)
                + [Statement("COMMIT")])
        var facts = LookupFacts()
        for (query, answer) in zip(queries, answers.dropFirst()) {
            guard let row = answer.first else { continue }
            switch query.part {
            case .ticketHold: facts.ticketHold = try HoldRow.hold(row)
            case .askHold: facts.askHold = try HoldRow.hold(row)
            case .idempotency: facts.idempotency = try RecordRows.idempotency(row)
            case .idempotencyHold: facts.idempotencyHold = try HoldRow.hold(row)
            case .redemption:
                facts.redemption = try keys.passID.map { try RecordRows.redemption(row, passID: $0) }
            case .passHold: facts.passHold = try HoldRow.hold(row)
            case .passAdmission: facts.passAdmission = try RecordRows.admission(row)
            case .ownAdmission: facts.ownAdmission = try RecordRows.admission(row)
            case .backlog: facts.hasBacklog = true
            case .parent: facts.parent = try RecordRows.admission(row)
            }
        }
        return facts
    }

    private func queries(_ keys: LookupKeys, _ now: Timestamp) -> [(part: Part, statement: Statement)] {
        var queries: [(part: Part, statement: Statement)] = []
        func add(_ part: Part, _ sql: String, _ parameters: any StatementParameter...) {
            var statement = Statement(sql)
            for parameter in parameters { parameter.add(to: &statement) }
            queries.append((part, statement))
        }
        let hold = "SELECT \(HoldRow.columns) FROM sluice.holds WHERE"
        let admission = "SELECT \(RecordRows.admissionColumns) FROM sluice.admissions WHERE execution_id = $1"
        if let ticket = keys.ticket { add(.ticketHold, "\(hold) ticket = $1", ticket.description) }
        if let askID = keys.askID {
            add(
                .askHold,
                "\(hold) ask_id IS NOT NULL AND ask_id = $1 AND principal = $2 ORDER BY arrival DESC LIMIT 1",
                askID.text.storable, keys.principal.text.storable)
        }
        if let key = keys.idempotencyKey {
            let found = "FROM sluice.idempotency WHERE principal = $1 AND key = $2 AND forget_at > $3"
            let (principal, text) = (keys.principal.text.storable, key.text.storable)
            add(.idempotency, "SELECT \(RecordRows.idempotencyColumns) \(found)", principal, text, now.milliseconds)
            add(.idempotencyHold, "\(hold) ticket = (SELECT ticket \(found))", principal, text, now.milliseconds)
        }
        if let passID = keys.passID {
            add(
                .redemption,
                "SELECT pass_id, principal, ask_id, run_id, at, forget_at FROM sluice.redemptions "
                    + "WHERE pass_id = $1 AND forget_at > $2", passID.description, now.milliseconds)
        }
        if let ticket = keys.passTicket { add(.passHold, "\(hold) ticket = $1", ticket.description) }
        if let runID = keys.passRunID { add(.passAdmission, admission, runID.text.storable) }
        if let runID = keys.ownRunID { add(.ownAdmission, admission, runID.text.storable) }
        if let key = keys.orderingKey {
            add(
                .backlog,
                "SELECT 1 FROM sluice.holds WHERE ordering_key IS NOT NULL AND ordering_key = $1 "
                    + "AND state IN \(StoredHolds.openStates) LIMIT 1", key.text.storable)
        }
        if let parent = keys.parentRunID { add(.parent, admission, parent.text.storable) }
        return queries
    }
}
