import ArgumentParser
import SluiceContent
import SluiceModel

/// `sluice pack lint`: what would go wrong with content packs.
struct PackLintCommand: AsyncParsableCommand {
    /// How the findings are shown.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif
    }

    /// The mildest finding that makes the command exit 3.
    enum FailOn: String, ExpressibleByArgument, CaseIterable {
        case error, warning, note

        var severity: Diagnostic.Severity {
            switch self {
            case .error: .error
            case .warning: .warning
            case .note: .note
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find what would go wrong: flows without a gate, broken graphs, dangling references, clear secrets.",
        discussion: """
            A path is a .jar or .zip, or the folder of a project. References are looked up in all the packs given, so \
            name the packs that they depend on, too. Values of inputs are never shown.

            Exits 3 when there are findings at or above --fail-on, and 1 when something could not be read.

            Examples:
              sluice pack lint ContentPack
              sluice pack lint mine.jar base.jar --fail-on warning --disable OO204 --format sarif > lint.sarif
              sluice pack lint --list-rules
            """)

    @Argument(help: ArgumentHelp("Content packs.", valueName: "path"), completion: .file())
    var paths: [String] = []

    @Option(help: "Exit 3 on findings as bad as this, or worse.")
    var failOn = FailOn.error

    @Option(parsing: .singleValue, help: ArgumentHelp("Leave out a rule; may be repeated.", valueName: "code"))
    var disable: [String] = []

    @Option(help: "How to show the findings; --json is short for json.")
    var format = Format.text

    @Flag(help: "Show every rule with what to do about its findings, and do nothing else.")
    var listRules = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let unknown = LintRun.unknown(disable)
        guard unknown.isEmpty else {
            throw ValidationError("There is no rule \(unknown.joined(separator: ", ").printable); see --list-rules.")
        }
        guard listRules || !paths.isEmpty else { throw ValidationError("Name at least one content pack.") }
    }

    func run() async throws {
        let console = output.console
        guard !listRules else {
            for rule in LintRun(disabled: disable).rules {
                console.print("\(rule.code) \(rule.severity.rawValue): \(rule.summary) \(rule.fix)")
            }
            return
        }
        let packs = LintLoading.packs(paths)
        let report = LintRun(disabled: disable).report(on: LintInput(packs: packs))
        switch output.json && format == .text ? .json : format {
        case .text: console.print(report.text.withoutLastLineBreak)
        case .json: console.print(report.json)
        case .sarif: console.print(report.sarif)
        }
        let diagnostics = packs.flatMap(\.pack.diagnostics)
        if !output.json { console.note(diagnostics) }
        try Inspection.end(diagnostics, of: "content pack")
        let count = report.count(atLeast: failOn.severity)
        guard count > 0 else {
            if output.json { console.note(diagnostics) }
            return
        }
        throw CommandFailure(
            .findings, "\(count) finding\(count == 1 ? "" : "s") at or above \(failOn.rawValue)",
            advice: "each is named above with its code and place; `sluice pack lint --list-rules` says what to do",
            diagnostics: diagnostics)
    }
}
