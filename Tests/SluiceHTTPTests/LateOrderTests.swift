import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// Whether something has happened in another task.
private final class Flag: Sendable {
    private let state = Mutex(false)

    var isRaised: Bool { state.withLock { $0 } }

    func raise() { state.withLock { $0 = true } }
}

/// Orders about Central's schedules that the store does not write in time.
@Suite(.timeLimit(.minutes(10)))
struct LateOrderTests {
    private static var setup: Bench.Setup {
        var setup = Bench.Setup()
        setup.hasCentral = true
        return setup
    }

    private static func schedule(_ bench: Bench) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "s1", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-1")
        schedule.startDate = bench.clocks.now().wall.advanced(by: .seconds(3600))
        return schedule
    }

    private func order(_ verb: String, _ bench: Bench, _ more: JSONObject = [:]) async throws -> Reply {
        var body: JSONObject = ["reason": "upgrade"]
        for field in more.members { body[field.name] = field.value }
        return try await bench.client.send(.post, "/v1/schedules/\(verb)", as: .operator, body: .object(body))
    }

    /// Moves the clock on second by second until both are answered.
    /// - Returns: What they are answered, and how long the slower one waited.
    private func answers(
        _ bench: Bench, _ first: Task<Reply, any Error>, _ second: Task<Reply, any Error>
    ) async throws -> (Reply, Reply, Duration) {
        let replies = Task { (try await first.value, try await second.value) }
        let isAnswered = Flag()
        Task {  // why: it only tells that the two are there, which `replies` below waits for
            _ = await replies.result
            isAnswered.raise()
        }
        let start = bench.clocks.now().monotonic
        try await bench.advance(by: .seconds(1)) { isAnswered.isRaised }
        let (one, two) = try await replies.value
        return (one, two, bench.clocks.now().monotonic.since(start))
    }

    @Test("an order that the store does not write within 10 s is answered 503, and whether it stands is said")
    func answersInTime() async throws {
        try await Bench.run(Self.setup) { bench in
            bench.central.put(Self.schedule(bench))
            bench.memory.pauseCommits()
            let first = Task { try await order("freeze", bench) }
            await bench.memory.waitForPausedCommits(1)
            let second = Task { try await order("freeze", bench) }
            let (written, withdrawn, waited) = try await answers(bench, first, second)
            #expect(waited >= .seconds(10) && waited < .seconds(60))
            for reply in [written, withdrawn] {
                #expect(reply.status == 503 && reply.problem == "store-unavailable", "\(reply)")
                #expect(reply.header("Retry-After") != nil, "\(reply.headers)")
                #expect(try OpenAPIDocument.load().faults(of: reply, "POST", "/v1/schedules/freeze") == [])
            }
            #expect(written.text.contains("not known yet whether it stands"), "\(written)")
            #expect(withdrawn.text.contains("is withdrawn; order it again"), "\(withdrawn)")
            #expect(bench.central.switches.isEmpty)
            bench.memory.resumeCommits()
            try await bench.advance { bench.engine.freezer?.status().phase == .frozen }
            #expect(bench.central.switches.map(\.isEnabled) == [false], "the one that was being written stands")
            let journal = try await bench.client.send(.get, "/v1/schedules/journal", as: .viewer, bytes: nil)
            let objects = journal["entries"]?.array?.map { $0["object"]?.string }
            #expect(objects?.count == 2 && objects?.contains("1") == true, "one order, one schedule: \(journal)")
        }
    }
}
