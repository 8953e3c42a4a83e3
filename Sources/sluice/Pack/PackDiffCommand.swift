import ArgumentParser
import SluiceContent
import SluiceModel

/// `sluice pack diff`: what changed between two versions of a content pack.
struct PackDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what changed between two versions of a content pack: steps, transitions, inputs, not lines.",
        discussion: """
            Flows are the same when their ids are. Every file is compared, and every element and value of documents; \
            values are never shown. What changes nothing of how flows work is told apart as layout: places on the \
            canvas, white space between elements, comments, line ends, the order of elements. With --json it is one \
            JSON object, whose verdict is same, layout-only, differs or unknown.

            Exits 0; with --exit-code 3 when anything but layout differs; 1 when a pack or a document could not be \
            read: then nothing is said to be the same.

            Example:
              sluice pack diff mine-1.4.jar mine-1.4-gated.jar
            """)

    @Argument(help: ArgumentHelp("The older version.", valueName: "old"), completion: .file())
    var old: String

    @Argument(help: ArgumentHelp("The newer version.", valueName: "new"), completion: .file())
    var new: String

    @Flag(name: .customLong("exit-code"), help: "Exit 3 when anything but layout differs.")
    var exitCode = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let difference = PackComparison().compare(from: old, to: new)
        let errors = difference.diagnostics.filter { $0.severity == .error }
        if !output.json {
            console.note(difference.diagnostics.filter { $0.severity == .error || $0.code == "tree-link" })
        }
        if difference.isComparable {
            let text = output.json ? difference.json : difference.text.withoutLastLineBreak
            if !text.isEmpty { console.print(text) }
        }
        try Inspection.end(errors, of: "content pack")
        if exitCode, difference.verdict == .differs { throw CommandFailure(.findings, "the packs differ") }
    }
}
