import Foundation
import SluiceJSON
import SluiceSandbox
import SluiceTestServers
import Testing

/// `sluice store copy` from SQLite to PostgreSQL: a whole site moves to another store and goes on there.
@Suite struct StoreCopyRunTests {
    /// A site with something of everything, its gate closed and its schedules frozen.
    private struct FullSite {
        let site: TestSite
        let schedules: FrozenSchedules
        /// Tickets by what was done with their holds.
        var tickets: [String: String] = [:]

        static let settings = FrozenSchedules.settings.merging([
            "SLUICE_CALLBACKS_ALLOW": "[\"127.0.0.0/8\"]", "SLUICE_CALLBACKS_INSECURE_HTTP": "true",
            "SLUICE_CALLBACKS_SECRET_FILE": "callback.secret",
            "SLUICE_RULES_ALLOW": "[{name: support, path: 'Library/Support/**'}]",
        ]) { $1 }

        @discardableResult
        private mutating func hold(_ name: String, _ more: [(String, JSONValue)] = []) async throws -> String {
            let answer = try await site.ask(name, more: more)
            guard let ticket = answer.body["ticket"]?.string else { throw TestSiteError("no hold: \(answer)") }
            tickets[name] = ticket
            return ticket
        }

        private func move(_ name: String, _ verb: String) async throws {
            let answer = try await site.post("/v1/holds/\(tickets[name] ?? "")/\(verb)", ["reason": "a test"])
            guard answer.status == 200 else { throw TestSiteError("\(verb) \(name): \(answer)") }
        }

        private func state(_ name: String) async throws -> String? {
            try await site.get("/v1/holds/\(tickets[name] ?? "")").body["state"]?.string
        }

        private func wait(_ name: String, _ state: String) async throws {
            try await site.until("\(name) is \(state)\n\(site.logText)", within: .seconds(40)) {
                try await self.state(name) == state
            }
        }

        mutating func fill(callback: String) async throws {
            // A close takes back what was let go, so it comes first.
            for command in [
                [
                    "window", "plan", "--summary", "Upgrade", "--start", "2037-12-05T22:00:00", "--time-zone",
                    "Europe/London", "--duration", "4h", "--rrule", "FREQ=WEEKLY;COUNT=3", "--reason", "a test",
                ],
                ["release", "set", "--rate", "3000", "--reason", "a test"],
                ["gate", "set", "refuse", "--scope", "source:ui", "--reason", "a test"],
            ] {
                let run = try await site.run(command)
                guard run.status == 0 else { throw TestSiteError("\(command): \(run)") }
            }
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
            try await schedules.letTimesPass()
            try await hold("held", [("callbackUrl", .string(callback)), ("tenant", "ACME"), ("priority", 7)])
            for number in 1...3 { try await hold("order \(number)", [("orderingKey", "o")]) }
            for number in 1...3 { try await hold("pool \(number)", [("coalesceKey", "p")]) }
            try await hold("keyed", [("idempotencyKey", "key-1")])
            try await hold("later", [("notBefore", "2037-01-01T00:00:00Z")])
            try await hold("discarded")
            try await move("discarded", "discard")
            try await hold("expired", [("expiresAt", .string(Self.soon))])
            try await wait("expired", "expired")
            try await hold("superseded", [("idempotencyKey", "key-2")])
            _ = try await site.post(
                "/v1/launches/fallback",
                [
                    "flow": .string(TestSite.gatedFlow), "source": "api", "idempotencyKey": "key-2",
                    "startedAt": "2026-11-27T10:00:00Z",
                ])
            try await wait("superseded", "superseded")
            try await hold("ended", [("callbackUrl", .string(callback))])
            try await move("ended", "release")
            try await wait("ended", "ended")
            // Its caller was told to start it, and has not said how it ended.
            let caller: [(String, JSONValue)] = [
                ("launcher", "caller"), ("askId", "ask-1"), ("reportsEnd", true),
            ]
            try await hold("taken", caller)
            try await move("taken", "release")
            let taken = try await site.ask("taken", more: caller + [("ticket", .string(tickets["taken"] ?? ""))])
            guard taken.body["decision"] == "proceed" else { throw TestSiteError("not taken: \(taken)") }
            try await hold("released", [("launcher", "caller"), ("askId", "ask-2")])
            try await move("released", "release")
            try await hold("stranded", [("flow", "00000000-1111-4222-8333-444444444444")])
            try await move("stranded", "release")
            try await wait("stranded", "awaiting-operator")
        }

