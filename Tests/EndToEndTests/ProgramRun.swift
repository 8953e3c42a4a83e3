import Dispatch
import Foundation
import SluiceJSON

/// A run of the built `sluice` program, from start to end.
struct ProgramRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// Longer than any run needs on a busy machine; one that never ends would end the whole suite.
    private static let limit: DispatchTimeInterval = .seconds(240)

    /// Runs it with these arguments and, of `SLUICE_…`, only these variables; kills it at the limit.
    init(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", in directory: URL? = nil
    ) async throws {
        let process = Process()
        process.executableURL = Self.program("sluice")
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = directory }
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }
            .merging(environment) { $1 }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // Foundation keeps a process and its files open; with more than 1,300 open files its next `run` may crash.
        let files = try [
            FileHandle(forReadingFrom: folder.write(input, to: "in")),
            FileHandle(forWritingTo: folder.write("", to: "out")),
            FileHandle(forWritingTo: folder.write("", to: "err")),
        ]
        defer { for file in files { try? file.close() } }
        process.standardInput = files[0]
        process.standardOutput = files[1]
        process.standardError = files[2]
        let killer = DispatchWorkItem {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { return continuation.resume(throwing: error) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit, execute: killer)
        }
        killer.cancel()
        output = try String(contentsOf: folder.url.appending(path: "out"), encoding: .utf8)
        errors = try String(contentsOf: folder.url.appending(path: "err"), encoding: .utf8)
    }

    /// What it printed, as JSON.
    var json: JSONValue { get throws { try JSONReader.read(output) } }
    /// The last line of what it said on stderr, as JSON.
    var problem: JSONValue { get throws { try JSONReader.read(String(errors.split(separator: "\n").last ?? "")) } }

    /// Beside the test bundle.
    static func program(_ name: String) -> URL {
        URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: name)
    }
}

/// A folder of its own for one test.
struct TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "sluice-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }

    /// Writes a file, making the folders before it.
    @discardableResult
    func write(_ text: String, to path: String) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }
}
