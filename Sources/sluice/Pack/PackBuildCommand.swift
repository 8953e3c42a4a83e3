import ArgumentParser
import SluiceContent
import SluiceModel

/// `sluice pack build`: a jar from a Studio project.
struct PackBuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build a content pack's jar from the folder of a Studio project.",
        discussion: """
            The same project gives the same bytes each time. The jar is written aside and renamed: on an error \
            nothing is left, and what was there before stays.

            Example:
              sluice pack build ContentPack --out sluice-gate-1.0.0.jar
            """)

    @Argument(help: ArgumentHelp("Folder with contentpack.properties.", valueName: "dir"), completion: .directory)
    var project: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The jar to write.", valueName: "jar"), completion: .file())
    var jar: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let remarks = PackBuilder.build(project: project, output: jar)
        output.console.note(remarks)
        try Inspection.end(errorCount: remarks.count { $0.severity == .error }, of: "content pack")
        output.console.note("wrote \(jar.printable)")
    }
}
