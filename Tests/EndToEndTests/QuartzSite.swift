import Foundation
import SluiceJSON
import Synchronization
import Testing

/// The Quartz plugin and its harness, built once for all tests.
enum QuartzGate {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let plugin = root.appending(path: "Plugins/quartz-gate")
    private static let jars = "/usr/share/java"

    /// Whether a JDK and Quartz are there; `make setup` installs them.
    static let isThere =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/javac")
        && FileManager.default.fileExists(atPath: "\(jars)/quartz2.jar")
    /// Whether a PostgreSQL and its driver are there, too.
    static let isDatabaseThere =
        isThere && FileManager.default.fileExists(atPath: "\(jars)/postgresql.jar")
        && FileManager.default.fileExists(atPath: "/usr/lib/postgresql")
    static let missing: Comment = "needs a JDK, libquartz2-java and PostgreSQL with libpostgresql-jdbc-java: make setup"

    private static let build = Task<TemporaryFolder, any Error> {
        let folder = try TemporaryFolder()
        try await make(in: folder)
        return folder
    }

    /// Builds the jar and its tests.
    /// - Returns: The jar.
    @discardableResult
    static func make(in folder: TemporaryFolder) async throws -> URL {
        let run = try await ToolRun("/bin/sh", [root.appending(path: "scripts/quartz-gate").path, folder.url.path])
        guard run.status == 0 else { throw TestSiteError("scripts/quartz-gate failed: \(run.output)\(run.errors)") }
        return folder.url.appending(path: "sluice-quartz-gate-1.0.0.jar")
    }

    /// What `java -cp` gets.
    static func classpath() async throws -> String {
        let folder = try await build.value.url
        let parts = ["quartz2", "slf4j-api", "slf4j-jdk14", "postgresql"].map { "\(jars)/\($0).jar" }
        return
            ([folder.appending(path: "sluice-quartz-gate-1.0.0.jar").path, folder.appending(path: "test").path]
            + parts).joined(separator: ":")
    }
}

/// A real Quartz scheduler as a process that can be killed, with jobs that write a line for each run.
final class QuartzHost: Sendable {
    private let process: Process
    private let input: FileHandle
    private let output: URL
    private let answered = Mutex(0)
    private let site: TestSite
    let log: URL

    /// - Parameters:
    ///   - store: Properties of the job store; empty: in memory.
    ///   - settings: Properties of the plugin, over those of the tests.
    init(
        _ site: TestSite, node: String = "a", store: [String: String] = [:], settings: [String: String] = [:],
        threads: Int = 8
    ) async throws {
        self.site = site
        let id = UUID().uuidString
        output = site.folder.appending(path: "\(id).out")
        log = site.folder.appending(path: "\(id).log")
        var properties = [
            "org.quartz.scheduler.instanceName": "tests", "org.quartz.scheduler.instanceId": "AUTO",
            "org.quartz.threadPool.class": "org.quartz.simpl.SimpleThreadPool",
            "org.quartz.threadPool.threadCount": "\(threads)",
            "org.quartz.jobStore.class": "org.quartz.simpl.RAMJobStore",
            "org.quartz.plugin.sluice.class": "sluice.quartz.SluiceGatePlugin",
        ]
        var own = [
            "server": site.url, "tokenFile": site.folder.appending(path: "gate.token").path, "pollMillis": "200",
            "timeoutMillis": "3000",
        ]
        own.merge(settings) { $1 }
        // As soon as the plugin takes.
        own["askAgainSeconds"] = "\(max(1, (2 * (Int(own["timeoutMillis"] ?? "") ?? 0) + 999) / 1000))"
        for (name, value) in own { properties["org.quartz.plugin.sluice.\(name)"] = value }
        properties.merge(store) { $1 }
        let text = properties.map { "\($0.key) = \($0.value)" }.sorted().joined(separator: "\n")
        let file = site.folder.appending(path: "\(id).properties")
        try Data(text.utf8).write(to: file)
        for url in [output, log] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/java")
        process.arguments = [
            "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Druns=\(site.runsFile.path)", "-Dnode=\(node)", "-cp",
            try await QuartzGate.classpath(), "sluice.quartz.Harness", file.path,
        ]
        let pipe = Pipe()
        input = pipe.fileHandleForWriting
        process.standardInput = pipe.fileHandleForReading
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        try await waitForAnswer()
    }

