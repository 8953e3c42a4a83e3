import ArgumentParser

/// `sluice pack`: content packs.
struct PackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Look into content packs, and build them.",
        discussion: """
            Example:
              sluice pack inspect base-cp-1.21.0.jar
            """,
        subcommands: [PackInspectCommand.self, PackBuildCommand.self])
}
