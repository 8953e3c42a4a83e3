import ArgumentParser
import SluiceCentral
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceSealing
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Watches a drain of many executions, as `sluice serve` does, and says what a look costs.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Watch the drain of a Central over HTTP; say what each look takes.")

    @Argument(help: "Central's address, such as http://127.0.0.1:8080/oo.")
    var url: String

    @Option(help: "How many looks are measured.")
    var looks = 5

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "sluice-bench-drain-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "bench.db").path
        let store = try SQLiteStore(path: path, options: SQLiteStoreOptions(), logger: StoreRound.quiet)
        let central = RESTCentralClient(
            CentralConfiguration(baseURL: url, username: "bench", password: Secret("bench")))
        var configuration = EngineConfiguration(initialMode: .hold)
        configuration.drain = DrainConfiguration(
            policy: DrainPolicy(lookInterval: .milliseconds(100), sweepInterval: .seconds(3600)), sight: .everything)
        let engine = try await Engine.make(
            configuration: configuration, store: store, central: central, sealer: AESSealer(MasterKey()),
            inventory: Inventory(), clocks: SystemClocks(), random: SystemRandomSource(), logger: StoreRound.quiet)
        let line = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await engine.drains.run() }
            defer { group.cancelAll() }
            return try await measure(engine.drains)
        }
        try await central.shutdown()
        try await store.close()
        print(line)
    }

    private func measure(_ drains: DrainWatch) async throws -> String {
        let first = try await measured {
            drains.begin(DrainOrder(id: "bench", systems: [.central]))
            try await look(drains, after: nil)
        }
        var all = (wall: 0.0, cpu: 0.0)
        for _ in 0..<looks {
            let before = drains.report()?.systems.first?.lookedAt
            let one = try await measured { try await look(drains, after: before) }
            all = (all.wall + one.wall, all.cpu + one.cpu)
        }
        let left = drains.report()?.left ?? 0
        guard left > 0 else { throw BenchError("nothing runs there") }
        return #"{"running":\#(left),"sweepSeconds":\#(first.wall),"sweepCPUSeconds":\#(first.cpu),"#
            + #""lookSeconds":\#(all.wall / Double(looks)),"lookCPUSeconds":\#(all.cpu / Double(looks))}"#
    }

    private func look(_ drains: DrainWatch, after before: Timestamp?) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            let status = drains.report()?.systems.first
            if let at = status?.lookedAt, at != before { return }
            guard clock.now - start < .seconds(120) else {
                throw BenchError("no look within 120 s: \(status?.obstacles.map(\.sentence) ?? [])")
            }
            // Each report is made anew: asked for often, it would be measured too.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func measured(_ work: () async throws -> Void) async throws -> (wall: Double, cpu: Double) {
        let before = try ProcessUsage.now().cpu
        let start = ContinuousClock.now
        try await work()
        return (start.duration(to: .now).inSeconds, (try ProcessUsage.now().cpu - before).inSeconds)
    }
}
