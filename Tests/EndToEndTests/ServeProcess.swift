import Foundation
import Synchronization

/// The real `sluice serve` as a process that can be frozen, killed and started again, always on the same port.
final class ServeProcess: Sendable {
    let port: Int
    private let folder: URL
    private let log: URL
    private let environment: [String: String]
    private let process = Mutex<Process?>(nil)

    /// - Parameters:
    ///   - name: Names its log.
    ///   - folder: Where it runs.
    ///   - environment: Beside what every service of tests has (`TestSite`).
    init(_ name: String, in folder: URL, port: Int, environment: [String: String]) {
        self.folder = folder
        self.port = port
        self.environment = environment
        log = folder.appending(path: "\(name).log")
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Starts it; it may not listen yet.
    /// - Parameter arguments: Beside `serve`.
    func launch(_ more: [String: String] = [:], arguments: [String] = []) throws {
        let process = Process()
        process.executableURL = ProgramRun.program("sluice")
        process.arguments = ["serve"] + arguments
        process.currentDirectoryURL = folder
        process.environment =
            ([
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "SWIFT_BACKTRACE": "enable=no",
                "SLUICE_LISTEN": "127.0.0.1:\(port)", "SLUICE_AUTH_GATE_TOKEN_FILE": "gate.token",
                "SLUICE_AUTH_OPERATOR_TOKEN_FILE": "operator.token", "SLUICE_CENTRAL_USERNAME": "sandbox",
                "SLUICE_CENTRAL_PASSWORD": "sandbox", "SLUICE_PACKS": "pack", "SLUICE_CENTRAL_POLL_SECONDS": "1",
                "SLUICE_CENTRAL_LISTING_LAG_SECONDS": "3", "SLUICE_RELEASE_RATE_PER_MINUTE": "6000",
                "SLUICE_RELEASE_CEILING": "8", "SLUICE_RELEASE_BACKOFF_SECONDS": "1", "SLUICE_LOG_LEVEL": "warning",
            ]).merging(environment) { $1 }.merging(more) { $1 }
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        defer { try? handle.close() }
        try handle.seekToEnd()
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        self.process.withLock { $0 = process }
    }

    /// Sends it a signal, such as SIGSTOP.
    func signal(_ number: Int32) {
        guard let process = process.withLock({ $0 }), process.isRunning else { return }
        Foundation.kill(process.processIdentifier, number)
    }

    /// `kill -9`, and waits until it is gone.
    func kill() {
        guard let process = process.withLock({ $0 }) else { return }
        signal(SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM; returns the exit code.
    func terminate() -> Int32 {
        guard let process = process.withLock({ $0 }) else { return -1 }
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What it ended with, if it has.
    var status: Int32? { process.withLock { $0.flatMap { $0.isRunning ? nil : $0.terminationStatus } } }

    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}
