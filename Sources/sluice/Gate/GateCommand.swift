import ArgumentParser

/// `sluice gate`: asks, shows and changes the gate.
struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Ask the gate whether a launch may start; show and change its mode.",
        discussion: """
            Example:
              sluice gate status
            """,
        subcommands: [GateAskCommand.self, GateStatusCommand.self, GateSetCommand.self])
}
