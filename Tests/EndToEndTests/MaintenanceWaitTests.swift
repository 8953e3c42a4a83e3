import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice maintenance wait` beside a drain that it does not own.
@Suite(.timeLimit(.minutes(5)))
struct MaintenanceWaitTests {
    private static let long = "7e570009-0000-4000-8000-000000000009"

    @Test("R13 Ctrl-C ends the waiting, and the drain goes on in the service until OO is dry")
    func leavesTheDrainRunning() async throws {
        let settings = [
            "SLUICE_DRAIN_POLL_SECONDS": "1", "SLUICE_DRAIN_QUIET_LOOKS": "2", "SLUICE_DRAIN_SETTLE_SECONDS": "1",
            "SLUICE_DRAIN_ACCOUNT_SEES": "everything", "SLUICE_GATE_START_WINDOW_SECONDS": "2",
        ]
        let flow = SandboxFlow(
            id: Self.long, name: "Long", path: "Library/Long", isGated: false, inputs: [],
            durationMilliseconds: 3_600_000)
        try await TestSite.with(settings: settings, moreFlows: [flow]) { site in
            try await site.start()
            let execution = try #require(site.sandbox.startInside(flow: Self.long))
            let end = Date.now.addingTimeInterval(4 * 3600).formatted(.iso8601)
            let planned = try await site.post(
                "/v1/maintenances",
                ["title": "Upgrade", "owner": "the night shift", "systems": "oo", "expectedEnd": .string(end)])
            let id = try #require(planned.body["id"]?.string, "\(planned)")
            let started = try await site.post(
                "/v1/maintenances/\(id)/start", ["reason": "upgrade", "acceptWarnings": true])
            #expect(started.status == 200, "\(started)")

            let waiting = try Waiting(site)
            defer { waiting.end() }
            try await site.until("it waits for the execution: \(waiting.errors)", within: .seconds(60)) {
                waiting.errors.contains("draining-oo") && waiting.errors.contains("in the way")
            }
            waiting.interrupt()
            try await site.until("it ends", within: .seconds(20)) { !waiting.isRunning }
            #expect(waiting.status != 0, "it is not true yet: \(waiting.errors)")

            // Nobody waits any more, and the service looks on.
            let shown = try await site.get("/v1/maintenances/\(id)").body
            #expect(shown["phase"] == "draining-oo" && shown["aborting"] != true && shown["dry"] != true, "\(shown)")
            try await site.until("the service looks on, and sees the execution", within: .seconds(60)) {
                try await site.get("/v1/maintenances/\(id)").body["drain"]?["left"] == 1
            }
            #expect(try await site.get("/v1/gate").body["mode"] != "open")
            try await cancel(execution, site)
            try await site.until("it is dry without anybody who waits", within: .seconds(60)) {
                try await site.get("/v1/maintenances/\(id)").body["phase"] == "quiesced"
            }
        }
    }

    private func cancel(_ execution: String, _ site: TestSite) async throws {
        var request = HTTPClientRequest(
            url: try await site.sandbox.centralURL + "/rest/v2/executions/\(execution)/status")
        request.method = .PUT
        request.setBasicAuth(username: "sandbox", password: "sandbox")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(Array(#"{"action":"CANCEL"}"#.utf8))
        let response = try await site.client.execute(request, timeout: .seconds(20))
        #expect(response.status.code < 300, "\(response.status)")
    }
}

/// A `sluice maintenance wait` at a terminal.
private final class Waiting {
    private let process = Process()
    private let log: URL

    init(_ site: TestSite) throws {
        log = site.folder.appending(path: "wait.log")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        defer { try? output.close() }
        // Whoever runs the tests in the background of a shell ignores SIGINT, and hands that on.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "--default-signal=INT", ProgramRun.program("sluice").path, "maintenance", "wait", "--for", "quiesced",
            "--timeout", "240s", "--server", site.url,
        ]
        process.currentDirectoryURL = site.folder
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }
            .merging(["SLUICE_TOKEN": TestSite.operatorToken]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var errors: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }
    var status: Int32 { process.terminationStatus }

    /// What Ctrl-C sends.
    func interrupt() { kill(process.processIdentifier, SIGINT) }

    func end() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
