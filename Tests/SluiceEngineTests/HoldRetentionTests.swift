import Logging
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct HoldRetentionTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("R9 holds are deleted when their retention is over; one that waits never is")
    func deletesInBatches() async throws {
        let store = InMemoryStore()
        let clocks = ManualClocks()
        let now = clocks.now().wall
        let count = EngineLimits.forgottenHoldCountMax * 2 + 7
        var changes: [Change] = []
        for number in 1...UInt64(count) {
            changes.append(.addHold(.fixture(number)))
            guard number % 100 != 0 else { continue }
            changes.append(
                .moveHold(
                    HoldMove(
                        ticket: .fixture(number), from: [.held], to: .discarded, at: now, by: .fixture, cause: "c")))
        }
        try await store.commit(changes, fence: Fence(timeline: 1))
        let retention = HoldRetention(
            store: store, retention: .seconds(100), clocks: clocks, fence: { Fence(timeline: 1) }, logger: logger)
        clocks.advance(by: .seconds(100))
        try await retention.forget()
        #expect(try await store.holds(HoldQuery(limit: 1000)).next != nil, "its retention is not over")
        clocks.advance(by: .seconds(86_400 * 400))
        try await retention.forget()
        let left = try await store.holds(HoldQuery(limit: 1000)).holds
        // The newest hold stays for the count of arrivals.
        #expect(left.map(\.ticket.ulid.low) == (1...UInt64(count)).filter { $0 % 100 == 0 || $0 == UInt64(count) })
    }

    @Test("R24 a hold that waits costs no room, however long: through time, sweeps, polls and restarts")
    func waitingCostsNothing() async throws {
        let store = InMemoryStore()
        let clocks = ManualClocks()
        var hold = Hold.fixture(1)
        hold.request.orderingKey = OrderingKey("o")
        hold.request.notBefore = clocks.now().wall.advanced(by: .seconds(10 * 365 * 86_400))
        try await store.commit([.addHold(hold)], fence: Fence(timeline: 1))
        let kept = try await store.hold(.fixture(1))
        var eventCount: Int64?
        for _ in 0..<3 {
            let engine = try await Engine.make(
                configuration: EngineConfiguration(), store: store, central: nil, sealer: AESSealer(MasterKey()),
                inventory: Inventory(), clocks: clocks, random: SystemRandomSource(), logger: logger)
            if eventCount == nil { eventCount = try await store.newestEvent() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await engine.gatekeeper.run() }
                group.addTask { try? await engine.releaser.run() }
                defer { group.cancelAll() }
                for _ in 0..<200 {
                    clocks.advance(by: .seconds(86_400))
                    await letOthersRun(turns: 20)
                    _ = try await engine.outlook(of: hold)
                    _ = try await store.hold(.fixture(1))
                }
            }
            let retention = HoldRetention(
                store: store, retention: .seconds(86_400), clocks: clocks, fence: { engine.writeFence }, logger: logger)
            try await retention.forget()
        }
        #expect(try await store.hold(.fixture(1)) == kept)
        #expect(try await store.newestEvent() == eventCount)
        #expect(try await store.callbacks(of: .fixture(1)).isEmpty)
    }
}
