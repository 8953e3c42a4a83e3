import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A Central that refuses the account is seldom asked about what runs, too.
@Suite(.timeLimit(.minutes(10)))
struct ReleasePauseTests {
    private static let refusal = CentralError(.unauthorized, "GET /executions: 401; check central.username")

    /// A launch of ours that runs in Central, or may.
    private func run(
        isInDoubt: Bool = false,
        _ body: @Sendable (EngineBench, _ ticket: Ticket, _ callers: Ticket) async throws -> Void
    ) async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            let ticket = try await bench.hold()
            let callers = try await bench.hold(.fixture(launcher: .caller))
            if isInDoubt {
                bench.central.failReads(Self.refusal)
                bench.central.plan(.startUnseen)
            }
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 1 }
            if !isInDoubt { try await bench.advance { try await bench.state(ticket) == .running } }
            try await body(bench, ticket, callers)
        }
    }

    @Test(
        "a refused account is not sent with every look at what runs, nor with every search", arguments: [false, true])
    func asksSeldom(isInDoubt: Bool) async throws {
        try await run(isInDoubt: isInDoubt) { bench, _, _ in
            bench.central.failReads(Self.refusal)
            try await bench.advance(by: .seconds(1)) { bench.central.failedExecutionCallCount > 0 }
            // A doubt is given up after a quarter of an hour.
            await bench.advance(by: .seconds(isInDoubt ? 840 : 3600), step: .seconds(5))
            let count = bench.central.failedExecutionCallCount
            // Some more where several readers were on their way beside each other; unpaused it is hundreds.
            #expect((isInDoubt ? 3...5 : 4...12).contains(count), "\(count)")
            let trouble = bench.engine.releaser.snapshot().trouble ?? ""
            #expect(trouble.contains("401") && (isInDoubt || trouble.contains("not asked again before")), "\(trouble)")
        }
    }

    enum Order: CaseIterable { case gate, hold, files }

    @Test("a new order and a configuration that is read again look at once", arguments: Order.allCases)
    func asksAtOnce(order: Order) async throws {
        try await run { bench, ticket, callers in
            bench.central.failReads(Self.refusal)
            try await bench.advance(by: .seconds(1)) { bench.central.failedExecutionCallCount > 0 }
            await bench.advance(by: .seconds(1000), step: .seconds(5))
            bench.central.failReads(nil)
            for execution in bench.central.executions { bench.central.end(execution.id) }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(try await bench.state(ticket) == .running, "it is not looked at yet")
            switch order {
            case .gate: try await bench.set(.hold)
            case .hold:
                _ = try await bench.engine.desk.move(callers, .discard, by: Principal("ann"), reason: "not needed")
            case .files: bench.engine.hurryCentral()
            }
            let asked = bench.clocks.now().wall
            try await bench.advance(by: .milliseconds(250)) { try await bench.state(ticket) == .ended }
            #expect(bench.clocks.now().wall.since(asked) < .seconds(30))
            #expect(bench.engine.releaser.snapshot().trouble == nil)
        }
    }

    @Test("a Central that is away is asked as often as ever")
    func looksForOneThatIsAway() async throws {
        try await run { bench, _, _ in
            bench.central.failReads(CentralError(.unreachable, "no route"))
            await bench.advance(by: .seconds(100), step: .seconds(1))
            #expect(bench.central.failedExecutionCallCount >= 10, "\(bench.central.failedExecutionCallCount)")
        }
    }
}
