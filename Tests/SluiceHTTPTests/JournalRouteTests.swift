import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// The journal of a maintenance over HTTP: listed, decided, tried again.
@Suite(.timeLimit(.minutes(10)))
struct JournalRouteTests {
    private static func setup(_ csa: FakeOutsideSystem) -> Bench.Setup {
        var setup = MaintenanceStatusTests.setup()
        setup.outside = [csa]
        return setup
    }

    private static func csa(_ count: Int) -> FakeOutsideSystem {
        let csa = FakeOutsideSystem("csa", writeCountMax: 3)
        for number in 0..<count {
            csa.put("p\(number)", [JournalField("automatic", "true"), JournalField("approvers", "a")])
        }
        return csa
    }

    private static func apply(_ count: Int, of id: String, _ bench: Bench) async throws {
        let changes = (0..<count).map {
            PlannedChange(
                system: "csa", object: "p\($0)", title: "policy \($0)", wanted: [JournalField("automatic", "false")],
                step: 0, returnStep: 0)
        }
        let keeper = try #require(bench.engine.keeper)
        let answer = await keeper.apply(changes, of: MaintenanceID(id), by: .sluice, reason: "upgrade")
        #expect(answer == .accepted)
    }

    /// Three changes that are put back, two of which somebody else has changed.
    private static func conflicts(_ csa: FakeOutsideSystem, _ bench: Bench) async throws -> String {
        let id = try await MaintenanceStatusTests.plan(bench)
        let keeper = try #require(bench.engine.keeper)
        try await apply(3, of: id, bench)
        try await bench.advance { keeper.status().isMade }
        csa.edit("p0", JournalField("automatic", "maybe"))
        csa.edit("p1", JournalField("automatic", "perhaps"))
        #expect(await keeper.revert(MaintenanceID(id), by: .sluice, reason: "done") == .accepted)
        try await bench.advance { keeper.asking().count == 2 && keeper.status().counts[.reverted] == 1 }
        return id
    }

    private static func journal(_ id: String, _ query: String, _ bench: Bench) async throws -> Reply {
        try await bench.client.send(.get, "/v1/maintenances/\(id)/journal\(query)", as: .viewer)
    }

    private static func decide(
        _ entry: String, _ decision: String, of id: String, _ bench: Bench, as token: Bench.Token = .operator
    ) async throws -> Reply {
        try await bench.client.send(
            .post, "/v1/maintenances/\(id)/decide", as: token,
            body: ["entry": .string(entry), "decision": .string(decision), "reason": "M. changed it"])
    }