        private static var soon: String {
            Date(timeIntervalSinceNow: 2).formatted(.iso8601)
        }

        /// What a user sees of it, by place; only what moves by itself is left out.
        func sight() async throws -> [String: JSONValue] {
            var sight: [String: JSONValue] = [:]
            for path in [
                "/v1/holds?limit=1000", "/v1/audit?limit=1000", "/v1/windows", "/v1/schedules/journal",
                "/v1/schedules/missed", "/v1/packs",
            ] {
                var page = try await site.get(path).body
                // The span that it is about moves with the clock.
                for name in ["from", "to"] { page[name] = nil }
                sight[path] = .object(page)
            }
            for ticket in tickets.values {
                let hold = try await site.get("/v1/holds/\(ticket)").body
                for name in ["history", "callbacks"] { sight["\(ticket) \(name)"] = hold[name] }
            }
            let gate = try await site.get("/v1/gate").body
            for name in ["mode", "scopes", "epoch", "since", "by", "reason"] { sight["gate \(name)"] = gate[name] }
            let release = try await site.get("/v1/release").body
            for name in ["settings", "revision"] { sight["release \(name)"] = release[name] }
            return sight
        }
    }

    private static func copy(_ site: TestSite, to url: String) async throws -> ProgramRun {
        try await ProgramRun([
            "store", "copy", "--from", "sqlite:\(site.folder.appending(path: "sluice.db").path)", "--to", url,
            "--accept-loss",
        ])
    }

