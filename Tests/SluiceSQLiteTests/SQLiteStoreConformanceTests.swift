import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

/// The same suite over the model and over SQLite.
@Suite struct SQLiteStoreConformanceTests {
    @Test(arguments: StoreConformance.checks)
    func theModelConforms(to check: StoreConformance.Check) async throws {
        try await StoreConformance { InMemoryStore() }.run(check)
    }

    @Test(arguments: StoreConformance.checks)
    func sqliteConforms(to check: StoreConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await StoreConformance { try directory.open() }.run(check)
    }

    @Test(arguments: StoreConformance.checks)
    func sqliteConformsWithoutGrouping(to check: StoreConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteStoreOptions()
        options.groupsCommits = false
        try await StoreConformance { [options] in try directory.open(options) }.run(check)
    }

    @Test(arguments: DurableStoreConformance.checks)
    func sqliteKeepsAndForgets(as check: DurableStoreConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await DurableStoreConformance { try directory.open() }.run(check)
    }

    /// Each argument runs seeds of its own, one after another.
    @Test(arguments: 0..<10)
    func sqliteDoesWhatTheModelDoes(block: Int) async throws {
        for seed in 0..<8 {
            let directory = try TemporaryDirectory()
            let conformance = StoreConformance { try directory.open() }
            try await conformance.runSequence(seed: UInt64(block * 1000 + seed), stepCount: 25)
        }
    }

    @Test func aSequenceNamesSeedStepAndChangesWhenTheStoreIsWrong() async throws {
        let failure = await #expect(throws: ConformanceFailure.self) {
            try await StoreConformance { ForgetfulStore() }.runSequence(seed: 1, stepCount: 200)
        }
        let text = failure?.description ?? ""
        #expect(text.contains("seed 1, step "))
        #expect(text.contains("last changes:"))
    }
}
