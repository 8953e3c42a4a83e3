import Foundation
import Testing

/// `Examples/forecast`, as docs/administrators.md shows it. Its dates lie far ahead: none is remarked on as past.
@Suite struct ForecastExampleTests {
    private static let example = QuartzGate.root.appending(path: "Examples/forecast")

    private static func shell(_ command: String) async throws -> String {
        let program = ProgramRun.program("sluice").deletingLastPathComponent().path
        let run = try await ToolRun(
            "/bin/sh", ["-c", "cd '\(example.path)' && \(command) 2>&1"],
            environment: ["PATH": "\(program):/usr/bin:/bin"])
        #expect(run.status == 0, "\(command): \(run.output)")
        return run.output
    }

    /// The commands of the page with what it says that they print.
    private static func shown() throws -> [(command: String, lines: [String])] {
        let page = try String(contentsOf: QuartzGate.root.appending(path: "docs/administrators.md"), encoding: .utf8)
        return page.components(separatedBy: "```console\n$ ").dropFirst().filter { $0.hasPrefix("sluice schedule") }.map
        {
            var lines = $0.components(separatedBy: "\n```")[0].components(separatedBy: "\n")
            var command = lines.removeFirst()
            while command.hasSuffix("\\") { command += "\n" + lines.removeFirst() }
            return (command, lines)
        }
    }

    @Test("R33: the page's forecast and quietest windows are what the program prints")
    func printsWhatThePageShows() async throws {
        let examples = try Self.shown()
        #expect(examples.count == 2)
        for (command, lines) in examples {
            let printed = try await Self.shell(command).components(separatedBy: "\n")
            // The zone data is the machine's; a line that ends in an ellipsis is shown in part.
            for line in lines where !line.hasPrefix("Zone data:") && line != "…" {
                let isThere =
                    line.hasSuffix("…")
                    ? printed.contains { $0.hasPrefix(line.dropLast()) } : printed.contains(line)
                #expect(isThere, "\(command) no longer prints “\(line)” but:\n\(printed.joined(separator: "\n"))")
            }
        }
    }

    @Test("the page's picture is what the program draws")
    func drawsThePicture() async throws {
        let command = try #require(try Self.shown().last).command.replacingOccurrences(of: "--limit 0", with: "")
        let drawn = try await Self.shell("\(command) --policy all --rate 1 --svg -")
        let picture = QuartzGate.root.appending(path: "docs/pictures/window.svg")
        #expect(drawn == (try String(contentsOf: picture, encoding: .utf8)))
    }
}
