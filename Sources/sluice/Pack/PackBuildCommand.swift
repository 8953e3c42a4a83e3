import ArgumentParser
import SluiceContent
import SluiceJSON
import SluiceModel

/// `sluice pack build`: a jar from a Studio project.
struct PackBuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build a content pack's jar from the folder of a Studio project.",
        discussion: """
            The same project gives the same bytes each time. What cannot be read is an error, and so is a pack \
            without a name (content.pack.name). The jar is written aside and renamed: on an error nothing is left, \
            and what was there before stays.

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
        let console = output.console
        if !output.json { console.note(remarks) }
        try Inspection.end(remarks, of: "content pack")
        guard output.json else { return console.note("wrote \(jar.printable)") }
        console.print([
            "format": 1, "written": .string(jar), "diagnostics": .array(remarks.map { .object($0.json) }),
        ])
    }
}
