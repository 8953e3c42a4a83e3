import SluicePorts
import SluicePostgres
import SluiceTestKit
import Testing

/// The suite that every store passes, over a PostgreSQL of our own.
@Suite struct PostgresStoreConformanceTests {
    @Test(arguments: StoreConformance.checks)
    func postgresConforms(to check: StoreConformance.Check) async throws {
        try await StoreConformance { try await TestDatabase().open() }.run(check)
    }

    @Test func postgresConformsWithoutGrouping() async throws {
        var options = TestDatabase.options
        (options.groupCommitCountMax, options.writerCountMax, options.readerCountMax) = (1, 1, 1)
        for check in StoreConformance.checks {
            try await StoreConformance { [options] in try await TestDatabase().open(options) }.run(check)
        }
    }

    @Test(arguments: DurableStoreConformance.checks)
    func postgresKeepsAndForgets(as check: DurableStoreConformance.Check) async throws {
        let database = try TestDatabase()
        try await DurableStoreConformance { try await database.open() }.run(check)
    }

    /// Each argument runs seeds of its own, one after another.
    @Test(arguments: 0..<6)
    func postgresDoesWhatTheModelDoes(block: Int) async throws {
        for seed in 0..<5 {
            let conformance = StoreConformance { try await TestDatabase().open() }
            try await conformance.runSequence(seed: UInt64(block * 1000 + seed), stepCount: 25)
        }
    }
}
