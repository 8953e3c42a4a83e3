import CSyncRecorder
import Foundation
import GRDB
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

/// Disks that are full or broken, and processes that are in the way.
@Suite struct SQLiteStoreFailureTests {
    private let fence = Fence(timeline: 1, term: 1)

    @Test func aSecondProcessIsRefusedByName() async throws {
        let directory = try TemporaryDirectory()
        let lock = directory.databasePath + ".lock"
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/bin/sh")
        other.arguments = ["-c", "exec 9>>'\(lock)'; flock -x 9; echo $$ > '\(lock)'; echo ready; exec sleep 60"]
        let output = Pipe()
        other.standardOutput = output
        try other.run()
        #expect(output.fileHandleForReading.availableData == Data("ready\n".utf8))
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("\(other.processIdentifier)") == true)
        #expect(error?.message.contains(lock) == true)
        other.terminate()
        other.waitUntilExit()
        try await directory.open().close()
    }

    @Test func aSecondStoreInThisProcessIsRefusedUntilTheFirstIsClosed() async throws {
        let directory = try TemporaryDirectory()
        let store = try directory.open()
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
        try await store.close()
        try await directory.open().close()
    }

    @Test func aDatabaseLockedByAForeignToolIsReportedAndTheStoreGoesOn() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteStoreOptions()
        options.busyTimeout = .milliseconds(20)
        let store = try directory.open(options)
        let (queue, fence) = (try foreignConnection(directory), fence)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([.addHold(.fixture(1))], fence: fence)
        }
        #expect(error?.code == .locked)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await store.commit([.addHold(.fixture(1))], fence: fence)
    }

    @Test func moreCommitsThanMayWaitAreRefused() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteStoreOptions()
        options.pendingCommitCountMax = 5
        let store = try directory.open(options)
        let (queue, fence) = (try foreignConnection(directory), fence)
        // While another has the write lock, one group of commits is under way and the others wait.
        try await queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let codes = try await withThrowingTaskGroup(of: StoreError.Code?.self) { group in
            for number: UInt64 in 1...40 {
                group.addTask {
                    do {
                        try await store.commit([.addHold(.fixture(number))], fence: fence)
                        return nil
                    } catch let error as StoreError {
                        return error.code
                    }
                }
            }
            var codes: [StoreError.Code?] = []
            while let code = try await group.next() {
                codes.append(code)
                // The refused ones answer at once; then the others may go on.
                if codes.count == 29 { try await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
            }
            return codes
        }
        #expect(codes.count { $0 == .unavailable } >= 29)
        #expect(codes.count { $0 == nil } >= 5)
        #expect(codes.count { $0 == nil } == (try await store.counts().total(.held)))
    }

    @Test func aDatabaseThatReachedItsSizeLimitSaysSoAndKeepsWhatItHas() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteStoreOptions()
        options.pageCountMax = 60
        let count = try await fill(directory.open(options))
        let store = try directory.open()
        #expect(try await store.counts().total(.held) == count)
        #expect(try await store.integrityProblems() == [])
        try await store.commit([.addHold(.fixture(9999))], fence: fence)
    }

    @Test("A full disk is reported, and the store goes on by itself when there is room", .enabled(if: Tmpfs.isAllowed))
    func recoversWhenTheDiskHasRoomAgain() async throws {
        let disk = try Tmpfs(kilobytes: 900)
        defer { disk.unmount() }
        let filler = disk.path + "/filler"
        try Data(repeating: 1, count: 300_000).write(to: URL(fileURLWithPath: filler))
        let store = try SQLiteStore(path: disk.path + "/sluice.db", logger: .quiet)
        let count = try await fill(store, closes: false)
        #expect(try await store.counts().total(.held) == count)
        try FileManager.default.removeItem(atPath: filler)
        try await store.commit([.addHold(.fixture(9999))], fence: fence)
        #expect(try await store.counts().total(.held) == count + 1)
        #expect(try await store.holds(HoldQuery(limit: 1000)).holds.count == min(count + 1, 1000))
        #expect(try await store.integrityProblems() == [])
        try await store.close()
    }

    @Test func aFailedSyncThatCouldBeSettledWroteNothing() async throws {
        let directory = try TemporaryDirectory()
        let (store, log) = try recorded(directory)
        log.fail(CSYNC_SYNC, on: "-wal", count: 1, code: CSYNC_CODE_IOERR_FSYNC)
        let fence = fence
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([.addHold(.fixture(1))], fence: fence)
        }
        #expect(error?.code == .unavailable)
        #expect(log.failureCount == 1)
        #expect(try await store.hold(.fixture(1)) == nil)
        #expect(try crashed(directory) == [])
        try await store.commit([.addHold(.fixture(2))], fence: fence)
        #expect(try crashed(directory) == [Ticket.fixture(2).description])
    }

    @Test func aFailedSyncThatCouldNotBeSettledIsUnknown() async throws {
        let directory = try TemporaryDirectory()
        let (store, log) = try recorded(directory)
        log.fail(CSYNC_SYNC, on: "-wal", count: 2, code: CSYNC_CODE_IOERR_FSYNC)
        let fence = fence
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([.addHold(.fixture(1))], fence: fence)
        }
        #expect(error?.code == .unknown)
        #expect(log.failureCount == 2)
        try await store.commit([.addHold(.fixture(2))], fence: fence)
        #expect(try await store.counts().total(.held) == 1)
        #expect(try crashed(directory) == [Ticket.fixture(2).description])
    }

    @Test func aGroupThatFailedAtItsCommitIsTriedOneByOne() async throws {
        let directory = try TemporaryDirectory()
        let (store, log) = try recorded(directory)
        let fence = fence
        log.fail(CSYNC_WRITE, on: "-wal", skip: 2, count: 1, code: CSYNC_CODE_FULL)
        let successes = await withTaskGroup(of: Bool.self) { group in
            for number: UInt64 in 1...30 {
                group.addTask { (try? await store.commit([.addHold(.fixture(number))], fence: fence)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(log.failureCount == 1)
        #expect(successes >= 29)
        #expect(try await store.counts().total(.held) == successes)
        #expect(try await store.holds(HoldQuery()).holds.count == successes)
    }

    /// A connection that knows nothing of the lock file, such as a tool's.
    private func foreignConnection(_ directory: TemporaryDirectory) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: directory.databasePath, configuration: configuration)
    }

    private func recorded(_ directory: TemporaryDirectory) throws -> (SQLiteStore, SyncLog) {
        let log = try SyncLog()
        var options = SQLiteStoreOptions()
        options.vfsName = log.vfsName
        return (try directory.open(options), log)
    }

    /// Tickets that would be found if the process died now.
    private func crashed(_ directory: TemporaryDirectory) throws -> [String] {
        let copy = try TemporaryDirectory()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.databasePath + suffix, toPath: copy.databasePath + suffix)
        }
        return try DatabaseQueue(path: copy.databasePath).read {
            try String.fetchAll($0, sql: "SELECT ticket FROM holds")
        }
    }

    /// Adds holds until there is no room.
    /// - Returns: How many were acknowledged.
    private func fill(_ store: SQLiteStore, closes: Bool = true) async throws -> Int {
        for number: UInt64 in 1...5000 {
            var hold = Hold.fixture(number)
            hold.request.inputs = [LaunchInput(name: "big", value: .clear(String(repeating: "x", count: 2000)))]
            do {
                try await store.commit([.addHold(hold)], fence: fence)
            } catch let error as StoreError {
                try #require(error.code == .full, "\(error)")
                if closes { try await store.close() }
                return Int(number) - 1
            }
        }
        throw ConformanceFailure("5000 holds fitted")
    }
}
