import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// A backup of the embedded store is put back, as docs/operations.md tells it.
@Suite struct RestoreTests {
    /// The store's files, without which a copy is not whole.
    private static let files = ["sluice.db", "sluice.db-wal"]

    private static func copy(_ source: URL, to target: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: target, withIntermediateDirectories: true)
        for name in ["sluice.db", "sluice.db-wal", "sluice.db-shm"] {
            try? files.removeItem(at: target.appending(path: name))
        }
        for name in Self.files where files.fileExists(atPath: source.appending(path: name).path) {
            try files.copyItem(at: source.appending(path: name), to: target.appending(path: name))
        }
    }

    @Test("R34 R23: what a backup knew is there when it is put back, and nothing starts before the gate is opened")
    func isWholeWhenItIsPutBack() async throws {
        try await TestSite.with { site in
            try await site.start()
            let window = try await site.run([
                "window", "plan", "--summary", "Upgrade", "--start", "2037-12-05T22:00:00", "--time-zone",
                "Europe/London", "--duration", "4h", "--reason", "a test",
            ])
            #expect(window.status == 0, "\(window)")
            let close = try await site.run(["gate", "set", "hold", "--reason", "the upgrade of 2037"])
            #expect(close.status == 0, "\(close)")
            var tickets: [String] = []
            for number in 1...6 {
                tickets.append(try #require(try await site.ask("order \(number)").body["ticket"]?.string))
            }
            let gate = try await site.get("/v1/gate").body
            let windows = try await site.get("/v1/windows").body
            #expect(windows["windows"] != nil)
            let holds = try await site.get("/v1/holds").body
            #expect(site.terminate() == 0)
            let backup = site.folder.appending(path: "backup")
            try Self.copy(site.folder, to: backup)

            // Life goes on, of which the backup knows nothing.
            try await site.start()
            try await site.setGate("open")
            try await site.until("all have run\n\(site.logText)", within: .seconds(60)) {
                try await site.counts()["ended", default: 0] == tickets.count
            }
            let runs = site.sandbox.bodyCounts(key: "order")
            site.kill()

            try Self.copy(backup, to: site.folder)
            try await site.start(arguments: ["--closed"])
            let restored = try await site.get("/v1/gate").body
            for name in ["mode", "reason", "since", "by", "epoch"] { #expect(restored[name] == gate[name], "\(name)") }
            #expect(try await site.get("/v1/windows").body["windows"] == windows["windows"])
            #expect(try await site.get("/v1/holds").body == holds)
            for ticket in tickets {
                let why = try await site.run(["why", ticket])
                #expect(why.status == 0 && why.output.contains("the upgrade of 2037"), "\(why)")
                #expect(!why.output.contains("pending") && !why.output.contains("queued"), "\(why)")
            }
            #expect(try await site.ask("order 7").status == 202)
            #expect(site.sandbox.bodyCounts(key: "order") == runs, "something started while the gate is closed")
        }
    }
}
