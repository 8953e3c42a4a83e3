import ArgumentParser
import SluiceContent
import SluiceModel

/// `sluice pack inspect`: what a content pack holds.
struct PackInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what content packs hold: flows, operations, inputs, references, items, and what is wrong.",
        discussion: """
            A path is a .jar or .zip, or the folder of a project. With --json each pack is one JSON document on a line \
            of its own, in the order of the paths. Values of inputs and configuration items are never shown.

            With --graph, one more part (with --json one more line) says who calls whom across all the packs, which \
            are entry flows, and what none of them has.

            With --svg, it draws one flow and prints nothing else: its steps where Studio shows them (CloudSlang's \
            from top to bottom), its arrows with their responses, and its gate marked. The flow is named by its id, \
            or by its path or name if only one is called so.

            Exits 1 when something could not be read; remarks go to stderr too.

            Examples:
              sluice pack inspect base-cp-1.21.0.jar
              sluice pack inspect ContentPack --json | jq -r '.flows[].path'
              sluice pack inspect base.jar mine.jar --graph
              sluice pack inspect mine-gated.jar --svg "Nightly Backup" > nightly-backup.svg
            """)

    @Argument(help: ArgumentHelp("Content packs.", valueName: "path"), completion: .file())
    var paths: [String]

    @Flag(help: "Say who calls whom across the packs.")
    var graph = false

    @Option(help: ArgumentHelp("Draw this flow, and print nothing else.", valueName: "flow"))
    var svg: String?

    @Option(
        name: .customLong("out"), help: ArgumentHelp("With --svg: the file to write.", valueName: "path"),
        completion: .file())
    var out: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard out == nil || svg != nil else { throw ValidationError("--out goes with --svg only.") }
        guard svg == nil || !graph else { throw ValidationError("--svg prints the picture alone: drop --graph.") }
    }

    func run() async throws {
        let console = output.console
        if let svg { return try FlowPicture(console: console, flow: svg, out: out).draw(from: paths) }
        let reader = ContentPackReader()
        var packs: [ContentPack] = []
        for (index, path) in paths.enumerated() {
            let pack = reader.read(path: path, isCompiled: true)
            packs.append(pack)
            if output.json {
                console.print(PackInspection.json(pack))
            } else {
                if index > 0 { console.print("") }
                console.print(PackInspection.text(pack).withoutLastLineBreak)
                console.note(pack.diagnostics)
            }
        }
        if graph {
            let graph = PackGraph(packs)
            if output.json {
                console.print(PackGraphReport.json(graph, packs: packs))
            } else {
                console.print("\n" + PackGraphReport.text(graph, packs: packs).withoutLastLineBreak)
            }
        }
        try Inspection.end(packs.flatMap(\.diagnostics), of: "content pack")
    }
}

/// What commands share that read content packs or schedules.
enum Inspection {
    /// - Throws: `CommandFailure` with all the remarks when one is an error, as when anything could not be read.
    static func end(_ diagnostics: [Diagnostic], of kind: String) throws {
        let errorCount = diagnostics.count { $0.severity == .error }
        guard errorCount > 0 else { return }
        throw CommandFailure(
            .failed, "\(errorCount) error\(errorCount == 1 ? "" : "s") in the \(kind)s", advice: advice,
            diagnostics: diagnostics)
    }

    static let advice = "each is named with its code and place"
}

extension Console {
    /// Remarks to stderr, in the form editors understand; with JSON each is an object on a line of its own.
    ///
    /// With JSON, only for a command that does not fail: the problem document, which has them too, stands alone.
    func note(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { note(diagnostic.description.printable, json: diagnostic.json) }
    }
}

extension String {
    /// For texts that end with one where printing adds one.
    var withoutLastLineBreak: String { hasSuffix("\n") ? String(dropLast()) : self }
}
