import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// A start may wait for its connection; what happens meanwhile counts.
@Suite(.timeLimit(.minutes(10)))
struct WithheldStartTests {
    private final class Connection: Sendable {
        private let state = Mutex((waitingCount: 0, isThere: false))

        var waitingCount: Int { state.withLock { $0.waitingCount } }

        func wait() async {
            state.withLock { $0.waitingCount += 1 }
            while !state.withLock({ $0.isThere }), !Task.isCancelled { await Task.yield() }
        }

        func come() { state.withLock { $0.isThere = true } }
    }

    enum Meanwhile: CaseIterable { case closed, paused }

    @Test(
        "R1: what waits for its connection while the gate closes or the release pauses is not sent, but starts later",
        arguments: Meanwhile.allCases)
    func isNotSent(meanwhile: Meanwhile) async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            let ticket = try await bench.hold()
            let connection = Connection()
            bench.central.setOnConnect { await connection.wait() }
            try await bench.set(.open)
            try await bench.advance { connection.waitingCount == 1 }
            switch meanwhile {
            case .closed: try await bench.set(.hold)
            case .paused:
                let order = try await bench.engine.releases.order(.pause, by: Principal("ann"), reason: "wait")
                guard case .changed = order else { throw EngineBench.Overdue() }
            }
            connection.come()
            let states: Set<HoldState> = meanwhile == .closed ? [.held] : [.held, .released]
            try await bench.advance { states.contains(try await bench.state(ticket) ?? .ended) }
            #expect(bench.central.orders.isEmpty)
            bench.central.setOnConnect(nil)
            switch meanwhile {
            case .closed: try await bench.set(.open)
            case .paused: _ = try await bench.engine.releases.order(.continue, by: Principal("ann"), reason: "on")
            }
            try await bench.advance { !bench.central.orders.isEmpty }
            await bench.advance(by: .seconds(120), step: .seconds(1))
            #expect(bench.central.orders.map(\.ticket) == [ticket])
        }
    }
}
