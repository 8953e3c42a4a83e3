import Foundation
import Testing

/// What `sluice-sandbox` says to options that cannot be.
struct SandboxProgramTests {
    @Test(
        "what is wrong is said in a line, with what it should be",
        arguments: [
            (["--flows", "nofile.json"], "cannot read nofile.json"),
            (["--flows", "text.json"], "--flows text.json: not JSON"),
            (["--csa-port", "0", "--csa-seed", "list.json"], "--csa-seed list.json: all of it must be an object: {…}"),
            (["--csa-port", "0", "--csa-seed", "pools.json"], "'pools' must be a list: […]"),
            (["--flows", "name.json"], "id' must be a text"),
            (["--gate-url", "ftp://x"], "--gate-url must be an http or https address, not ftp://x"),
            (["--csa-port", "0", "--csa-oo-url", "x:8470"], "--csa-oo-url must be an http or https address"),
            (["--csa-oo-url", "http://127.0.0.1:1/oo"], "need --csa-port"),
        ])
    func refuses(arguments: [String], words: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            ("text", "flows"), ("list", "[]"), ("pools", #"{"pools": {}}"#), ("name", #"[{"id": true}]"#),
        ] { try Data(text.utf8).write(to: folder.appending(path: "\(name).json")) }
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "sluice-sandbox")
        process.currentDirectoryURL = folder
        process.arguments = ["--port", "0"] + arguments
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        // Its refusals are shorter than the pipe; one that starts after all ends with SIGTERM.
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) { process.terminate() }
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 64, "\(said)")
        #expect(said.contains(words), "\(said)")
        #expect(!said.contains("CocoaError"), "\(said)")
    }
}
