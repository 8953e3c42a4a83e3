import Foundation
import Testing

/// `Examples/plugin` is built and tested as its author would: a package of its own on Sluice's.
///
/// In a scratch path beside the tests' own build: the two cannot wait for each other, and what it needs of Sluice
/// (three small targets and no package from outside, by `SLUICE_ROOMS=core`) is built once.
@Suite struct PluginExampleTests {
    @Test(.timeLimit(.minutes(15))) func theExampleBuildsAndKeepsTheLaws() async throws {
        let build = ProgramRun.program("sluice").deletingLastPathComponent().deletingLastPathComponent()
        let example = QuartzGate.root.appending(path: "Examples/plugin")
        let source = try String(
            contentsOf: example.appending(path: "Sources/NightShift/NightShift.swift"), encoding: .utf8)
        #expect(source.split(separator: "\n").count <= 40)
        // SwiftPM plans anew without it: it does not see files that came into a package that is named by its path.
        let scratch = build.appending(path: "plugin-example")
        try? FileManager.default.removeItem(at: scratch.appending(path: "debug.yaml"))
        let run = try await ToolRun(
            "/usr/bin/env",
            [
                "swift", "test", "--package-path", example.path, "--scratch-path",
                scratch.path,
            ], environment: ["SLUICE_ROOMS": "core"])
        #expect(run.status == 0, "\(run.errors.suffix(3000))\(run.output.suffix(3000))")
        #expect((run.output + run.errors).contains("passed"))
    }
}
