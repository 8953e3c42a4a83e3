internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// The two halves of a transaction that carries out single steps: read and lock, then write.
struct GroupTransaction {
    let connection: Connection

    /// Numbers that one `nextval` gives to events.
    static let blockSize: Int64 = 1024

    /// Reads and locks what commits need, and takes numbers for their events.
    ///
    /// A number is taken only when every lock is held: then, of two commits of which one depends on the other, the
    /// first has the lower number.
    /// - Parameters:
    ///   - opening: Statements that go first, such as BEGIN and the named locks.
    ///   - mark: Filled in with the mark on record.
    func load(
        _ needs: inout GroupNeeds, after opening: [Statement], mark: inout FenceMark, takesNumbers: Bool = true
    ) throws -> (GroupState, EventNumbers) {
        var opening = try peek(&needs, after: opening)
        let parts = reads(needs, takesNumbers: takesNumbers)
        if !needs.locks.isEmpty { opening.append(Lock.statement(keys: needs.locks.sorted())) }
        let answers = try connection.exchange(opening + parts.map(\.statement))
        var state = GroupState()
        var numbers = EventNumbers()
        for (part, answer) in zip(parts, answers.dropFirst(opening.count)) {
            switch part.kind {
            case .fence: mark = try FenceMark(storedIn: answer)
            case .gate: state.closedEpoch = answer.first?.number(0).map { Epoch($0) }
            case .eventLock: break
            case .eventBlocks: numbers = EventNumbers(try answer.rows.map { try $0.requireNumber(0) })
            default: try state.fill(part.kind, from: answer)
            }
        }
        return (state, numbers)
    }

    /// Takes the locks of keys and rows that commits need, and reads nothing.
    func lock(_ needs: inout GroupNeeds) throws {
        var statements = try peek(&needs, after: [])
        if !needs.locks.isEmpty { statements.append(Lock.statement(keys: needs.locks.sorted())) }
        if !needs.movedTickets.isEmpty {
            var rows = Statement(
                "SELECT 1 FROM sluice.holds WHERE ticket = ANY ($1::text[]) ORDER BY arrival FOR UPDATE")
            rows.add(texts: needs.movedTickets.map(\.description))
            statements.append(rows)
        }
        if !statements.isEmpty { _ = try connection.exchange(statements) }
    }

    /// Looks up the keys of holds that are moved: a hold never gets another, so they may be read before they are
    /// locked.
    /// - Returns: The opening, unless it was sent.
    private func peek(_ needs: inout GroupNeeds, after opening: [Statement]) throws -> [Statement] {
        guard !needs.movedTickets.isEmpty else { return opening }
        var peek = Statement(
            "SELECT ordering_key, ask_id, coalesce_key FROM sluice.holds WHERE ticket = ANY ($1::text[])")
        peek.add(texts: needs.movedTickets.map(\.description))
        guard let answer = try connection.exchange(opening + [peek]).last else { return [] }
        for row in answer.rows {
            needs.add(orderingKey: row.text(0), askID: row.text(1), coalesceKey: row.text(2))
        }
        return []
    }

    /// The statements that write what was decided.
    func writes(_ state: GroupState, _ numbers: EventNumbers) -> [Statement] {
        GroupWrites(state: state, numbers: numbers).statements
    }

    enum Part {
        case fence, gate, moved, requests, existing, asks, admitted, redemptions, idempotency, eventLock, eventBlocks
    }

