import Foundation
import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// `/v1/packs`: what is loaded, and what that means for launches that wait.
@Suite(.timeLimit(.minutes(10)))
struct PackRouteTests {
    @Test func loadsAPackAndSaysWhatItChanged() async throws {
        try await Bench.run { bench in
            #expect(try await bench.client.send(.get, "/v1/packs", as: .viewer)["packs"] == [])
            let first = try await bench.put(TestPack(flows: [TestPack.flow("a"), TestPack.flow("b", isGated: true)]))
            #expect(first.status == 201, "\(first)")
            #expect(first["revision"] == 1 && first["new"] == true && first["previousRevision"] == .null)
            #expect(first["differences"] == [] && first["by"] == "ann")
            #expect(first["flowCount"] == 2 && first["gatedCount"] == 1 && first["ungatedCount"] == 1)
            #expect(first["digest"]?.string?.utf8.count == 64)
            let second = try await bench.put(
                TestPack(version: "2", flows: [TestPack.flow("b", isGated: true, required: ["x"])]))
            #expect(second.status == 200, "\(second)")
            #expect(second["revision"] == 2 && second["previousRevision"] == 1 && second["holdsToStop"] == 0)
            #expect(
                second["differences"] == [
                    "its version is 2 now; it was 1", "flow Library/a (a) is gone",
                    "flow Library/b (b): the input x is new, and required",
                ])
            let list = try await bench.client.send(.get, "/v1/packs", as: .viewer)
            #expect(list["packs"]?.array?.count == 1 && list["packs", "0", "revision"] == 2)
            let shown = try await bench.client.send(.get, "/v1/packs/Pack", as: .viewer)
            #expect(shown["history"]?.array?.map { $0["revision"] } == [2, 1])
            #expect(shown["history", "0", "differences"] == second["differences"])
            #expect(shown["history", "1", "differences"] == [])
            #expect(shown["flows", "0", "inputs", "0"] == ["name": "x", "required": true, "encrypted": false])
        }
    }

    @Test func theSameAgainIsNoNewRevision() async throws {
        try await Bench.run { bench in
            _ = try await bench.put(TestPack())
            let again = try await bench.put(TestPack())
            #expect(again.status == 200 && again["revision"] == 1 && again["new"] == false)
            #expect(again["differences"] == [])
            #expect(try await bench.memory.packHistory("Pack", limit: 5).count == 1)
        }
    }

    @Test func asksForARole() async throws {
        try await Bench.run { bench in
            for token in [Bench.Token.gate, .viewer] {
                let reply = try await bench.put(TestPack(), as: token)
                #expect(reply.status == 403 && reply.problem == "forbidden")
            }
            #expect(try await bench.put(TestPack(), as: nil).status == 401)
            for path in ["/v1/packs", "/v1/packs/Pack"] {
                #expect(try await bench.client.send(.get, path, as: nil).status == 401)
                #expect(try await bench.client.send(.get, path, as: .gate).status == 403)
            }
            #expect(try await bench.memory.packs().isEmpty)
        }
    }

    @Test(arguments: ["Sluice Demo", "a/b", "/etc/sluice/my pack.jar", "Büro 100%", "?#;=&", "..", "名前"])
    func takesAnyNameThatIsEncoded(name: String) async throws {
        try await Bench.run { bench in
            let loaded = try await bench.put(TestPack(name: name))
            #expect(loaded.status == 201 && loaded["name"]?.string == name, "\(loaded)")
            let shown = try await bench.client.send(.get, "/v1/packs/\(Bench.encoded(name))", as: .viewer)
            #expect(shown["name"]?.string == name, "\(shown)")
        }
    }

    @Test func refusesAPackOfAnotherName() async throws {
        try await Bench.run { bench in
            let other = try await bench.put(TestPack(name: "Other"), at: "Pack")
            #expect(other.status == 409 && other.problem == "pack-name", "\(other)")
            #expect(other["name"] == "Pack" && other["packName"] == "Other")
            #expect(other["detail"]?.string?.contains("\"Pack\"") == true)
            #expect(other["detail"]?.string?.contains("\"Other\"") == true)
            // The same to the eye, and to Swift, but not to the store.
            #expect(try await bench.put(TestPack(name: "e\u{301}"), at: "\u{E9}").status == 409)
            let none = try await bench.put(TestPack(name: nil), at: "Pack")
            #expect(none.status == 409 && none["packName"] == .null, "\(none)")
            let long = try await bench.put(TestPack(name: String(repeating: "n", count: 100_000)), at: "Pack")
            #expect(long.status == 409 && long.text.utf8.count < 4000)
            for path in ["%", "%ff", "%0a", "%00", String(repeating: "n", count: 513)] {
                let reply = try await bench.client.send(
                    .put, "/v1/packs/\(path)", as: .operator, bytes: TestPack().bytes)
                #expect(reply.status == 400 && reply.problem == "invalid-value", "\(path): \(reply)")
                let shown = try await bench.client.send(.get, "/v1/packs/\(path)", as: .viewer)
                #expect(shown.status == 404 && shown.problem == "not-found", "\(path): \(shown)")
            }
            #expect(try await bench.client.send(.get, "/v1/packs/Pack", as: .viewer).status == 404)
            #expect(try await bench.memory.packs().isEmpty)
        }
    }

    @Test func loadsNothingOfAPackThatCannotBeReadWhole() async throws {
        try await Bench.run { bench in
            _ = try await bench.put(TestPack())
            for bytes in [[], Array("PK\u{3}\u{4}".utf8), TestPack(version: "2").bytes.dropLast(4)].map(Array.init) {
                let reply = try await bench.client.send(.put, "/v1/packs/Pack", as: .operator, bytes: bytes)
                #expect(reply.status == 422 && reply.problem == "pack-unreadable", "\(reply)")
                #expect(reply["diagnostics", "0", "code"] == "not-a-pack")
                #expect(!reply.text.contains("/proc") && !reply.text.contains("/tmp"), "\(reply)")
            }
            let odd = TestPack(version: "2").bytes.dropLast(3) + Array("warn something is odd\nend".utf8)
            let reply = try await bench.client.send(.put, "/v1/packs/Pack", as: .operator, bytes: Array(odd))
            #expect(reply.status == 200 && reply["diagnostics", "0", "line"] == 7, "\(reply)")
            #expect(try await bench.memory.packHistory("Pack", limit: 5).count == 2)
        }
    }

    @Test func promisesNothingThatIsNotOnRecord() async throws {
        let memory = InMemoryStore()
        let flaky = FlakyStore(memory)
        var setup = Bench.Setup(memory: memory)
        setup.wrap = { _ in flaky }
        try await Bench.run(setup) { bench in
            _ = try await bench.put(TestPack())
            flaky.setBroken(true)
            let reply = try await bench.put(TestPack(version: "2", flows: []))
            #expect(reply.status == 503 && reply.problem == "store-unavailable", "\(reply)")
            #expect(!reply.text.contains("/var/lib"))
            #expect(bench.engine.inventory.count == 1)
            flaky.setBroken(false)
            #expect(try await bench.put(TestPack(version: "2", flows: []))["revision"] == 2)
        }
    }

    // MARK: Holds

    static let replacements: [(flows: [KnownFlow], state: String, cause: String)] = [
        (
            [], "awaiting-operator",
            "its flow is in none of the loaded content packs now; it was in pack Pack, revision 1"
        ),
        (
            [TestPack.flow(required: ["host", "zone"])], "awaiting-operator",
            "the input zone is required now, and the launch does not give it"
        ),
        ([TestPack.flow(isGated: true, required: ["host"])], "awaiting-operator", "its flow asks the gate now"),
        ([TestPack.flow(required: ["host"], optional: ["zone"]), TestPack.flow("more")], "running", ""),
    ]

    @Test(
        "R36 a hold that a new pack no longer fits is not started, and opening is refused until an operator says so",
        arguments: replacements.indices)
    func stopsAHoldThatTheReplacementNoLongerFits(row: Int) async throws {
        let (flows, state, cause) = Self.replacements[row]
        let isStopped = state == "awaiting-operator"
        var setup = Bench.Setup(mode: .hold)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            _ = try await bench.put(TestPack(flows: [TestPack.flow(required: ["host"])]))
            let held = try await bench.client.ask(["inputs": ["host": "db1"]])
            let ticket = try #require(held["ticket"]?.string)
            let before = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(before["pack"] == "Pack" && before["packRevision"] == 1)
            let loaded = try await bench.put(TestPack(version: "2", flows: flows))
            #expect(loaded["holdsToStop"] == .int(isStopped ? 1 : 0) && loaded["holdsToStopComplete"] == true)
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "held")
            if isStopped {
                // A scope that has no entry yet opens for it, too.
                let scoped = try await bench.set("open", scope: "source:api")
                #expect(scoped.status == 409 && scoped.problem == "would-strand")
            }
            let opened = try await bench.set("open")
            if isStopped {
                #expect(opened.status == 409 && opened.problem == "would-strand" && opened["stranded"] == 1)
                #expect(opened["sample", "0", "ticket"] == .string(ticket))
                #expect(opened["detail"]?.string?.contains(cause) == true, "\(opened)")
                #expect(try await bench.client.send(.get, "/v1/gate")["mode"] == "hold")
                #expect(try await bench.set("open", strandsHolds: true).status == 200)
            } else {
                #expect(opened.status == 200)
            }
            try await bench.advance {
                try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"]?.string == state
            }
            let after = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(isStopped == bench.central.orders.isEmpty)
            guard isStopped else { return }
            #expect(after["cause"]?.string?.contains(cause) == true, "\(after)")
            _ = try await bench.client.send(
                .post, "/v1/holds/\(ticket)/retry", as: .operator, body: ["reason": "I looked at it"])
            try await bench.advance {
                try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "running"
            }
        }
    }

    @Test("R36 only what an opening would let go counts: a scope of its own, a caller's, one that fits")
    func opensWhatStrandsNothing() async throws {
        try await Bench.run(.init(mode: .open)) { bench in
            _ = try await bench.put(TestPack(flows: [TestPack.flow(required: ["host"])]))
            try await bench.set("hold", scope: "source:csa")
            try await bench.set("hold", scope: "source:ui")
            let inputs: JSONObject = ["inputs": ["host": "db1"]]
            for more: JSONObject in [["source": "csa"], ["source": "ui", "launcher": "caller"]] {
                var fields = inputs
                for member in more.members { fields[member.name] = member.value }
                #expect(try await bench.client.ask(fields).status == 202)
            }
            _ = try await bench.put(TestPack(version: "2", flows: [TestPack.flow("other")]))
            #expect(try await bench.set("open", scope: "source:ui").status == 200)
            #expect(try await bench.set("open").status == 200)
            for mode in ["open", "inherit"] {
                let reply = try await bench.set(mode, scope: "source:csa")
                #expect(reply.status == 409 && reply.problem == "would-strand", "\(reply)")
            }
            // Whoever saw another gate hears of that first.
            let stale = try await bench.client.send(
                .put, "/v1/gate", as: .operator, headers: [.ifMatch: "\"1\""],
                body: ["mode": "open", "scope": "source:csa", "reason": "r"])
            #expect(stale.status == 412)
            #expect(try await bench.set("inherit", scope: "source:csa", strandsHolds: true).status == 200)
        }
    }

    @Test func theListOfHoldsNamesTheirPacks() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            _ = try await bench.client.ask()
            _ = try await bench.put(TestPack())
            _ = try await bench.client.ask()
            let list = try await bench.client.send(.get, "/v1/holds", as: .viewer)
            #expect(list["holds"]?.array?.map { $0["pack"] } == [.null, "Pack"])
            #expect(list["holds"]?.array?.map { $0["packRevision"] } == [.null, 1])
        }
    }
}

extension Bench {
    /// Sends a pack, to the path of its own name unless another is given.
    func put(_ pack: TestPack, at name: String? = nil, as token: Token? = .operator) async throws -> Reply {
        try await client.send(
            .put, "/v1/packs/\(Self.encoded(name ?? pack.name ?? ""))", as: token, bytes: pack.bytes)
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
