import Logging
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// Retries, giving up, and what is on record of it.
@Suite struct CallbackDelivererTests {
    private final class FakeSender: CallbackSender {
        private let answers: Mutex<[CallbackOutcome]>
        private let kept = Mutex<[Callback]>([])

        init(_ answers: [CallbackOutcome]) { self.answers = Mutex(answers) }

        var sent: [Callback] { kept.withLock { $0 } }

        func send(_ callback: Callback, of hold: Hold) async -> CallbackOutcome {
            kept.withLock { $0.append(callback) }
            return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
    }

    private func setUp(
        _ answers: [CallbackOutcome]
    ) async throws -> (InMemoryStore, ManualClocks, FakeSender, CallbackDeliverer) {
        let store = InMemoryStore()
        let clocks = ManualClocks()
        let sender = FakeSender(answers)
        var hold = Hold.fixture(1)
        hold.request.callbackURL = CallbackURL("https://hooks.example/")
        let now = clocks.now().wall
        try await store.commit(
            [
                .addHold(hold),
                .moveHold(
                    HoldMove(ticket: hold.ticket, from: [.held], to: .discarded, at: now, by: .fixture, cause: "c")),
            ], fence: Fence(timeline: 1))
        let deliverer = CallbackDeliverer(
            store: store, sender: sender, clocks: clocks, random: SystemRandomSource(), fence: { Fence(timeline: 1) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (store, clocks, sender, deliverer)
    }

    @Test("a callback is tried again after a pause that grows, until it is delivered")
    func triesAgain() async throws {
        let (store, clocks, sender, deliverer) = try await setUp([
            .again(cause: "down"), .again(cause: "down"), .delivered,
        ])
        await deliverer.deliverDue()
        await deliverer.deliverDue()
        #expect(sender.sent.count == 1, "not before its pause is over")
        let first = try #require(try await store.callbacks(of: .fixture(1)).first)
        #expect(first.state == .pending && first.attempt == 1 && first.outcome == "down")
        let pause = first.dueAt.since(clocks.now().wall)
        #expect(pause >= .seconds(4) && pause <= .seconds(6))
        for _ in 0..<2 {
            clocks.advance(by: .seconds(13))
            await deliverer.deliverDue()
        }
        let last = try #require(try await store.callbacks(of: .fixture(1)).first)
        #expect(last.state == .delivered && last.attempt == 3)
        clocks.advance(by: .seconds(86_400))
        await deliverer.deliverDue()
        #expect(sender.sent.count == 3)
    }

    @Test("one that nobody takes is given up on record, after a bounded number of tries")
    func givesUp() async throws {
        let (store, clocks, sender, deliverer) = try await setUp([.again(cause: "down")])
        for _ in 0..<CallbackLimits.attemptCountMax + 5 {
            await deliverer.deliverDue()
            clocks.advance(by: .seconds(5000))
        }
        #expect(sender.sent.count == CallbackLimits.attemptCountMax)
        #expect(try await store.callbacks(of: .fixture(1)).first?.state == .failed)
        let event = try await store.events(of: .fixture(1), after: 0, limit: 99).last
        #expect(event?.kind == "callback-failed")
        #expect(event?.cause.contains("down") == true)
    }

    @Test func aRefusalIsFinalAtOnce() async throws {
        let (store, clocks, sender, deliverer) = try await setUp([.refused(cause: "loopback")])
        await deliverer.deliverDue()
        clocks.advance(by: .seconds(86_400))
        await deliverer.deliverDue()
        #expect(sender.sent.count == 1)
        #expect(try await store.callbacks(of: .fixture(1)).first?.state == .failed)
    }

    @Test func pausesGrowToALimitAndAreSpread() {
        var last = Duration.zero
        for count in 1...30 {
            let pause = CallbackLimits.pause(afterTries: count, chance: 0)
            #expect(pause >= last)
            last = pause
        }
        #expect(last <= CallbackLimits.pauseMax * 2)
        let spread = Set((0..<100).map { CallbackLimits.pause(afterTries: 5, chance: UInt64($0) &* 7_777_777) })
        #expect(spread.count > 50)
        for chance: UInt64 in [0, .max, 12345] {
            let pause = CallbackLimits.pause(afterTries: 1, chance: chance)
            #expect(pause >= .seconds(4) && pause <= .seconds(6))
        }
    }
}
