import ArgumentParser
import NIOCore
import SluicePorts
import SluicePostgres
import SluiceSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The release of held launches in order, beside one row per transaction and bare writes that are synced.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release holds of the embedded store to a Central in this process; prints JSON.")

    @Option(help: "An empty folder on the disk to measure.")
    var folder: String

    @Option(help: "URL of an empty PostgreSQL database, in place of the embedded store; then one round.")
    var url: String?

    @Flag(help: "A Central behind HTTP on 127.0.0.1, in place of one in this process.")
    var overHTTP = false

    @Option(help: "Holds in each round.")
    var holds = 20_000

    @Option(help: "How often it is measured.")
    var rounds = 3

    @Option(help: "Tenants that take turns.")
    var tenants = 1

    func validate() throws {
        guard (100...1_000_000).contains(holds), (1...20).contains(rounds), (1...10_000).contains(tenants) else {
            throw ValidationError("holds is 100 to 1000000, rounds 1 to 20, tenants 1 to 10000")
        }
    }

    func run() async throws {
        if let url {
            let store = try await PostgresStore(PostgresAddress(url), logger: StoreRound.quiet)
            return print(#"[{"release":\#(try await released(store).json)}]"#)
        }
        var lines: [String] = []
        for round in 1...rounds {
            let store = try SQLiteStore(
                path: "\(folder)/release-\(round).db", options: SQLiteStoreOptions(), logger: StoreRound.quiet)
            let released = try await released(store)
            let limit = RoundLimit(duration: .seconds(2), count: 100_000)
            let single = try await StoreRound(callers: 1, limit: limit).run(
                path: "\(folder)/single-\(round).db", isGrouped: false)
            let bare = try SyncRound(
                path: "\(folder)/bare-\(round)", writeByteCount: max(1, single.byteCountWritten / single.count),
                limit: limit
            ).run()
            lines.append(#"{"release":\#(released.json),"single":\#(single.json),"bare":\#(bare.json)}"#)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
        print("[\(lines.joined(separator: ",\n"))]")
    }

    private func released(_ store: any DurableStore) async throws -> Measurement {
        guard overHTTP else { return try await round(InstantCentral()).run(store) }
        let server = try await HTTPCentral.start()
        guard let port = server.localAddress?.port else { throw BenchError("the Central has no port") }
        let client = HTTPCentral.Client(port: port)
        let measured = try await round(client).run(store)
        try await client.shutdown()
        try await server.close()
        return measured
    }

    private func round(_ central: any CountedCentral) -> ReleaseRound {
        ReleaseRound(holdCount: holds, tenantCount: tenants, central: central)
    }
}
