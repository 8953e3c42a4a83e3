import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The journal of a maintenance: so many changes made, verified and put back (issue E: 5,000 within 60 s at 5 ms).
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Make changes of an outside system and put them back; prints JSON.")

    @Option(help: "An empty folder on the disk to measure.")
    var folder: String

    @Option(help: "Changes.")
    var changes = 5000

    @Option(help: "How long the system takes to answer.")
    var milliseconds = 5

    @Option(help: "Calls on their way at the same time.")
    var calls = 16

    @Option(help: "How often it is measured.")
    var rounds = 3

    func validate() throws {
        guard (1...20_000).contains(changes), (0...1000).contains(milliseconds), (1...256).contains(calls),
            (1...20).contains(rounds)
        else { throw ValidationError("changes is 1 to 20000, milliseconds 0 to 1000, calls 1 to 256, rounds 1 to 20") }
    }

    func run() async throws {
        var lines: [String] = []
        for round in 1...rounds {
            lines.append(
                try await JournalRound(
                    path: "\(folder)/journal-\(round).db", count: changes,
                    answerDuration: .milliseconds(milliseconds), callCountMax: calls
                ).run())
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
        print("[\(lines.joined(separator: ",\n"))]")
    }
}