    private func reads(_ needs: GroupNeeds, takesNumbers: Bool) -> [(kind: Part, statement: Statement)] {
        var parts: [(kind: Part, statement: Statement)] = [
            (.fence, FenceMark.query)
        ]
        if needs.readsGate { parts.append((.gate, Statement("SELECT closed_epoch FROM sluice.gate"))) }
        func add(_ kind: Part, _ sql: String, _ texts: [String]...) {
            guard texts.contains(where: { !$0.isEmpty }) else { return }
            var statement = Statement(sql)
            for list in texts { statement.add(texts: list) }
            parts.append((kind, statement))
        }
        add(
            .moved,
            "SELECT \(HoldRow.briefColumns), has_callback FROM sluice.holds "
                + "WHERE ticket = ANY ($1::text[]) ORDER BY arrival "
                + "FOR UPDATE", needs.movedTickets.map(\.description))
        add(
            .requests, "SELECT ticket, request FROM sluice.holds WHERE ticket = ANY ($1::text[])",
            needs.rewrittenTickets.map(\.description))
        add(
            .existing, "SELECT ticket FROM sluice.holds WHERE ticket = ANY ($1::text[])",
            needs.addedTickets.map(\.description))
        add(
            .asks,
            "SELECT principal, ask_id, ticket, (state IN \(StoredHolds.openStates))::int FROM sluice.holds "
                + "WHERE ask_id IS NOT NULL AND ask_id = ANY ($1::text[])", needs.askIDs.sorted())
        add(
            .admitted,
            "SELECT execution_id, (ended_at IS NOT NULL)::int FROM sluice.admissions "
                + "WHERE execution_id = ANY ($1::text[])", needs.unaskedRunIDs.sorted())
        add(
            .redemptions,
            "SELECT pass_id, principal, ask_id, run_id, at, forget_at FROM sluice.redemptions "
                + "WHERE pass_id = ANY ($1::text[])", needs.passIDs.sorted())
        add(
            .idempotency,
            "SELECT \(RecordRows.idempotencyColumns) FROM sluice.idempotency "
                + "JOIN unnest($1::text[], $2::text[]) AS place (p, k) ON principal = p AND key = k",
            needs.idempotencyPlaces.map { $0.principal.text.storable },
            needs.idempotencyPlaces.map { $0.key.text.storable })
        if takesNumbers, needs.eventCountMax > 0 { parts += EventNumbers.statements(count: needs.eventCountMax) }
        return parts
    }
}

/// The numbers of a transaction's events: whole blocks, so that those of two transactions never mix.
struct EventNumbers {
    private let blocks: [Int64]

    /// The place of the first event in the first block.
    private let offset: Int

    init(_ blocks: [Int64] = [], offset: Int = 0) {
        self.blocks = blocks
        self.offset = offset
    }

    subscript(place: Int) -> Int64 {
        let size = Int(GroupTransaction.blockSize)
        let index = place + offset
        return blocks[index / size] * GroupTransaction.blockSize + Int64(index % size)
    }

    /// Takes numbers for so many events.
    ///
    /// First the number that none of them will be below is put where readers see it, as a lock: they show no event of a
    /// later number before this transaction has ended (`EventReader`).
    static func statements(count: Int) -> [(kind: GroupTransaction.Part, statement: Statement)] {
        let blockCount = (count + Int(GroupTransaction.blockSize) - 1) / Int(GroupTransaction.blockSize)
        return [
            (
                .eventLock,
                Statement(
                    "SELECT pg_advisory_xact_lock_shared(\(Lock.events), (last_value & \(EventReader.lockMask))::int) "
                        + "FROM sluice.event_blocks")
            ),
            (
                .eventBlocks,
                Statement("SELECT nextval('sluice.event_blocks') FROM generate_series(1, $1::int)", blockCount)
            ),
        ]
    }
}

extension FenceMark {
    static let query = Statement("SELECT value FROM sluice.meta WHERE name = '\(Schema.fence)'")

    /// Reads the answer to `query`.
    init(storedIn answer: Answer) throws {
        guard let row = answer.first else {
            self = .fresh
            return
        }
        let text = try row.require(0)
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 2 else { throw StoredWord.unreadable("fence \(text)") }
        self.init(timeline: numbers[0], term: numbers[1])
    }

    /// Keeps it.
    var write: Statement {
        Statement(
            """
            INSERT INTO sluice.meta VALUES ('\(Schema.fence)', $1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, "\(timeline) \(term)")
    }
}

extension GroupState {
    /// Takes in what was read.
    fileprivate mutating func fill(_ kind: GroupTransaction.Part, from answer: Answer) throws {
        for row in answer.rows {
            switch kind {
            case .moved:
                let hold = try HoldRow.briefHold(row)
                holds[hold.ticket] = Row(hold: hold, hasCallback: row.number(27) == 1)
            case .requests: holds[try StoredWord.ticket(try row.require(0))]?.request = row.text(1)
            case .existing: existing.insert(try StoredWord.ticket(try row.require(0)))
            case .asks:
                let place = AskPlace(principal: Principal(try row.require(0)), askID: AskID(try row.require(1)))
                let ticket = try StoredWord.ticket(try row.require(2))
                openAsks[place, default: []].formUnion(row.number(3) == 1 ? [ticket] : [])
            case .admitted: admittedRuns[try row.require(0)] = row.number(1) == 1
            case .redemptions:
                let id = try StoredWord.passID(try row.require(0))
                redemptions[id] = try RecordRows.redemption(row, passID: id)
            case .idempotency:
                let record = try RecordRows.idempotency(row)
                idempotency[.init(principal: record.principal, key: record.key)] = record
            case .fence, .gate, .eventLock, .eventBlocks: break
            }
        }
    }
}
