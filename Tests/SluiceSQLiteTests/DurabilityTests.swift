import FoundationEssentials
import GRDB
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

/// Power cuts, replayed: from what SQLite wrote and synced, rebuild the disks that a cut at any moment could leave.
@Suite struct DurabilityTests {
    /// An acknowledged hold, and where the log stood when its commit had returned.
    private struct Acknowledged {
        let ticket: Ticket
        let position: Int
    }

    @Test("R18: whatever the moment of a power cut, every acknowledged hold is on disk", arguments: 1...12)
    func losesNothingAcknowledged(seed: UInt64) async throws {
        let (entries, acknowledged) = try await record(.full, seed: seed)
        let (cutCount, losses) = try replay(entries, acknowledged, seed: seed)
        #expect(cutCount > 40)
        #expect(losses == [])
    }

    @Test("R18: the same replay finds losses when commits do not wait for the sync")
    func isRedWithoutSync() async throws {
        let (entries, acknowledged) = try await record(.normal, seed: 5)
        let (_, losses) = try replay(entries, acknowledged, seed: 5)
        #expect(!losses.isEmpty)
    }

    @Test("R18: each commit alone is synced before it is acknowledged")
    func syncsBeforeItAcknowledges() async throws {
        let directory = try TemporaryDirectory()
        let log = try SyncLog()
        var options = SQLiteStoreOptions()
        options.vfsName = log.vfsName
        let store = try directory.open(options)
        for number: UInt64 in 1...20 {
            let before = log.position
            try await store.commit([.addHold(.fixture(number))], fence: Fence(timeline: 1, term: 1))
            let operations = log.entries[before...].filter { $0.file.hasSuffix("-wal") }
            let lastWrite = operations.lastIndex { if case .write = $0.operation { true } else { false } }
            let lastSync = operations.lastIndex { if case .sync = $0.operation { true } else { false } }
            #expect(try #require(lastWrite) < #require(lastSync))
        }
    }

    @Test(arguments: [true, false])
    func concurrentCommitsShareSyncsWhenGrouped(isGrouped: Bool) async throws {
        let directory = try TemporaryDirectory()
        let log = try SyncLog()
        var options = SQLiteStoreOptions()
        options.vfsName = log.vfsName
        options.groupsCommits = isGrouped
        let store = try directory.open(options)
        let before = log.position
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number: UInt64 in 1...200 {
                group.addTask {
                    try await store.commit([.addHold(.fixture(number))], fence: Fence(timeline: 1, term: 1))
                }
            }
            try await group.waitForAll()
        }
        let syncCount = log.entries[before...].count { entry in
            if case .sync = entry.operation { entry.file.hasSuffix("-wal") } else { false }
        }
        #expect(isGrouped ? syncCount < 100 : syncCount >= 200, "\(syncCount) syncs for 200 commits")
    }

    /// Runs concurrent commits on a store whose log is checkpointed often, and notes when each was acknowledged.
    private func record(
        _ synchronous: SQLiteStoreOptions.Synchronous, seed: UInt64
    ) async throws -> ([SyncLog.Entry], [Acknowledged]) {
        let directory = try TemporaryDirectory()
        let log = try SyncLog()
        var options = SQLiteStoreOptions()
        options.vfsName = log.vfsName
        options.synchronous = synchronous
        options.checkpointPageCount = 40
        let store = try directory.open(options)
        let acknowledged = try await withThrowingTaskGroup(of: [Acknowledged].self) { group in
            for caller: UInt64 in 0..<6 {
                group.addTask { try await Self.addHolds(from: seed * 10_000 + caller * 100, to: store, log) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // Not closed: closing would write the log back. What the test looks at is what a cut leaves.
        return (log.entries, acknowledged)
    }

    /// Adds holds one after the other, as one caller.
    private static func addHolds(
        from first: UInt64, to store: SQLiteStore, _ log: SyncLog
    ) async throws -> [Acknowledged] {
        var acknowledged: [Acknowledged] = []
        for number in first..<first + 25 {
            try await store.commit([.addHold(.fixture(number))], fence: Fence(timeline: 1, term: 1))
            acknowledged.append(Acknowledged(ticket: .fixture(number), position: log.position))
        }
        return acknowledged
    }

    /// Opens the disks that cuts could leave, with SQLite's ordinary VFS.
    /// - Returns: How many cuts there were, and the acknowledged holds that one lacked, or what was damaged.
    private func replay(
        _ entries: [SyncLog.Entry], _ acknowledged: [Acknowledged], seed: UInt64
    ) throws -> (cutCount: Int, losses: Set<String>) {
        var random = SeededGenerator(seed: seed)
        let first = acknowledged.map(\.position).min() ?? 0
        // Each place where something was just acknowledged, the end, and as many others.
        var cuts = Set(acknowledged.map(\.position) + [entries.count])
        for _ in 0..<80 { cuts.insert(Int.random(in: first...entries.count, using: &random)) }
        var losses: Set<String> = []
        for cut in cuts.sorted() {
            let directory = try TemporaryDirectory()
            for (file, bytes) in SyncLog.disk(entries, cutAt: cut, random: &random) {
                let name = file.split(separator: "/").last.map(String.init) ?? file
                try Data(bytes).write(to: URL(fileURLWithPath: directory.path + "/" + name))
            }
            do {
                let found = try tickets(in: directory.databasePath)
                for hold in acknowledged where hold.position <= cut && !found.contains(hold.ticket.description) {
                    losses.insert("\(hold.ticket) at cut \(cut)")
                }
            } catch {
                losses.insert("cut \(cut): \(error)")
            }
        }
        return (cuts.count, losses)
    }

    private func tickets(in path: String) throws -> Set<String> {
        let queue = try DatabaseQueue(path: path)
        return try queue.write { db in
            let verdict = try String.fetchAll(db, sql: "PRAGMA integrity_check")
            guard verdict == ["ok"] else { throw ConformanceFailure("integrity_check: \(verdict)") }
            return try String.fetchSet(db, sql: "SELECT ticket FROM holds")
        }
    }
}
