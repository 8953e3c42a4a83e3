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

/// `POST /v1/launches`: what is answered, to the letter of interfaces.md.
@Suite(.timeLimit(.minutes(10)))
struct LaunchAnswerTests {
    @Test func proceedsWhenTheGateIsOpen() async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.ask()
            #expect(reply.status == 200)
            #expect(reply.header("Sluice-Decision") == "proceed")
            #expect(reply.header("Sluice-Ticket") == nil)
            #expect(reply.header("Location") == nil)
            #expect(reply.header("Cache-Control") == "no-store")
            #expect(reply["decision"] == "proceed")
            #expect(reply["reason", "code"] == "open")
            #expect(reply["epoch"] == 1)
            #expect(reply["validForSeconds"] == 2)
            #expect(reply["ticket"] == nil)
            let pass = try #require(reply["pass"]?.string)
            guard case .genuine(let claims) = bench.sealer.readPass(pass) else {
                Issue.record("the pass cannot be read: \(pass)")
                return
            }
            #expect(claims.kind == .attempt)
            #expect(claims.flow.text == Client.flow)
            #expect(claims.expiresAt == bench.clocks.now().wall.advanced(by: .seconds(60)))
        }
    }

    @Test func holdsWhenTheGateIsClosed() async throws {
        try await Bench.run { bench in
            try await bench.set("hold")
            let reply = try await bench.client.ask()
            #expect(reply.status == 202)
            let ticket = try #require(reply["ticket"]?.string)
            #expect(ticket.hasPrefix("h_"))
            #expect(reply.header("Location") == "/v1/holds/\(ticket)")
            #expect(reply.header("Sluice-Decision") == "hold")
            #expect(reply.header("Sluice-Ticket") == ticket)
            #expect(reply["decision"] == "hold")
            #expect(reply["reason", "code"] == "maintenance")
            #expect(reply["state"] == "held")
            #expect(reply["position"] == 1)
            #expect(reply["epoch"] == 2)
            #expect(reply["pass"] == nil)
            #expect(reply["validForSeconds"] == nil)
            #expect(try await bench.client.ask()["position"] == 2)
        }
    }

    @Test("R23 a hold says that maintenance holds it, whose, and since when")
    func saysWhoHolds() async throws {
        try await Bench.run { bench in
            try await bench.set("hold", reason: "upgrade to 2026.11")
            let message = try #require(try await bench.client.ask()["reason", "message"]?.string)
            #expect(message.contains("Held by maintenance"))
            #expect(message.contains("upgrade to 2026.11"))
            #expect(message.contains("ann"))
            #expect(message.contains(bench.clocks.now().wall.rfc3339))
            #expect(!message.lowercased().contains("pending"))
            // Whoever asks again about the same hold is told no less.
            let first = try await bench.client.ask(["askId": "a"])
            let again = try await bench.client.ask(["askId": "a"])
            #expect(first["ticket"] == again["ticket"])
            #expect(first["reason"] == again["reason"])
        }
    }

    @Test func rejectsWhenTheGateRefuses() async throws {
        try await Bench.run { bench in
            try await bench.set("refuse")
            let reply = try await bench.client.ask()
            #expect(reply.status == 403)
            #expect(reply.header("Content-Type") == "application/json")
            #expect(reply.header("Sluice-Decision") == "reject")
            #expect(reply["decision"] == "reject")
            #expect(reply["reason", "code"] == "maintenance")
            #expect(reply["ticket"] == nil)
            #expect(reply["pass"] == nil)
            #expect(try await bench.memory.counts().numbers.isEmpty)
        }
    }

    @Test(arguments: [("open", "proceed"), ("hold", "hold"), ("refuse", "reject")])
    func answersAlways200WithTheDecisionInTheBody(mode: String, decision: String) async throws {
        try await Bench.run { bench in
            try await bench.set(mode)
            let reply = try await bench.client.ask(query: "?answer=body")
            #expect(reply.status == 200)
            #expect(reply["decision"] == .string(decision))
            #expect(reply.header("Sluice-Decision") == decision)
        }
    }

    @Test func saysNoDecisionInAProblem() async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.send(.post, "/v1/launches?answer=body", text: "{}")
            #expect(reply.status == 400)
            #expect(reply.problem == "missing-field")
        }
    }

    @Test("R46 each reason is a code of its own")
    func tellsReasonsApart() async throws {
        var setup = Bench.Setup()
        setup.gate.keepsSecrets = false
        try await Bench.run(setup) { bench in
            var codes: [String] = []
            func note(_ fields: JSONObject) async throws {
                codes.append(try #require(try await bench.client.ask(fields)["reason", "code"]?.string))
            }
            try await note([:])
            try await note(["notBefore": "2040-01-01T00:00:00Z", "orderingKey": "k"])
            try await note(["orderingKey": "k"])
            try await note(["expiresAt": "2020-01-01T00:00:00Z"])
            try await note(["pass": "p_forged", "askId": "a1"])
            try await note(["ticket": "h_01KB0000000000000000000000", "askId": "a2"])
            try await bench.set("hold")
            try await note([:])
            try await note(["inputs": ["password": "x"]])
            #expect(
                codes == [
                    "open", "not-due", "behind-backlog", "expired", "invalid-pass", "unknown-ticket", "maintenance",
                    "not-replayable",
                ])
            #expect(Set(codes).count == codes.count)
        }
    }

    @Test func warnsOfWhatTheInventoryMisses() async throws {
        let known = KnownFlow(
            id: FlowID(Client.flow), name: "Nightly", path: "Library/Backup/Nightly", contentPack: "Backup",
            isGated: true,
            inputs: [
                KnownInput(name: "host", isRequired: true, isEncrypted: false),
                KnownInput(name: "phrase", isRequired: false, isEncrypted: true),
            ])
        var setup = Bench.Setup()
        setup.inventory = Inventory([known])
        setup.mode = .hold
        try await Bench.run(setup) { bench in
            let missing = try await bench.client.ask(["inputs": ["phrase": "open sesame"]])
            #expect(missing.status == 202)
            #expect(missing["flowKnown"] == true)
            #expect(missing["warnings", "0"]?.string?.contains("host") == true)
            let ticket = try #require(missing["ticket"]?.string.flatMap { Ticket($0) })
            let hold = try #require(try await bench.memory.hold(ticket))
            #expect(hold.request.flowPath == "Library/Backup/Nightly")
            guard case .sealed = hold.request.inputs.first?.value else {
                Issue.record("an ENCRYPTED input was not sealed")
                return
            }
            let whole = try await bench.client.ask(["inputs": ["host": "db1"]])
            #expect(whole["warnings"] == nil)
            let unknown = try await bench.client.ask(["flow": "no.such.flow"])
            #expect(unknown.status == 202)
            #expect(unknown["flowKnown"] == false)
            #expect(unknown["warnings", "0"]?.string?.contains("no.such.flow") == true)
        }
    }

    @Test func saysNothingOfFlowsWithoutAnInventory() async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.ask()
            #expect(reply["flowKnown"] == nil)
            #expect(reply["warnings"] == nil)
        }
    }
}
