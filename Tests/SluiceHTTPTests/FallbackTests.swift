import HTTPTypes
import HummingbirdTesting
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `POST /v1/launches/fallback`.
@Suite(.timeLimit(.minutes(10)))
struct FallbackTests {
    private static let report: JSONObject = [
        "flow": .string(Client.flow), "source": "scheduler", "idempotencyKey": "s@1", "scheduleId": "s",
        "startedAt": "2026-12-01T22:00:05Z", "nominalTime": "2026-12-01T22:00:00Z",
    ]

    private func send(_ bench: Bench, _ report: JSONObject) async throws -> Reply {
        try await bench.client.send(.post, "/v1/launches/fallback", body: .object(report))
    }

    @Test("R47 a launch that ran unasked is on record, and the hold of its lost question is never started")
    func supersedesTheHold() async throws {
        try await Bench.run(.init(mode: .hold)) { bench async throws in
            let asked: JSONObject = ["source": "scheduler", "launcher": "caller", "idempotencyKey": "s@1"]
            let ticket = try #require(try await bench.client.ask(asked)["ticket"]?.string)
            for _ in 1...2 { #expect(try await send(bench, Self.report).status == 204) }
            let hold = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(hold["state"] == "superseded")
            try await bench.set("open")
            #expect(try await bench.client.ask(asked)["reason", "code"] == "duplicate")
            let notes = try await bench.memory.events(of: nil, after: 0, limit: 1000).map(\.cause)
            #expect(notes.contains { $0.contains("started at 2026-12-01T22:00:05Z without a decision") })
        }
    }

    @Test("R47 what ran unasked and was never asked about is not started when it is asked about later")
    func remembersTheKey() async throws {
        try await Bench.run { bench async throws in
            for _ in 1...2 { #expect(try await send(bench, Self.report).status == 204) }
            let asked: JSONObject = ["source": "scheduler", "launcher": "caller", "idempotencyKey": "s@1"]
            for mode in ["open", "hold"] {
                try await bench.set(mode)
                #expect(try await bench.client.ask(asked)["reason", "code"] == "duplicate")
            }
        }
    }

    @Test func supersedesNoHoldOfAnotherFlow() async throws {
        try await Bench.run(.init(mode: .hold)) { bench async throws in
            let asked: JSONObject = ["flow": "other.flow", "source": "scheduler", "idempotencyKey": "s@1"]
            let ticket = try #require(try await bench.client.ask(asked)["ticket"]?.string)
            #expect(try await send(bench, Self.report).status == 204)
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "held")
        }
    }

    @Test(
        arguments: [
            ("flow", nil), ("source", "clock"), ("startedAt", "soon"), ("startedAt", nil), ("idempotencyKey", ""),
            ("nominalTime", "1"), ("surprise", "1"),
        ] as [(String, String?)])
    func namesWhatIsWrong(field: String, value: String?) async throws {
        try await Bench.run { bench async throws in
            var report = Self.report
            report[field] = value.map { .string($0) }
            let reply = try await send(bench, report)
            #expect(reply.status == 400)
            #expect(reply.text.contains(field))
        }
    }
}
