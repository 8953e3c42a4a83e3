import ArgumentParser
import SluiceModel
import SluicePorts
import SluiceSQLite

/// Makes a store large: so many launches that are held.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Add held launches to an embedded store that `sluice serve` made and left.")

    @Option(help: "The database file.")
    var path: String

    @Option(help: "How many holds.")
    var holds: Int

    /// Holds of one commit.
    private static let commitCount = 2000

    func validate() throws {
        guard (1...10_000_000).contains(holds) else { throw ValidationError("holds is 1 to 10,000,000") }
    }

    func run() async throws {
        let store = try SQLiteStore(path: path, options: SQLiteStoreOptions(), logger: StoreRound.quiet)
        let before = try await store.counts().total(.held)
        let fence = Fence(timeline: try await store.timeline(), term: nil)
        for start in stride(from: 0, to: holds, by: Self.commitCount) {
            let numbers = start..<min(start + Self.commitCount, holds)
            try await store.commit(numbers.map { .addHold(Self.hold(UInt64($0))) }, fence: fence)
        }
        let kept = try await store.counts().total(.held) - before
        try await store.close()
        guard kept == holds else { throw BenchError("\(holds) holds were added, \(kept) are in the store") }
    }

    /// Of no schedule: what a schedule missed is weighed, and mostly coalesced, when the gate opens.
    private static func hold(_ number: UInt64) -> Hold {
        var hold = StoreRound.hold(number)
        hold.request.source = .api
        hold.request.scheduleID = nil
        hold.request.nominalTime = nil
        return hold
    }
}
