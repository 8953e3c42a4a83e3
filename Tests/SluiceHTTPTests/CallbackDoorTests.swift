import HTTPTypes
import HummingbirdTesting
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `callbackUrl` of a launch request.
@Suite(.timeLimit(.minutes(10)))
struct CallbackDoorTests {
    private static func setup(_ entries: [String]) -> Bench.Setup {
        var setup = Bench.Setup(mode: .hold)
        setup.callbacks = CallbackPolicy(allow: entries.compactMap { CallbackPolicy.Entry($0) })
        return setup
    }

    @Test(
        "a callback URL that is not allowed is refused before anything is decided",
        arguments: [
            "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data", "http://hooks.example/", "https://other.example/",
        ])
    func refuses(url: String) async throws {
        try await Bench.run(Self.setup(["hooks.example"])) { bench in
            let reply = try await bench.client.ask(["callbackUrl": .string(url)])
            #expect(reply.status == 422 && reply.problem == "callback-not-allowed", "\(reply)")
            #expect(reply["pointer"] == "/callbackUrl")
            #expect(try await bench.memory.counts().total(.held) == 0)
        }
    }

    @Test(arguments: ["https://2130706433/", "https://0x7f.1/", "https://user@hooks.example/", "ftp://hooks.example/"])
    func doesNotTakeOddURLs(url: String) async throws {
        try await Bench.run(Self.setup(["hooks.example"])) { bench in
            let reply = try await bench.client.ask(["callbackUrl": .string(url)])
            #expect(reply.status == 400 && reply["pointer"] == "/callbackUrl", "\(reply)")
        }
    }

    @Test func takesOneThatIsAllowedAndShowsWhatBecameOfIt() async throws {
        try await Bench.run(Self.setup(["hooks.example"])) { bench in
            let reply = try await bench.client.ask(["callbackUrl": "https://hooks.example/x"])
            let ticket = try #require(reply["ticket"]?.string)
            #expect(reply.status == 202)
            let discarded = try await bench.client.send(
                .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
            #expect(discarded["callbackUrl"] == "https://hooks.example/x")
            #expect(discarded["callbacks", "0", "kind"] == "ended")
            #expect(discarded["callbacks", "0", "state"] == "pending")
        }
        try await Bench.run(.init(mode: .hold)) { bench in
            let reply = try await bench.client.ask(["callbackUrl": "https://hooks.example/x"])
            #expect(reply.problem == "callback-not-allowed")
            #expect(reply["detail"]?.string?.contains("callbacks.allow is empty") == true)
        }
    }
}
