import ArgumentParser

/// The `sluice` program: parses the command line, runs one command, and turns what became of it into an exit code.
@main
struct Sluice: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Holds launches of Operations Orchestration flows back while the works are repaired.",
        discussion: """
            Client commands talk to the server that --server or SLUICE_SERVER names (default \
            \(ServerAddress.standard)). The token comes from SLUICE_TOKEN or the file that \
            SLUICE_TOKEN_FILE names, never from the command line.

            Exit codes: 0 done; 1 failed; 3 findings; 64 usage; 69 not reachable; 75 held (try later); 76 rejected; \
            77 not permitted; 124 timed out.

            Shell completions: sluice --generate-completion-script bash|zsh|fish

            Example:
              sluice gate ask --flow backup.nightly --source scheduler && start-it
            """,
        version: version,
        subcommands: subcommands)

    // One line a command.
    private static let subcommands: [any ParsableCommand.Type] = [
        ServeCommand.self,
        DemoCommand.self,
        GateCommand.self,
        HoldsCommand.self,
        WhyCommand.self,
        EventsCommand.self,
        PackCommand.self,
        ScheduleCommand.self,
        WindowCommand.self,
        MaintenanceCommand.self,
        OOCommand.self,
        CSACommand.self,
        StoreCommand.self,
        AuditCommand.self,
        PluginsCommand.self,
        ReleaseCommand.self,
        ReplicasCommand.self,
        FenceCommand.self,
        DoctorCommand.self,
        RehearseCommand.self,
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try await asyncParseAsRoot(arguments)
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error, isJSON: isJSON(arguments))
        }
    }

    /// Reports what was thrown and ends the process with its exit code.
    private static func end(with error: any Error, isJSON: Bool) -> Never {
        let console = Console(isJSON: isJSON)
        if let failure = error as? CommandFailure {
            console.report(failure)
            exit(withError: failure.status.exitCode)
        }
        let code = exitCode(for: error)
        if isJSON, code == ExitStatus.usage.exitCode {
            console.report(CommandFailure(.usage, message(for: error)))
            exit(withError: code)
        }
        exit(withError: error)
    }

    /// Whether `--json` is among the arguments: needed also when they could not be parsed.
    private static func isJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}