    @Test("a source that is not there is not made, and nothing is copied from it")
    func refusesASourceThatIsNotThere() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-copy-\(UUID())")
        let cluster = try TestCluster.shared.get()
        let run = try await ProgramRun([
            "store", "copy", "--from", "sqlite:\(folder.path)/sluice.db", "--to",
            cluster.url(try cluster.makeDatabase()), "--accept-loss",
        ])
        #expect(run.status == 1 && run.errors.contains("\(folder.path)/sluice.db is not there"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test("R34 R19: a site with everything in it moves from SQLite to PostgreSQL and goes on, each hold once")
    func movesAWholeSite() async throws {
        let cluster = try TestCluster.shared.get()
        let url = cluster.url(try cluster.makeDatabase())
        let listener = try StubServer { _, _ in .init(200, [:]) }
        defer { listener.stop() }
        try await TestSite.with(settings: FullSite.settings, moreFlows: FrozenSchedules.flows) { site in
            var full = FullSite(site: site, schedules: try FrozenSchedules(in: site))
            try await site.start()
            try await full.fill(callback: "\(listener.url)/told")
            let states = Set(try await site.counts().filter { $0.value > 0 }.keys)
            #expect(
                states == [
                    "held", "released", "launching", "ended", "coalesced", "superseded", "expired", "discarded",
                    "awaiting-operator",
                ])
            // While the service has the store, nobody copies it.
            let served = try await Self.copy(site, to: url)
            #expect(served.status == 1 && served.errors.contains("is held by process"), "\(served)")
            try await site.until("the callback of what ended is delivered", within: .seconds(30)) {
                try await site.get("/v1/holds/\(full.tickets["ended"] ?? "")").body["callbacks"]?.array?
                    .allSatisfy { $0["state"] == "delivered" } == true
            }
            #expect(site.terminate() == 0)
            try await site.start()
            let before = try await full.sight()
            #expect(site.terminate() == 0)
            let copied = try await Self.copy(site, to: url)
            #expect(copied.status == 0, "\(copied)")
            let second = try await Self.copy(site, to: url)
            #expect(second.status == 1 && second.errors.contains("is not empty"), "\(second)")
            try await site.start(["SLUICE_STORE_URL": url, "SLUICE_STORE_ACCEPT_LOSS": "true"])
            let after = try await full.sight()
            for (place, value) in before.sorted(by: { $0.key < $1.key }) where place != "/v1/audit?limit=1000" {
                #expect(after[place] == value, "\(place)")
            }
            // The audit goes on where it was.
            let lines = before["/v1/audit?limit=1000"]?["events"]?.array ?? []
            #expect(Array((after["/v1/audit?limit=1000"]?["events"]?.array ?? []).prefix(lines.count)) == lines)
            // Its caller repeats its question and is told of the same hold; a new one comes after all others.
            let repeated = try await site.ask("keyed", more: [("idempotencyKey", "key-1")])
            #expect(repeated.body["ticket"]?.string == full.tickets["keyed"])
            #expect(try await site.ask("new").status == 202)
            let ended = try await site.post(
                "/v1/launches/\(full.tickets["taken"] ?? "")/ended", ["result": "resolved"])
            #expect(ended.status < 300, "\(ended)")
            try await site.setGate("open")
            try await site.until("everything has run\n\(site.logText)", within: .seconds(60)) {
                let counts = try await site.counts()
                return counts["held"] == 1 && counts["launching", default: 0] + counts["running", default: 0] == 0
            }
            let runs = site.sandbox.bodyCounts(key: "order")
            for name in ["held", "order 1", "order 2", "order 3", "pool 3", "keyed", "ended", "new"] {
                #expect(runs[name] == 1, "\(name)")
            }
            for name in ["pool 1", "pool 2", "later", "discarded", "expired", "superseded", "stranded"] {
                #expect(runs[name] == nil, "\(name)")
            }
            let order = site.sandbox.bodies.compactMap { $0.inputs["order"] }.filter { $0.hasPrefix("order ") }
            #expect(order == ["order 1", "order 2", "order 3"])
            try await full.schedules.order("thaw")
            try await full.schedules.wait("idle")
            #expect(full.schedules.enabled == ["all", "latest", "skip"])
            try await site.until("the callback of what was held is delivered", within: .seconds(30)) {
                try await site.get("/v1/holds/\(full.tickets["held"] ?? "")").body["callbacks"]?.array?.count == 2
            }
            // The many missed times of one schedule run one after the other: the rest of them stays held.
            try await site.setGate("hold")
            try await site.until("nothing moves", within: .seconds(60)) {
                let counts = try await site.counts()
                return counts["launching", default: 0] + counts["running", default: 0] == 0
            }
            let audit = try await site.run(["audit", "export"])
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let checked = try await ProgramRun([
                "audit", "check-history", try folder.write(audit.output, to: "a.jsonl").path,
            ])
            #expect(checked.status == 0, "\(checked)")
        }
    }

    @Test("R18: a copy that was cut off is served by nobody, and goes on when it is run again")
    func goesOnAfterACut() async throws {
        let cluster = try TestCluster.shared.get()
        let database = try cluster.makeDatabase()
        let relay = try Relay(to: [cluster.port])
        defer { relay.stop() }
        try await TestSite.with { site in
            try await site.start()
            try await site.setGate("hold")
            for number in 0..<20 { #expect(try await site.ask("c\(number)").status == 202) }
            #expect(site.terminate() == 0)
            // It stops when the holds are there and their events are not.
            relay.freeze(at: "INSERT INTO sluice.events ")
            let copy = Process()
            copy.executableURL = ProgramRun.program("sluice")
            copy.arguments = [
                "store", "copy", "--from", "sqlite:\(site.folder.appending(path: "sluice.db").path)", "--to",
                "postgres://sluice@127.0.0.1:\(relay.port)/\(database)", "--accept-loss",
            ]
            try copy.run()
            try await site.until("the copy has come to the events", within: .seconds(60)) { relay.hasFrozen }
            #expect(try cluster.sql("SELECT count(*) FROM sluice.holds", on: database) == "20")
            Foundation.kill(copy.processIdentifier, SIGKILL)
            copy.waitUntilExit()
            relay.cut()
            // The database hears of the end of the killed one's connection a moment later.
            let settings = [
                "SLUICE_STORE_URL": cluster.url(database), "SLUICE_STORE_ACCEPT_LOSS": "true",
                "SLUICE_LISTEN": "127.0.0.1:0", "SLUICE_KEY_FILE": "sluice.key",
                "SLUICE_AUTH_GATE_TOKEN_FILE": "gate.token", "SLUICE_AUTH_OPERATOR_TOKEN_FILE": "operator.token",
            ]
            try await site.until("nobody serves it", within: .seconds(30)) {
                let serve = try await ProgramRun(["serve"], environment: settings, in: site.folder)
                #expect(serve.status != 0)
                return serve.errors.contains("half copied")
            }
            let again = try await Self.copy(site, to: cluster.url(database))
            #expect(again.status == 0, "\(again)")
            try await site.start(["SLUICE_STORE_URL": cluster.url(database), "SLUICE_STORE_ACCEPT_LOSS": "true"])
            #expect(try await site.counts()["held"] == 20)
            try await site.setGate("open")
            try await site.until("all have run\n\(site.logText)", within: .seconds(60)) {
                try await site.counts()["ended"] == 20
            }
            let runs = site.sandbox.bodyCounts(key: "order")
            for number in 0..<20 { #expect(runs["c\(number)"] == 1) }
        }
    }
}
