import ArgumentParser

/// `sluice pack`: content packs.
struct PackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Look into content packs, judge, compare, build and load them.",
        discussion: """
            Examples:
              sluice pack inspect base-cp-1.21.0.jar
              sluice pack lint base-cp-1.21.0.jar
              sluice pack load base-cp-1.21.0.jar
            """,
        subcommands: [
            PackInspectCommand.self, PackLintCommand.self, PackGateCommand.self, PackUngateCommand.self,
            PackDiffCommand.self, PackBuildCommand.self, PackLoadCommand.self, PackLoadedCommand.self,
        ])
}
