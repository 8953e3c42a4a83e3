import Foundation
import GRDB
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

/// What is in the tables, and what it costs.
@Suite struct SQLiteStoreStorageTests {
    private let fence = Fence(timeline: 1, term: 1)

    @Test func eventsAreAppendOnly() async throws {
        let directory = try TemporaryDirectory()
        let store = try directory.open()
        try await store.commit([.addHold(.fixture(1))], fence: fence)
        let queue = try DatabaseQueue(path: directory.databasePath)
        for sql in [
            "UPDATE events SET cause = 'x'", "DELETE FROM events", "INSERT OR REPLACE INTO events SELECT * FROM events",
        ] {
            let error = await #expect(throws: DatabaseError.self) {
                try await queue.write { db in
                    try db.execute(sql: "PRAGMA recursive_triggers = ON")
                    try db.execute(sql: sql)
                }
            }
            #expect(error?.message?.contains("append-only") == true, "\(sql)")
        }
        #expect(try await store.events(of: nil, after: 0, limit: 9).count == 1)
    }

    @Test func aSecretInClearNeverReachesTheDisk() async throws {
        let directory = try TemporaryDirectory()
        let store = try directory.open()
        var hold = Hold.fixture(1)
        hold.request.inputs = [LaunchInput(name: "password", value: .secret(Secret("hunter2-in-clear")))]
        let fence = fence
        let refused = [Change.addHold(hold)]
        let error = await #expect(throws: StoreError.self) { try await store.commit(refused, fence: fence) }
        #expect(error?.message.contains("password") == true)
        #expect(error?.description.contains("hunter2") == false)
        hold.request.inputs = [LaunchInput(name: "password", value: .sealed(SealedBytes([1, 2, 3])))]
        try await store.commit([.addHold(hold)], fence: fence)
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath + suffix))
            #expect(bytes.range(of: Data("hunter2".utf8)) == nil)
        }
    }

    @Test("R24: nothing is written while a hold merely waits")
    func waitingCostsNoStorage() async throws {
        let directory = try TemporaryDirectory()
        let log = try SyncLog()
        var options = SQLiteStoreOptions()
        options.vfsName = log.vfsName
        let store = try directory.open(options)
        try await store.commit((1...20).map { .addHold(.fixture($0)) }, fence: fence)
        let before = log.position
        for second in 0..<100 {
            let now = Moment.fixture.wall.advanced(by: .seconds(second * 60))
            _ = try await store.candidates(CandidateQuery(at: now, includesHeld: true, limit: 10))
            _ = try await store.expired(at: now, limit: 10)
            _ = try await store.holds(HoldQuery())
            _ = try await store.counts()
        }
        #expect(log.position == before)
    }

    @Test("R24: a hold takes bounded room")
    func aHoldTakesBoundedRoom() async throws {
        let directory = try TemporaryDirectory()
        let store = try directory.open()
        for block: UInt64 in 0..<20 {
            try await store.commit((1...100).map { .addHold(.fixture(block * 100 + $0)) }, fence: fence)
        }
        try await store.close()
        let size = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath)).count
        #expect(size / 2000 < 1500, "\(size / 2000) bytes a hold")
    }

    @Test func pruningDeletesOnlyWhatHasNoEffectAnyMore() async throws {
        let directory = try TemporaryDirectory()
        let store = try directory.open()
        let start = Moment.fixture.wall
        let asker = Asker(principal: .fixture, askID: AskID("a"), runID: nil)
        try await store.commit(
            (1...10).map { number in
                .redeem(
                    Redemption(
                        passID: .fixture(number), asker: asker, at: start,
                        forgetAt: start.advanced(by: .seconds(Int64(number)))))
            }, fence: fence)
        let now = start.advanced(by: .seconds(6))
        #expect(try await store.prune(at: now, limit: 4) == 4)
        #expect(try await store.prune(at: now, limit: 4) == 2)
        #expect(try await store.prune(at: now, limit: 4) == 0)
        for number: UInt64 in 1...10 {
            var keys = LookupKeys(principal: .fixture)
            keys.passID = .fixture(number)
            #expect(try await (store.facts(for: keys, at: start).redemption != nil) == (number > 6))
        }
    }

    @Test("occurrences of windows are kept for 90 days after their end, open ones for ever")
    func pruningForgetsOldOccurrences() async throws {
        let store = try TemporaryDirectory().open()
        let start = Moment.fixture.wall
        func occurrence(_ day: Int64, _ state: WindowOccurrence.State) -> WindowOccurrence {
            let at = start.advanced(by: .seconds(day * 86_400))
            var occurrence = WindowOccurrence(
                window: WindowID("w_1"), wall: at, start: at, end: at.advanced(by: .seconds(3600)), stateSince: at,
                cause: "planned")
            occurrence.state = state
            return occurrence
        }
        try await store.commit(
            [
                .putOccurrence(occurrence(0, .ended)), .putOccurrence(occurrence(1, .begun)),
                .putOccurrence(occurrence(2, .cancelled)), .putOccurrence(occurrence(3, .missed)),
                .putOccurrence(occurrence(90, .ended)),
            ], fence: fence)
        let now = start.advanced(by: .seconds(3 * 86_400 + 3600)).advanced(by: WindowLimits.retention)
        #expect(try await store.prune(at: now.advanced(by: .milliseconds(-1)), limit: 9) == 2)
        #expect(try await store.prune(at: now, limit: 9) == 1)
        #expect(try await store.prune(at: now, limit: 9) == 0)
        let left = try await store.occurrences(OccurrenceQuery(limit: 9))
        #expect(left.map(\.state) == [.begun, .ended])
    }

    @Test func textWithANULIsKeptWhole() async throws {
        let store = try TemporaryDirectory().open()
        try await store.commit([.note(AuditNote(kind: "note", at: .zero, by: .sluice, text: "a\u{0}b"))], fence: fence)
        #expect(try await store.events(of: nil, after: 0, limit: 1).first?.cause == "a\u{FFFD}b")
    }

    @Test("An ordering key held 100,000 times costs no more than 100,000 holds without one")
    func aLongBacklogOfOneKeyStaysFast() async throws {
        let keyed = try await cost(orderingKey: "k")
        let unkeyed = try await cost(orderingKey: nil)
        // A walk over the key's backlog takes more than a hundred times as long; beside other tests both times stray.
        #expect(keyed < unkeyed * 20, "keyed \(keyed), unkeyed \(unkeyed)")
    }

    /// The shortest of some rounds of what a release does with a backlog of 100,000 holds.
    private func cost(orderingKey: String?) async throws -> Duration {
        let directory = try TemporaryDirectory()
        var store = try directory.open()
        var first = Hold.fixture(0)
        first.request.orderingKey = orderingKey.map { OrderingKey($0) }
        try await store.commit([.addHold(first)], fence: fence)
        try await store.close()
        try await multiply(directory.databasePath)
        store = try directory.open()
        #expect(try await store.counts().total(.held) == 100_000)
        var shortest = Duration.seconds(1000)
        for round: UInt64 in 0..<8 {
            let head = try #require(
                await store.candidates(CandidateQuery(at: Moment.fixture.wall, includesHeld: true, limit: 1)).first)
            let clock = ContinuousClock()
            let begin = clock.now
            var added = Hold.fixture(1_000_000 + round)
            added.request.orderingKey = first.request.orderingKey
            let end = HoldMove(
                ticket: head.ticket, from: [.held], to: .ended, at: Moment.fixture.wall, by: .sluice, cause: "ended")
            try await store.commit([.addHold(added), .moveHold(end)], fence: fence)
            let next = try await store.candidates(CandidateQuery(at: Moment.fixture.wall, includesHeld: true, limit: 1))
            shortest = min(shortest, begin.duration(to: clock.now))
            #expect(next.first?.arrival == head.arrival + 1)
        }
        return shortest
    }

    /// Copies the only hold until there are 100,000, all waiting behind it when it has an ordering key.
    private func multiply(_ path: String) async throws {
        try await DatabaseQueue(path: path).write { db in
            let columns = try db.columns(in: "holds").map(\.name)
            let values = columns.map { name in
                switch name {
                case "arrival": "number + 1"
                case "ticket": "printf('h_000000000000000000001%05d', number)"
                case "is_head": "ordering_key IS NULL"
                default: name
                }
            }
            try db.execute(
                sql: """
                    WITH RECURSIVE numbers(number) AS
                        (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 99999)
                    INSERT INTO holds (\(columns.joined(separator: ", ")))
                    SELECT \(values.joined(separator: ", ")) FROM numbers, holds WHERE holds.arrival = 1
                    """)
        }
    }
}
