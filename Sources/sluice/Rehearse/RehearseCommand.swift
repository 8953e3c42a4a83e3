import ArgumentParser
import Logging
import SluiceConfig
import SluiceJSON
import SluiceModel
import SluiceScenarios

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `sluice rehearse`: a whole maintenance beforehand, against stand-ins, in less time than it will take.
struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Play a maintenance against stand-ins of OO and CSA, faster than the clock; touch nothing real.",
        discussion: """
            Plays the plan from planned to completed: the load runs, the maintenance starts, drains, is resumed by \
            itself after --upgrade, and puts everything back. Shows what blocked and for how long, how long each phase \
            took, what was held and what became of it. Content packs and schedule files come from the configuration; \
            its Central, its CSA, its store, its plugins and its passwords are not used. Exits with 0 only when it \
            completed with everything back, nothing run twice and no order lost.

            Example:
              sluice rehearse --plan upgrade.yaml --from 2026-12-05T22:00 --speed 60
            """)

    @Option(help: ArgumentHelp("A plan in YAML (docs/administrators.md).", valueName: "file"))
    var plan: String
    @Option(
        help: ArgumentHelp(
            "When the rehearsal begins, such as 2026-12-05T22:00; UTC unless it names its offset.", valueName: "time"))
    var from: RehearsalTimeArgument?
    @Option(help: "How many times as fast as the clock: 1 to 3600.")
    var speed = 60
    @Option(help: "How long the services are down.")
    var upgrade = TimeSpan(argument: "30m")!  // why: a constant that the tests parse
    @Option(help: "How long the load runs before the start, when the plan names none.")
    var warmUp = TimeSpan(argument: "10m")!  // why: as above
    @Option(help: ArgumentHelp("A load in YAML, in place of the built-in one.", valueName: "file"))
    var load: String?
    @Option(help: "How many times as dense as it is written the load is: 0.01 to 100.")
    var scale = 1.0
    @Option(help: "How long flows of content packs and schedule files run that the load does not name.")
    var flowDuration = TimeSpan(argument: "2m")!  // why: as above
    @Option(help: "Configuration file (YAML); else the one that SLUICE_CONFIG names.")
    var config: String?
    @Flag(help: "Show the service's own log as well.")
    var verbose = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        LoggingSystem.bootstrap { [verbose] label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = verbose ? .info : .error
            return handler
        }
        let options = try options(console)
        let rehearsal = Rehearsal(options, logger: Logger(label: "sluice.rehearse")) { line in
            console.note(line.printable, json: ["progress": .string(line)])
        }
        let report: RehearsalReport
        do {
            report = try await rehearsal.run()
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        } catch is CancellationError {
            throw CommandFailure(.failed, "the rehearsal was stopped before its end")
        }
        show(report, console)
        guard report.isGood else {
            throw CommandFailure(.failed, "the rehearsal did not end well: \(report.lines[0])")
        }
    }

    // MARK: Options

    private func options(_ console: Console) throws -> Rehearsal.Options {
        func seconds(_ text: String) -> Int64? { TimeSpan(argument: text).map(\.duration.components.seconds) }
        let planned = MaintenancePlanFile.load(plan, seconds: seconds)
        guard let plan = planned.plan else { throw faults(planned.diagnostics, self.plan, "plan", console) }
        var options = Rehearsal.Options(plan: plan)
        options.from = from?.timestamp
        options.speed = speed
        options.upgradeSeconds = upgrade.duration.components.seconds
        options.warmUpSeconds = warmUp.duration.components.seconds
        options.scale = scale
        options.flowSeconds = flowDuration.duration.components.seconds
        if let load {
            let read = RehearsalLoad.load(load, seconds: seconds)
            guard let good = read.load else { throw faults(read.diagnostics, load, "load", console) }
            options.load = good
        }
        try configure(&options, console)
        return options
    }

    private func faults(
        _ diagnostics: [Diagnostic], _ path: String, _ what: String, _ console: Console
    ) -> CommandFailure {
        if !console.isJSON {
            for diagnostic in diagnostics { console.note(diagnostic.description.printable) }
        }
        return CommandFailure(
            .failed, "\(path) is no \(what): \(diagnostics.count == 1 ? "1 fault" : "\(diagnostics.count) faults")",
            diagnostics: diagnostics)
    }

    /// Nothing of the configuration that reaches outside is even read.
    private func configure(_ options: inout Rehearsal.Options, _ console: Console) throws {
        let environment = ProcessInfo.processInfo.environment
        guard let file = config ?? environment["SLUICE_CONFIG"] else { return }
        var (configuration, diagnostics) = SluiceConfiguration.load(file: file, environment: environment)
        guard !diagnostics.contains(where: { $0.severity == .error }) else {
            throw faults(diagnostics, file, "configuration", console)
        }
        if !configuration.plugins.isEmpty { options.notes.append("plugins are not asked: they may reach real systems") }
        configuration.plugins = []
        configuration.central.url = nil
        configuration.csa.url = nil
        configuration.store.url = nil
        configuration.callbacks.allow = []
        do {
            options.settings = try ServiceSettings(configuration)
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        }
    }

    // MARK: Report

    private func show(_ report: RehearsalReport, _ console: Console) {
        guard !console.isJSON else { return console.print(report.json) }
        console.print(report.lines.map(\.printable))
        for section in report.tables where !section.rows.isEmpty {
            var table = Table(section.columns)
            console.print(["", section.heading, table.heading(for: section.rows)] + table.lines(section.rows))
        }
    }
}

/// An RFC 3339 time, whose seconds and offset may be left out: then it is UTC.
struct RehearsalTimeArgument: Hashable, Sendable, ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        let spellings = [argument, argument + "Z", argument + ":00Z"]
        guard let timestamp = spellings.lazy.compactMap({ Timestamp(rfc3339: $0) }).first else { return nil }
        self.timestamp = timestamp
    }
}
