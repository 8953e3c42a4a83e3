import ArgumentParser
import Logging
import SluiceConfig
import SluiceModel
import SluiceScenarios

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `sluice store`: work on the database itself, while no service runs on it.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Move the database: from SQLite to PostgreSQL, or back.",
        subcommands: [StoreCopyCommand.self])
}

/// `sluice store copy`: everything from one store into another, empty one.
struct StoreCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy all of one store into another, empty one, and compare them row by row.",
        discussion: """
            Holds keep their tickets and their order, the event table its lines; secrets stay sealed under the same \
            key. Stop every service on both stores first: the command refuses otherwise. If it is cut off, no service \
            opens the half-filled target, and the same command goes on with it.

            The password of PostgreSQL comes from SLUICE_STORE_PASSWORD or --password-file.

            Example:
              sluice store copy --from sqlite:/var/lib/sluice/sluice.db --to postgres://sluice@db.example/sluice
            """)

    @Option(help: "The store to read: sqlite:PATH or postgres://USER@HOST/DATABASE.")
    var from: String

    @Option(help: "The store to fill, which must be empty; written as --from.")
    var to: String

    @Option(help: "File with the password of PostgreSQL, in one line.")
    var passwordFile: String?

    @Flag(help: "Work with a PostgreSQL that can lose acknowledged holds.")
    var acceptLoss = false

    func run() async throws {
        let console = Console(isJSON: false)
        do {
            let copy = StoreCopy(from: try place(from), to: try place(to))
            let count = try await copy.run(logger: Logger(label: "sluice") { _ in SwiftLogNoOpLogHandler() }) {
                table, count, isComparing in
                if count > 0, count.isMultiple(of: 100_000) {
                    console.note("\(table): \(count) rows \(isComparing ? "compared" : "copied")")
                }
            }
            console.print(
                """
                Copied and compared \(count) rows.
                Next: move the old store away (a Sluice started on it would launch the same holds once more), set \
                store.url or store.path in the configuration of every replica, and start one.
                """)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "the store was not copied: \(error)")
        }
    }

    private func place(_ text: String) throws -> StorePlace {
        var store = SluiceConfiguration.Store()
        store.passwordFile = passwordFile
        store.acceptLoss = acceptLoss
        if let password = ProcessInfo.processInfo.environment["SLUICE_STORE_PASSWORD"], !password.isEmpty {
            store.password = Secret(password)
        }
        if text.hasPrefix("sqlite:"), text != "sqlite:" {
            store.path = String(text.dropFirst("sqlite:".count))
        } else if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            store.url = text
        } else {
            throw CommandFailure(
                .usage, "a store is sqlite:PATH or postgres://USER@HOST/DATABASE, not \(text)",
                advice: "sluice store copy --help has an example")
        }
        return try StorePlace(store)
    }
}
