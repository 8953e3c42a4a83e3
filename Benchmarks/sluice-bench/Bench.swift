import ArgumentParser

/// The parts of `make bench` that are written in Swift; `Benchmarks/run` puts them together.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-bench", abstract: "Measures Sluice beside a peer or a limit.",
        subcommands: [
            PeerCommand.self, HoldsCommand.self, PacksCommand.self, ForecastCommand.self, ReleaseCommand.self,
            PostgresCommand.self, FillCommand.self, JournalCommand.self, DrainCommand.self,
        ])
}
