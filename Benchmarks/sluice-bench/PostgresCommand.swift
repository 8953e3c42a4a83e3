import ArgumentParser
import SluicePostgres

/// Durable holds in PostgreSQL: the full schema, from many callers; Benchmarks/run measures a bare INSERT beside it.
struct PostgresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postgres", abstract: "Add holds to a fresh PostgreSQL database from many callers; prints JSON.")

    @Option(help: "URL of an empty database.")
    var url: String

    @Option(help: "Callers at the same time.")
    var callers = 64

    @Option(help: "Connections that commit.")
    var writers = PostgresStoreOptions().writerCountMax

    @Option(help: "Commits that a connection waits for while another one works.")
    var gather = PostgresStoreOptions().gatherCommitCount

    @Option(help: "How long it takes.")
    var seconds = 3

    @Option(help: "Most holds.")
    var holdCountMax = 200_000

    func validate() throws {
        guard (1...1000).contains(callers), (1...32).contains(writers), (1...60).contains(seconds), holdCountMax > 0
        else {
            throw ValidationError("callers is 1 to 1000, writers 1 to 32, seconds 1 to 60, the most holds above 0")
        }
    }

    func run() async throws {
        var options = PostgresStoreOptions()
        options.writerCountMax = writers
        options.gatherCommitCount = gather
        let store = try await PostgresStore(PostgresAddress(url), options: options, logger: StoreRound.quiet)
        let round = StoreRound(callers: callers, limit: RoundLimit(duration: .seconds(seconds), count: holdCountMax))
        print(try await round.run(store).json)
    }
}