    /// Sends one command; returns what it said.
    @discardableResult
    func tell(_ command: String) async throws -> String {
        try input.write(contentsOf: Data("\(command)\n".utf8))
        return try await waitForAnswer()
    }

    @discardableResult
    private func waitForAnswer() async throws -> String {
        let count = answered.withLock { count in
            count += 1
            return count
        }
        var lines: [Substring] = []
        try await site.until("Quartz answers\n\(logText)", within: .seconds(60)) {
            lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
            guard process.isRunning else { throw TestSiteError("Quartz ended: \(logText)") }
            return lines.count { $0 == "ok" } >= count
        }
        let before = lines.dropLast().last
        return before == nil || before == "ok" ? "" : String(before!)
    }

    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// `kill -9`, and waits until it is gone.
    func kill() {
        guard process.isRunning else { return }
        let id = process.processIdentifier
        Foundation.kill(id, SIGKILL)
        // Not `waitUntilExit`: Foundation may miss the end while others that it started live on.
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline,
            let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            status.split(separator: ")").last?.hasPrefix(" Z") == false
        { usleep(1000) }
    }
}

/// A line that `TickJob` wrote.
struct QuartzRun: Sendable {
    var job: String
    var nominal: String
    var at: String
    var ticket: String?
    var isFallback: Bool
    var colour: String
    var node: String

    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 7 else { return nil }
        (job, nominal, at, colour, node) = (words[0], words[1], words[2], words[5], words[6])
        ticket = words[3] == "-" ? nil : words[3]
        isFallback = words[4] == "fallback"
    }
}

extension TestSite {
    var runsFile: URL { folder.appending(path: "runs") }

    /// What ran so far, in order.
    func runs() -> [QuartzRun] {
        let text = (try? String(contentsOf: runsFile, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { QuartzRun($0) }
    }

    /// Every hold of schedulers.
    func scheduledHolds() async throws -> [JSONObject] {
        var holds: [JSONObject] = []
        var cursor = "0"
        while true {
            let page = try await get("/v1/holds?source=scheduler&limit=1000&cursor=\(cursor)").body
            holds += (page["holds"]?.array ?? []).compactMap(\.object)
            guard let next = page["next"]?.string else { return holds }
            cursor = next
        }
    }
}

/// A PostgreSQL of its own, with Quartz' tables.
final class QuartzDatabase: Sendable {
    private let folder: String
    private let script = QuartzGate.plugin.appending(path: "test/postgres").path
    /// Properties of a job store on it, for a cluster.
    let store: [String: String]

    init() async throws {
        let port = try TestSite.freePort()
        // Not in the test's own folder: the server's user could not enter it. And short, for a socket's name.
        folder = "/tmp/sluice-pg-\(UUID().uuidString.prefix(8))"
        store = [
            "org.quartz.jobStore.class": "org.quartz.impl.jdbcjobstore.JobStoreTX",
            "org.quartz.jobStore.driverDelegateClass": "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate",
            "org.quartz.jobStore.useProperties": "true", "org.quartz.jobStore.dataSource": "db",
            "org.quartz.jobStore.isClustered": "true", "org.quartz.jobStore.clusterCheckinInterval": "1000",
            "org.quartz.dataSource.db.connectionProvider.class": "sluice.quartz.PlainConnections",
            "org.quartz.dataSource.db.url": "jdbc:postgresql://127.0.0.1:\(port)/postgres?user=quartz",
        ]
        let run = try await ToolRun("/bin/sh", [script, "start", folder, "\(port)"])
        guard run.status == 0 else { throw TestSiteError("no PostgreSQL: \(run.output)\(run.errors)") }
    }

    func end() async {
        _ = try? await ToolRun("/bin/sh", [script, "stop", folder])
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// A tool beside the program under test, run to its end.
struct ToolRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }
            .merging(environment) { $1 }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        process.standardInput = FileHandle.nullDevice
        let files = try ["out", "err"].map { try FileHandle(forWritingTo: folder.write("", to: $0)) }
        // Foundation keeps a process and its files open.
        defer { for file in files { try? file.close() } }
        process.standardOutput = files[0]
        process.standardError = files[1]
        status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        output = try String(contentsOf: folder.url.appending(path: "out"), encoding: .utf8)
        errors = try String(contentsOf: folder.url.appending(path: "err"), encoding: .utf8)
    }
}
