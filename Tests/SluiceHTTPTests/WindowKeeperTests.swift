import HTTPTypes
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// The keeper of windows while its store is slow or fails.
@Suite(.timeLimit(.minutes(10)))
struct WindowKeeperTests {
    /// The manual clock starts at 2025-11-30T10:53:20Z.
    private static func plan(start: String) -> JSONValue {
        [
            "summary": "Upgrade", "start": .string(start), "durationSeconds": 3600, "autoStart": true,
            "autoEnd": true, "reason": "monthly upgrade", "leadTimeSeconds": [],
        ]
    }

    private static func flaky() -> (Bench.Setup, FlakyStore) {
        var setup = Bench.Setup()
        let store = FlakyStore(setup.memory)
        setup.wrap = { _ in store }
        return (setup, store)
    }

    @Test("R40: what was written late does not come back over what was written after it")
    func keepsTheNewest() async throws {
        let (setup, store) = Self.flaky()
        try await Bench.run(setup) { bench in
            let planned = try await bench.client.send(
                .post, "/v1/windows", as: .operator, body: Self.plan(start: "2025-11-30T12:00:00Z"))
            let id = try #require(planned["id"]?.string)
            store.delayNextAnswer { if case .putWindow = $0 { true } else { false } }
            async let extended = bench.client.send(
                .post, "/v1/windows/\(id)/extend", as: .operator, body: ["seconds": 600, "reason": "long"])
            try await bench.until { store.isAnswerLate }
            let cancelled = try await bench.client.send(
                .post, "/v1/windows/\(id)/cancel", as: .operator, body: ["reason": "not needed"])
            #expect(cancelled.status == 200)
            store.answerLate()
            #expect(try await extended.status == 200)
            #expect(bench.engine.windows.ledger.window(WindowID(id))?.isCancelled == true)
            bench.clocks.advance(by: .seconds(2 * 3600))
            try await bench.engine.windows.settle()
            #expect(try await bench.memory.gate()?.whole.mode != .hold, "a cancelled window closes nothing")
        }
    }

    @Test("a window that is on disk is planned, whatever fails after that: asking again would plan it twice")
    func answersForWhatIsOnDisk() async throws {
        let (setup, store) = Self.flaky()
        try await Bench.run(setup) { bench in
            store.failCommit { if case .setGate = $0 { true } else { false } }
            // It begins at once, and that cannot be written.
            let planned = try await bench.client.send(
                .post, "/v1/windows", as: .operator, body: Self.plan(start: "2025-11-30T10:53:20Z"))
            #expect(planned.status == 201)
            #expect(try await bench.memory.gate()?.whole.mode == .open)
            try await bench.engine.windows.settle()
            #expect(bench.engine.windows.ledger.windows.count == 1)
            #expect(try await bench.memory.gate()?.whole.mode == .hold)
        }
    }

    @Test("of many windows over a long span only the first occurrences are kept, in their order")
    func cutsManyWindows() async throws {
        try await Bench.run { bench in
            for hour in 10..<20 {
                var body = Self.plan(start: "2025-12-01T\(hour):00:00Z").object ?? [:]
                body["rrule"] = "FREQ=DAILY"
                let reply = try await bench.client.send(.post, "/v1/windows", as: .operator, body: .object(body))
                #expect(reply.status == 201)
            }
            let from = Timestamp(rfc3339: "2026-01-01T00:00:00Z")!
            let keeper = bench.engine.windows
            let (some, isCut) = try await keeper.occurrences(
                in: from..<from.advanced(by: .seconds(86_400_000)), limit: 15)
            #expect(isCut && some.count == 15)
            let hours = some.map { $0.start.since(from).wholeMilliseconds / 3_600_000 }
            #expect(hours == Array(10..<20) + [34, 35, 36, 37, 38])
            let (all, isShort) = try await keeper.occurrences(
                in: from..<from.advanced(by: .seconds(86_400)), limit: 15)
            #expect(!isShort && all.count == 10)
        }
    }
}
