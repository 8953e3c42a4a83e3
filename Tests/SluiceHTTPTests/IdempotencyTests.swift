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

/// The same question asked again, by key, by ask id, by ticket.
@Suite(.timeLimit(.minutes(10)))
struct IdempotencyTests {
    private static let header = HTTPField.Name("Idempotency-Key")!

    @Test("R19 the same key and body get the same hold")
    func repeatsAHold() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let first = try await bench.client.ask(["idempotencyKey": "k", "inputs": ["b": "2", "a": "1"]])
            let second = try await bench.client.ask(["inputs": ["a": "1", "b": "2"], "idempotencyKey": "k"])
            #expect(first.status == 202)
            #expect(second.status == 202)
            #expect(first["ticket"] == second["ticket"])
            #expect(try await bench.memory.counts().total(.held) == 1)
        }
    }

    @Test("R19 the same key and body get the same pass within the start window, then none")
    func repeatsAProceed() async throws {
        try await Bench.run { bench in
            let first = try await bench.client.ask(["idempotencyKey": "k"])
            let second = try await bench.client.ask(["idempotencyKey": "k"])
            #expect(second["reason", "code"] == "repeated")
            let ids = try [first, second].map { reply in
                guard case .genuine(let claims) = bench.sealer.readPass(try #require(reply["pass"]?.string)) else {
                    throw Bench.Overdue()
                }
                return claims.id
            }
            #expect(ids[0] == ids[1])
            bench.clocks.advance(by: .seconds(61))
            let late = try await bench.client.ask(["idempotencyKey": "k"])
            #expect(late.status == 403)
            #expect(late["reason", "code"] == "duplicate")
        }
    }

    @Test func repeatsNoProceedOfAnEpochBefore() async throws {
        try await Bench.run { bench in
            #expect(try await bench.client.ask(["idempotencyKey": "k"]).status == 200)
            try await bench.set("hold")
            let late = try await bench.client.ask(["idempotencyKey": "k"])
            #expect(late["decision"] == "reject")
            #expect(late["reason", "code"] == "duplicate")
        }
    }

    @Test(arguments: [
        JSONObject([("flow", "another")]), ["source": "csa"], ["inputs": ["a": "2"]], ["inputs": ["a": "1", "b": ""]],
        ["priority": 6], ["launcher": "caller"], ["orderingKey": "o"], ["start": ["runName": "x"]],
        ["nominalTime": "2026-12-01T22:00:00Z"],
    ])
    func refusesTheSameKeyForAnotherBody(change: JSONObject) async throws {
        try await Bench.run { bench async throws in
            let body: JSONObject = ["idempotencyKey": "k", "inputs": ["a": "1"]]
            #expect(try await bench.client.ask(body).status == 200)
            var other = body
            for field in change.members { other[field.name] = field.value }
            let reply = try await bench.client.ask(other)
            #expect(reply.status == 422)
            #expect(reply.problem == "key-reused")
        }
    }

    @Test(
        "R19 who is told, on whose behalf, and which process of CSA are part of the body, and no input stands for them",
        arguments: [
            ("callbackUrl", "callback", "https://198.51.100.7/told"), ("onBehalfOf", "behalf", "ann"),
            ("csaProcessId", "csa", "p-1"),
        ])
    func tellsFieldsFromInputs(field: String, input: String, value: String) async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.callbacks = CallbackPolicy(allow: ["198.51.100.7"].compactMap { CallbackPolicy.Entry($0) })
        try await Bench.run(setup) { bench in
            let with: JSONObject = JSONObject([("idempotencyKey", "k"), (field, .string(value))])
            let kept = try await bench.client.ask(with)
            #expect(kept.status == 202, "\(kept)")
            #expect(try await bench.client.ask(with)["ticket"] == kept["ticket"])
            let inputs = JSONObject([(input, .string(value))])
            for other in [["idempotencyKey": "k"], ["idempotencyKey": "k", "inputs": .object(inputs)]] as [JSONObject] {
                let reply = try await bench.client.ask(other)
                #expect(reply.status == 422 && reply.problem == "key-reused", "\(reply)")
            }
        }
    }

    @Test func tellsPrincipalsApart() async throws {
        try await Bench.run { bench async throws in
            #expect(try await bench.client.ask(["idempotencyKey": "k"]).status == 200)
            #expect(try await bench.client.ask(["idempotencyKey": "k", "priority": 1], as: .viewer).status == 200)
        }
    }

    @Test func says409WhileTheKeyIsBeingDecided() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            bench.memory.pauseCommits()
            async let first = bench.client.ask(["idempotencyKey": "k"])
            await bench.memory.waitForPausedCommits(1)
            let second = try await bench.client.ask(["idempotencyKey": "k"])
            #expect(second.status == 409)
            #expect(second.problem == "key-in-progress")
            #expect(second.header("Retry-After") == "1")
            bench.memory.resumeCommits()
            let kept = try await first
            #expect(kept.status == 202)
            #expect(try await bench.client.ask(["idempotencyKey": "k"])["ticket"] == kept["ticket"])
        }
    }

    @Test func takesTheHeaderAsTheField() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let field = try await bench.client.ask(["idempotencyKey": "k"])
            let bare = try await bench.client.ask(headers: [Self.header: "k"])
            let quoted = try await bench.client.ask(headers: [Self.header: "\"k\""])
            let both = try await bench.client.ask(["idempotencyKey": "k"], headers: [Self.header: "k"])
            #expect(Set([field, bare, quoted, both].map { $0["ticket"] }).count == 1)
            let differing = try await bench.client.ask(["idempotencyKey": "k"], headers: [Self.header: "other"])
            #expect(differing.status == 400)
            #expect(differing["pointer"] == "/idempotencyKey")
            for bad in ["", "\"\"", String(repeating: "k", count: 513)] {
                let reply = try await bench.client.ask(headers: [Self.header: bad])
                #expect(reply.problem == "invalid-value", "\(bad.count) bytes: \(reply)")
            }
        }
    }

    @Test func repeatsAnAskIDWithTheSameTicket() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let tickets = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<20 { group.addTask { try await bench.client.ask(["askId": "a"]) } }
                return try await group.reduce(into: [Reply]()) { $0.append($1) }
            }
            // Those that met the first one being decided are told to ask again; none gets a hold of its own.
            for reply in tickets { #expect(reply.status == 202 || reply.problem == "ask-in-progress") }
            let again = try await bench.client.ask(["askId": "a"])
            #expect(Set((tickets + [again]).compactMap { $0["ticket"] }).count == 1)
            #expect(try await bench.memory.counts().total(.held) == 1)
            let otherFlow = try await bench.client.ask(["askId": "a", "flow": "another"])
            #expect(otherFlow.status == 422)
        }
    }

    @Test(arguments: [JSONObject([("pass", "p_x")]), ["ticket": "h_01KB0000000000000000000000"]])
    func needsToKnowWhoShowsAPassOrTicket(fields: JSONObject) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.ask(fields)
            #expect(reply.status == 400)
            #expect(reply["pointer"] == "/askId")
            for id in ["askId", "runId"] {
                var named = fields
                named[id] = "1"
                #expect(try await bench.client.ask(named)["decision"] == "reject")
            }
        }
    }

    @Test("R19 an attempt pass is good once, and for its repeat")
    func redeemsAPassOnce() async throws {
        try await Bench.run { bench in
            let pass = try #require(try await bench.client.ask()["pass"])
            try await bench.set("hold")
            let first = try await bench.client.ask(["pass": pass, "askId": "a", "source": "flow", "runId": "7"])
            #expect(first["reason", "code"] == "admitted")
            let admission = try #require(first["pass"])
            let again = try await bench.client.ask(["pass": pass, "askId": "a", "source": "flow", "runId": "7"])
            #expect(again["reason", "code"] == "admitted")
            let other = try await bench.client.ask(["pass": pass, "askId": "b", "source": "flow", "runId": "8"])
            #expect(other.status == 403)
            #expect(other["reason", "code"] == "duplicate")
            for child in ["c", "d"] {
                let nested = try await bench.client.ask([
                    "pass": admission, "askId": .string(child), "source": "flow", "flow": "a.child",
                ])
                #expect(nested["reason", "code"] == "admitted")
            }
        }
    }
}
