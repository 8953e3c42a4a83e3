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

/// `sluice serve`: the service.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gate: its API, its durable holds, and their release.",
        discussion: """
            Keys of the configuration file can also be given as environment variables, which win: SLUICE_LISTEN, \
            SLUICE_STORE_PATH, SLUICE_CENTRAL_URL and so on. Secrets come from files or the environment only. At the \
            first start the sealing key and two tokens are made beside the database, readable by their owner alone.

            Example:
              sluice serve --config /etc/sluice/sluice.yaml --check && sluice serve --config /etc/sluice/sluice.yaml
            """)

    @Option(help: "Configuration file (YAML); else the one that SLUICE_CONFIG names.")
    var config: String?

    @Flag(help: "Check the configuration and the files it names, name every wrong key with its line, and end.")
    var check = false

    @Flag(help: "Close the whole gate before the first request is taken.")
    var closed = false

    @Flag(help: "Callers on the loopback address need no token.")
    var insecureLoopback = false

    @Flag(
        help:
            "Run on a PostgreSQL that can lose acknowledged holds (store.acceptLoss)."
    )
    var acceptLoss = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var (configuration, diagnostics) = SluiceConfiguration.load(
            file: config ?? environment["SLUICE_CONFIG"], environment: environment)
        if acceptLoss { configuration.store.acceptLoss = true }
        let console = Console(isJSON: false)
        for diagnostic in diagnostics { console.note(diagnostic.description) }
        let errorCount = diagnostics.count { $0.severity == .error }
        guard errorCount == 0 else {
            throw CommandFailure(
                .failed, "the configuration has \(errorCount) error\(errorCount == 1 ? "" : "s")",
                advice: "each is named above with its line; sluice serve --check looks again")
        }
        var settings: ServiceSettings
        do {
            settings = try ServiceSettings(configuration)
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        }
        settings.setVersion(Sluice.version)
        let level = check ? .warning : settings.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        if check {
            do {
                try SluiceService.checkFiles(settings, logger: Logger(label: "sluice"))
            } catch {
                throw CommandFailure(.failed, "Sluice could not run: \(error)")
            }
            console.print("The configuration is valid.")
            return
        }
        settings.startsClosed = closed
        if insecureLoopback { settings.trustsLoopback = true }
        try await serve(settings, environment, console)
    }

    private func serve(
        _ settings: ServiceSettings, _ environment: [String: String], _ console: Console
    ) async throws {
        do {
            let service = try await SluiceService.make(
                settings, environment: environment, logger: Logger(label: "sluice"))
            try await service.run { port in console.print("Sluice listens on \(settings.address(port: port))") }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "Sluice cannot run: \(error)")
        }
    }
}
