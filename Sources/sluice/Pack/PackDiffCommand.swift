import ArgumentParser
import SluiceContent
import SluiceModel

/// `sluice pack diff`: what changed between two versions of a content pack.
struct PackDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what changed between two versions of a content pack: steps, transitions, inputs, not lines.",
        discussion: """
            Flows are the same when their ids are. Values of inputs are compared and never shown. With --json it is \
            one JSON object.

            Exits 0; with --exit-code 3 when anything differs; 1 when a pack could not be read.

            Example:
              sluice pack diff mine-1.4.jar mine-1.4-gated.jar
            """)

    @Argument(help: ArgumentHelp("The older version.", valueName: "old"), completion: .file())
    var old: String

    @Argument(help: ArgumentHelp("The newer version.", valueName: "new"), completion: .file())
    var new: String

    @Flag(name: .customLong("exit-code"), help: "Exit 3 when anything differs.")
    var exitCode = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let before = side(old, console)
        let after = side(new, console)
        let errorCount = (before.pack.diagnostics + after.pack.diagnostics).count { $0.severity == .error }
        let difference = PackDifference(from: before, to: after)
        if output.json {
            console.print(difference.json)
        } else {
            console.print(
                difference.isEmpty
                    ? "no difference (flows: \(after.documents.count))" : difference.text.withoutLastLineBreak)
        }
        try Inspection.end(errorCount: errorCount, of: "content pack")
        if exitCode, !difference.isEmpty { throw CommandFailure(.findings, "the packs differ") }
    }

    private func side(_ path: String, _ console: Console) -> PackDifference.Side {
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: path) { documents.append($0) }
        console.note(pack.diagnostics.filter { $0.severity == .error })
        return PackDifference.Side(pack: pack, documents: documents)
    }
}
