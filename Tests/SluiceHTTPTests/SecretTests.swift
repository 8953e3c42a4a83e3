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

/// A secret that goes in comes out nowhere.
@Suite(.timeLimit(.minutes(10)))
struct SecretTests {
    private static let secret = "Xyzzy-Secret-4711"

    @Test(arguments: ["hold", "open", "refuse"])
    func showsASecretNowhere(mode: String) async throws {
        var setup = Bench.Setup()
        setup.hasCentral = mode == "open"
        try await Bench.run(setup) { bench in
            try await bench.set(mode)
            let secret = JSONValue.string(Self.secret)
            var replies: [Reply] = []
            let bodies: [JSONObject] = [
                ["inputs": ["plain": secret], "sensitiveInputs": ["plain"], "askId": "1"],
                ["inputs": ["dbPassword": secret], "askId": "2", "orderingKey": "o"],
                ["inputs": ["API_TOKEN": secret], "idempotencyKey": "k"],
                ["inputs": ["API_TOKEN": secret, "x": "y"], "idempotencyKey": "k"],
                ["inputs": ["password": secret], "oops": secret],
                ["inputs": ["password": [secret]]],
                ["inputs": ["password": secret], "priority": 11],
                ["inputs": ["password": secret], "sensitiveInputs": secret],
            ]
            for body in bodies { replies.append(try await bench.client.ask(body)) }
            let cut = #"{"flow":"f","source":"api","inputs":{"password":"\#(Self.secret)""#
            replies.append(try await bench.client.send(.post, "/v1/launches", text: cut))
            replies.append(try await bench.client.send(.post, "/v1/launches", text: cut + ",\"password\":1}}"))
            let tickets = replies.compactMap { $0["ticket"]?.string }
            for ticket in tickets { replies.append(try await bench.client.send(.get, "/v1/holds/\(ticket)")) }
            for path in ["/v1/holds", "/v1/gate", "/metrics"] {
                replies.append(try await bench.client.send(.get, path, as: .operator))
            }
            for reply in replies {
                #expect(!reply.text.contains(Self.secret), "\(reply)")
                #expect(!"\(reply.headers)".contains(Self.secret))
            }
            #expect(mode != "hold" || tickets.count == 3)
            for line in bench.log.lines { #expect(!line.contains(Self.secret), "\(line)") }
            for hold in try await bench.memory.holds(HoldQuery(limit: 1000)).holds {
                #expect(!"\(hold)".contains(Self.secret))
                for input in hold.request.inputs where input.name != "x" {
                    guard case .sealed(let sealed) = input.value else {
                        Issue.record("\(input.name) is not sealed")
                        continue
                    }
                    #expect(try bench.sealer.open(sealed, context: input.name).exposed == Self.secret)
                }
            }
            for event in try await bench.memory.events(of: nil, after: 0, limit: 1000) {
                #expect(!"\(event)".contains(Self.secret))
            }
        }
    }

    @Test func showsClearInputsAndHidesSealedOnes() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(
                try await bench.client.ask(["inputs": ["host": "db1", "password": "x"]])["ticket"]?.string)
            let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(shown["inputs", "host"] == "db1")
            #expect(shown["inputs", "password"] == "‹redacted›")
        }
    }

    @Test("a pass that travels as an input is a capability: it is neither kept nor shown")
    func keepsNoPassThatCameAsAnInput() async throws {
        try await Bench.run { bench in
            let pass = try #require(try await bench.client.ask()["pass"])
            try await bench.set("hold")
            let held = try await bench.client.ask(["inputs": ["host": "db1", "sluicePass": pass]])
            let ticket = try #require(held["ticket"]?.string)
            let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)", as: .viewer)
            #expect(!shown.text.contains(pass.string ?? ""))
            let hold = try #require(try await bench.memory.holds(HoldQuery()).holds.first)
            #expect(!"\(hold)".contains(pass.string ?? ""))
        }
    }

    @Test func logsNoTokenAndNoPass() async throws {
        try await Bench.run(.init(), .live) { bench in
            let pass = try #require(try await bench.client.ask()["pass"]?.string)
            _ = try await bench.client.ask(["pass": .string(pass), "askId": "1"])
            _ = try await bench.client.send(.get, "/v1/none?token=\(Bench.Token.operator.rawValue)")
            for line in bench.log.lines {
                #expect(!line.contains(pass), "\(line)")
                for token in Bench.Token.allCases { #expect(!line.contains(token.rawValue), "\(line)") }
            }
        }
    }
}
