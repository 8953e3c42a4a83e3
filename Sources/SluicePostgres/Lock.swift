internal import SluiceModel
internal import SluiceStoreRecords

/// The advisory locks of a transaction, all released when it ends. Their numbers are part of what Sluice of different
/// versions agree on, so they never change.
///
/// Order, so that two transactions cannot wait for each other: first the named ones by number, then keys by hash, then
/// rows by arrival.
enum Lock: Int, CaseIterable {
    /// Migrations.
    case schema = 1
    /// Shared by every commit; alone for one that raises the fence.
    case fence = 2
    /// Shared by what depends on the gate's record; alone for what changes it.
    case gate = 3
    /// Shared by what changes single holds; alone for what changes all of a state.
    case holds = 4
    /// Alone for what is rare: windows, packs, the journal and missed times.
    case records = 5
    /// Held by a session: shared by a running service, alone while a store is copied.
    case service = 6
    /// Alone for seats of replicas and for the lead.
    case replicas = 7

    /// Tells our named locks from others' in the same database: "SLU".
    static let kind: Int32 = 0x534C55
    /// The kind under which a transaction that gives numbers to events holds the number it started from: "SLE".
    static let events: Int32 = 0x534C45

    static func statement(_ lock: Lock, isShared: Bool) -> Statement {
        Statement("SELECT pg_advisory_xact_lock\(isShared ? "_shared" : "")(\(kind), $1::int)", lock.rawValue)
    }

    /// Takes named locks, shared, in the order given; their statement is one of few, so it is prepared once.
    static func statement(shared locks: [Lock]) -> Statement {
        let calls = locks.map { "pg_advisory_xact_lock_shared(\(kind), \($0.rawValue))" }
        return Statement("SELECT \(calls.joined(separator: ", "))")
    }

    /// Takes the locks of keys, in the order given.
    static func statement(keys: some Sequence<Int64>) -> Statement {
        var statement = Statement("SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key")
        statement.add(numbers: keys.map { $0 })
        return statement
    }
}

/// What two commits must not decide about at the same time, as the number of its lock.
enum LockKey {
    static func ordering(_ key: OrderingKey) -> Int64 { hash("o", key.text) }
    static func coalesce(_ key: CoalesceKey) -> Int64 { hash("c", key.text) }
    static func ask(_ id: AskID) -> Int64 { hash("a", id.text) }
    static func pass(_ id: PassID) -> Int64 { hash("p", id.description) }
    static func idempotency(_ key: IdempotencyKey) -> Int64 { hash("i", key.text) }
    static func execution(_ id: ExecutionID) -> Int64 { hash("e", id.text) }

    /// FNV-1a, 64 bits: the same in every process and version.
    private static func hash(_ kind: String, _ text: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in kind.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in text.storable.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}
