import ArgumentParser
import SluiceHistory
import SluiceJSON

/// `sluice audit check-history`: whether a history keeps the promises.
struct CheckHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-history",
        abstract: "Check whether a history keeps what Sluice promises.",
        discussion: """
            A history is lines of JSON: what clients asked and were told, what Central ran, the audit, and the holds \
            as they stand. It needs no server. Exit code 3 when a promise was broken; a history of which nothing can \
            be checked is an error, not a proof.

            Example:
              sluice audit check-history clients.jsonl central.jsonl audit.jsonl --skew 50ms
            """)

    @Argument(help: ArgumentHelp("Files of the history; - for stdin.", valueName: "file"))
    var files: [String]

    @Option(help: "How far the clocks of the files' writers may differ.")
    var skew: TimeSpan = TimeSpan(argument: "0ms")!

    @OptionGroup var output: OutputOptions

    /// Lines that are not read are told up to this many.
    private static let badLineCountMax = 20

    func run() async throws {
        let console = output.console
        let microseconds = skew.duration / .microseconds(1)
        var checker = HistoryChecker(tolerance: .init(skew: Int64(microseconds)))
        for file in files { try read(file, into: &checker) }
        let counts = checker.counts
        guard counts.answers + counts.executions + counts.events + counts.holds > 0 else {
            throw CommandFailure(
                .failed, "the history has no answer, execution, line of the audit or hold: there is nothing to check",
                advice: "name the files that hold them")
        }
        let findings = checker.check()
        if output.json {
            console.print(report(counts, findings, checker.findingCount))
        } else {
            console.print(findings.map(\.description.printable))
            if checker.findingCount > findings.count {
                console.print("… and \(checker.findingCount - findings.count) more")
            }
            console.print(
                "\(checker.findingCount) findings in \(counts.questions) questions, \(counts.answers) answers, "
                    + "\(counts.closes) closes, \(counts.executions) executions, \(counts.events) lines of the audit, "
                    + "\(counts.holds) holds")
        }
        if checker.findingCount > 0 { throw CommandFailure(.findings, "the history breaks promises") }
    }

    private func read(_ file: String, into checker: inout HistoryChecker) throws {
        var lines = try InputLines(path: file, lineByteCountMax: HistoryReader.lineByteCountMax)
        var bad: [String] = []
        while let line = try lines.next() {
            guard lines.number <= HistoryReader.lineCountMax else {
                throw CommandFailure(
                    .failed, "\(file.printable) has more than \(HistoryReader.lineCountMax) lines",
                    advice: "check parts of the history one by one")
            }
            do {
                if let record = try HistoryReader.read(line) { checker.add(record) }
            } catch {
                bad.append("line \(lines.number): \(error)")
                guard bad.count < Self.badLineCountMax else { break }
            }
        }
        guard bad.isEmpty else {
            throw CommandFailure(
                .failed, "\(file.printable) is no history: \(bad.joined(separator: "; ").printable)",
                advice: "docs/operations.md has the format")
        }
    }

    private func report(
        _ counts: HistoryChecker.Counts, _ findings: [HistoryFinding], _ count: Int
    ) -> JSONObject {
        JSONObject([
            ("format", .number(JSONNumber(1))), ("findingCount", .number(JSONNumber(count))),
            (
                "findings",
                .array(
                    findings.map {
                        .object(
                            JSONObject([("promise", .string($0.promise.rawValue)), ("text", .string($0.text))]))
                    })
            ),
            (
                "counts",
                .object(
                    JSONObject([
                        ("questions", .number(JSONNumber(counts.questions))),
                        ("answers", .number(JSONNumber(counts.answers))),
                        ("closes", .number(JSONNumber(counts.closes))),
                        ("executions", .number(JSONNumber(counts.executions))),
                        ("events", .number(JSONNumber(counts.events))),
                        ("holds", .number(JSONNumber(counts.holds))),
                    ]))
            ),
        ])
    }
}