    @Test("R31 R45 a conflict is shown with before, ours and now, and decided by an operator, with name and reason")
    func showsAndDecides() async throws {
        let csa = Self.csa(3)
        try await Bench.run(Self.setup(csa)) { bench in
            let id = try await Self.conflicts(csa, bench)
            let document = try OpenAPIDocument.load()
            let shown = try await MaintenanceStatusTests.show(id, bench)
            #expect(document.faults(of: shown, "GET", "/v1/maintenances/{id}") == [])
            #expect(shown["journal", "asking"] == 2 && shown["journal", "open"] == 2)
            #expect(shown["journal", "counts", "reverted"] == 1 && shown["journal", "returning"] == true)
            #expect(
                shown["journal", "conflicts", "0", "fields", "0"]
                    == ["name": "automatic", "before": "true", "ours": "false", "now": "maybe"])
            let page = try await bench.client.send(.get, "/metrics", as: nil).text
            #expect(try PrometheusPage(page).value("sluice_journal_open", [:]) == 2)
            let list = try await Self.journal(id, "?state=conflict", bench)
            #expect(document.faults(of: list, "GET", "/v1/maintenances/{id}/journal") == [])
            let entries = try #require(list["entries"]?.array)
            #expect(entries.map { $0["object"]?.string } == ["p0", "p1"] && entries.allSatisfy { $0["asks"] == true })
            let (first, second) = (
                try #require(entries[0]["id"]?.string), try #require(entries[1]["id"]?.string)
            )
            #expect(try await Self.decide(first, "keep", of: id, bench, as: .viewer).status == 403)
            let kept = try await Self.decide(first, "keep", of: id, bench)
            #expect(kept.status == 200 && kept["journal", "asking"] == 1, "\(kept)")
            #expect(document.faults(of: kept, "POST", "/v1/maintenances/{id}/decide") == [])
            #expect(try await Self.decide(second, "put-back", of: id, bench).status == 200)
            try await bench.advance { bench.engine.keeper?.status().isSettled == true }
            #expect(csa.image("p0")?.fields.value(of: "automatic") == "maybe", "theirs stays")
            #expect(csa.image("p1")?.fields.value(of: "automatic") == "true", "put back")
            let all = try await Self.journal(id, "", bench)
            #expect(document.faults(of: all, "GET", "/v1/maintenances/{id}/journal") == [])
            #expect(all["entries", "0", "decision", "decision"] == "keep")
            #expect(all["entries", "0", "decision", "by"] == "ann" && all["entries", "0", "asks"] == false)
            #expect(all["entries", "1", "state"] == "reverted")
            let events = try await bench.memory.events(of: nil, after: 0, limit: 1000)
            let decided = events.filter { $0.kind == "journal-decided" }
            #expect(decided.map(\.by) == [Principal("ann"), Principal("ann")])
            #expect(decided.allSatisfy { $0.cause.hasSuffix("M. changed it") })
        }
    }

    @Test("the journal is told page by page, by state and system, and each entry once")
    func pages() async throws {
        let csa = Self.csa(7)
        try await Bench.run(Self.setup(csa)) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            try await Self.apply(7, of: id, bench)
            try await bench.advance { bench.engine.keeper?.status().isMade == true }
            var seen: [String] = []
            var query = "?limit=3"
            while true {
                let page = try await Self.journal(id, query, bench)
                seen += (page["entries"]?.array ?? []).compactMap { $0["object"]?.string }
                guard let next = page["next"]?.string else { break }
                let cursor = next.replacing("/", with: "%2F").replacing("@", with: "%40")
                query = "?limit=3&cursor=\(cursor)"
                guard seen.count < 20 else { break }
            }
            #expect(seen == (0..<7).map { "p\($0)" })
            #expect(try await Self.journal(id, "?state=conflict,gone", bench)["entries"] == .array([]))
            #expect(try await Self.journal(id, "?system=oo", bench)["entries"] == .array([]))
            #expect(try await Self.journal(id, "?system=csa&state=done", bench)["entries"]?.array?.count == 7)
            for bad in ["?state=what", "?limit=0", "?limit=1001", "?cursor=x", "?cursor=csa%2Fp9%401", "?what=1"] {
                #expect(try await Self.journal(id, bad, bench).status == 400, "\(bad)")
            }
            #expect(try await Self.journal("m_none", "", bench).status == 404)
            let asker = try await bench.client.send(.get, "/v1/maintenances/\(id)/journal", as: .gate)
            #expect(asker.status == 403)
        }
    }

    @Test("a decision that nobody asks for is refused by name, and changes nothing")
    func refusesDecisions() async throws {
        let csa = Self.csa(3)
        try await Bench.run(Self.setup(csa)) { bench in
            let id = try await Self.conflicts(csa, bench)
            let all = try await Self.journal(id, "", bench)
            let reverted = try #require(
                all["entries"]?.array?.first { $0["state"] == "reverted" }?["id"]?.string)
            let settled = try await Self.decide(reverted, "put-back", of: id, bench)
            #expect(settled.status == 409 && settled.problem == "not-asked")
            let conflict = try #require(all["entries", "0", "id"]?.string)
            let unknown = try await Self.decide("csa/p9@1", "keep", of: id, bench)
            #expect(unknown.status == 404 && unknown.problem == "not-found")
            let other = try await MaintenanceStatusTests.plan(bench)
            #expect(try await Self.decide(conflict, "keep", of: other, bench).status == 404, "it is not of that one")
            #expect(try await Self.decide(conflict, "keep", of: "m_none", bench).status == 404)
            for body: JSONValue in [
                ["entry": .string(conflict), "decision": "drop", "reason": "r"],
                ["entry": .string(conflict), "reason": "r"],
                ["entry": "x", "decision": "keep", "reason": "r"], ["entry": .string(conflict), "decision": "keep"],
                ["entry": .string(conflict), "decision": "keep", "reason": "r", "more": 1],
            ] {
                let reply = try await bench.client.send(
                    .post, "/v1/maintenances/\(id)/decide", as: .operator, body: body)
                #expect(reply.status == 400, "\(reply)")
            }
            #expect(bench.engine.keeper?.status().askingCount == 2)
        }
    }

    @Test("R45 a system that refused the account is tried again when an operator says so, and that is in the audit")
    func triesAgain() async throws {
        let csa = Self.csa(2)
        csa.failReads(.unauthorized)
        try await Bench.run(Self.setup(csa)) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            func retry(_ system: String, as token: Bench.Token = .operator) async throws -> Reply {
                try await bench.client.send(
                    .post, "/v1/maintenances/\(id)/retry", as: token,
                    body: ["system": .string(system), "reason": "unlocked"])
            }
            let early = try await retry("csa")
            #expect(early.status == 409 && early.problem == "not-asked")
            try await Self.apply(2, of: id, bench)
            try await bench.advance { bench.engine.keeper?.status().troubles.contains(where: \.asks) == true }
            let shown = try await MaintenanceStatusTests.show(id, bench)
            #expect(shown["journal", "troubles", "0", "system"] == "csa")
            #expect(shown["journal", "troubles", "0", "asks"] == true)
            for _ in 0..<20 {
                bench.clocks.advance(by: .seconds(60))
                await letOthersRun(turns: 16)
            }
            #expect(csa.readCount == 1, "an account that is tried again and again locks out")
            #expect(try await retry("oo").status == 409)
            #expect(try await retry("csa", as: .viewer).status == 403)
            let again = try await retry("csa")
            #expect(again.status == 200, "\(again)")
            try await bench.advance { bench.engine.keeper?.status().isMade == true }
            let events = try await bench.memory.events(of: nil, after: 0, limit: 1000)
            let noted = try #require(events.first { $0.kind == "journal-retried" })
            #expect(noted.by == Principal("ann") && noted.cause == "\(id): csa is tried again: unlocked")
        }
    }

    @Test("without anything that is changed outside there is no journal to decide on")
    func hasNoneWithoutSystems() async throws {
        try await Bench.run(MaintenanceStatusTests.setup()) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            let reply = try await Self.decide("csa/p0@1", "keep", of: id, bench)
            #expect(reply.status == 409 && reply.problem == "no-journal")
            #expect(try await Self.journal(id, "", bench)["entries"] == .array([]))
        }
    }
}
