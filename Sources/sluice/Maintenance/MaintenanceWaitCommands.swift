import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice maintenance watch`.
struct MaintenanceWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Print each change until it is over; Ctrl-C ends the watching, nothing else.",
        discussion: """
            Example:
              sluice maintenance watch
            """)

    @OptionGroup var which: MaintenanceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await which.client.withClient(console) { client in
            let id = try await which.resolve(with: client)
            var object = try await which.show(id, with: client)
            var last = ""
            while true {
                let view = MaintenanceView(object: object)
                if view.line != last { console.note(view.line, json: object) }
                last = view.line
                if view.isOver { return object }
                try await Task.sleep(for: MaintenanceWaitCommand.interval)
                object = try await which.show(id, with: client)
            }
        }
        if output.json { console.print(object) } else { console.print(MaintenanceView(object: object).lines) }
    }
}

/// `sluice maintenance wait`.
struct MaintenanceWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for a phase, and print each change; returns 0 only when it is true.",
        discussion: """
            Exits with 124 when the time of --timeout is over, and with 1 when the phase cannot come any more; the
            maintenance goes on in either case, and after Ctrl-C.

            Example:
              sluice maintenance wait --for quiesced --timeout 2h && echo "dry: safe to stop"
            """)

    @Option(name: .customLong("for"), help: ArgumentHelp("The phase.", valueName: "phase"))
    var phase: PhaseArgument
    @OptionGroup var which: MaintenanceOptions
    @OptionGroup var output: OutputOptions

    static let interval: Duration = .seconds(1)
    /// How long one answer may take.
    private static let answerTimeout: Duration = .seconds(30)

    func run() async throws {
        let console = output.console
        let timeout = which.client.timeout
        let deadline = ContinuousClock.now + timeout.duration
        let object = try await which.client.withClient(console) { client in
            let id = try await which.resolve(with: client)
            var last = ""
            while true {
                let left = deadline - .now
                guard left > .zero else {
                    throw CommandFailure(
                        .timedOut, "it is not \(phase.phase.rawValue) after \(timeout.text): \(last)",
                        advice: "the maintenance goes on; see what blocks it: sluice maintenance status")
                }
                // A server that is restarted meanwhile is asked again.
                let answer = try? await client.send(
                    APIRequest("GET", ["maintenances", id]), within: min(left, Self.answerTimeout))
                if let answer, !(500...599).contains(answer.status) {
                    let object = try answer.successObject(doing: "show \(id)")
                    let view = MaintenanceView(object: object)
                    if view.line != last { console.note(view.line, json: object) }
                    last = view.line
                    if view.phase == phase.phase.rawValue { return object }
                    if view.isOver || view.isBeyond(phase.phase) {
                        throw CommandFailure(
                            .failed, "it will not be \(phase.phase.rawValue) any more: it is \(view.phase)",
                            advice: "see its history: sluice maintenance status --id \(id)")
                    }
                }
                try await Task.sleep(for: min(Self.interval, max(deadline - .now, .zero)))
            }
        }
        if output.json { console.print(object) } else { console.print(MaintenanceView(object: object).lines) }
    }
}

/// A phase of a maintenance.
struct PhaseArgument: Hashable, Sendable, ExpressibleByArgument {
    let phase: MaintenancePhase

    init?(argument: String) {
        guard let phase = MaintenancePhase(rawValue: argument) else { return nil }
        self.phase = phase
    }

    static var allValueStrings: [String] { MaintenancePhase.allCases.map(\.rawValue) }
}
