import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Durable holds: grouped commits beside one transaction each, beside bare writes that are synced.
struct HoldsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds", abstract: "Add holds to the embedded store from many callers; prints JSON.")

    @Option(help: "An empty folder on the disk to measure.")
    var folder: String

    @Option(help: "Callers at the same time.")
    var callers = 64

    @Option(help: "How often each way is measured, in turn.")
    var rounds = 5

    @Option(help: "How long one measurement takes.")
    var seconds = 2

    @Option(help: "Most holds in one measurement.")
    var holdCountMax = 100_000

    func validate() throws {
        guard (1...1000).contains(callers), (1...20).contains(rounds), (1...30).contains(seconds), holdCountMax > 0
        else {
            throw ValidationError("callers is 1 to 1000, rounds 1 to 20, seconds 1 to 30, the most holds above 0")
        }
    }

    func run() async throws {
        var lines: [String] = []
        for round in 1...rounds {
            // What one transaction writes is measured first; the bare writes are then of the same length.
            let store = StoreRound(callers: callers, limit: limit)
            let single = try await store.run(path: "\(folder)/single-\(round).db", isGrouped: false)
            let grouped = try await store.run(path: "\(folder)/grouped-\(round).db", isGrouped: true)
            let bare = try SyncRound(
                path: "\(folder)/bare-\(round)", writeByteCount: max(1, single.byteCountWritten / single.count),
                limit: limit
            ).run()
            lines.append(#"{"single":\#(single.json),"grouped":\#(grouped.json),"bare":\#(bare.json)}"#)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
        print("[\(lines.joined(separator: ",\n"))]")
    }

    private var limit: RoundLimit { RoundLimit(duration: .seconds(seconds), count: holdCountMax) }
}
