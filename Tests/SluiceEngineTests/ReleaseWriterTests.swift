import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceEngine

/// How the release's commits are put together.
@Suite(.timeLimit(.minutes(10))) struct ReleaseWriterTests {
    /// A store whose commits end when the test says so.
    private final class Desk: Sendable {
        private struct State {
            var begun: [[Change]] = []
            var continuations: [Int: CheckedContinuation<Void, any Error>] = [:]
            var told: [UInt64] = []
            var failed: [UInt64] = []
        }

        private let state = Mutex(State())

        var begun: [[Change]] { state.withLock { $0.begun } }
        var told: [UInt64] { state.withLock { $0.told } }
        var failed: [UInt64] { state.withLock { $0.failed } }

        func write(_ changes: [Change]) async throws {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    state.continuations[state.begun.count] = continuation
                    state.begun.append(changes)
                }
            }
        }

        func end(_ number: Int, _ error: StoreError? = nil) {
            let continuation = state.withLock { $0.continuations.removeValue(forKey: number) }
            if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
        }

        func tell(_ batch: [ReleaseWriter.Pending], _ error: (any Error)?) {
            state.withLock { state in
                state.told += batch.map(\.ref.number)
                if error != nil { state.failed += batch.map(\.ref.number) }
            }
        }

        func wait(_ isDone: (Desk) -> Bool) async { while !isDone(self) { await Task.yield() } }
    }

    private static func pending(_ number: UInt64, hold: UInt64) -> ReleaseWriter.Pending {
        let move = HoldMove(
            ticket: .fixture(hold), from: [.held], to: .released, at: .zero, by: .sluice, cause: "\(number)")
        return .init(ref: ReleaseEffect.CommitRef(number), changes: [.expectOpen(since: Epoch(2)), .moveHold(move)])
    }

    /// The numbers of the commits that went into one.
    private static func numbers(_ changes: [Change]) -> [String] {
        changes.compactMap { if case .moveHold(let move) = $0 { move.cause } else { nil } }
    }

    private static func run(_ body: (ReleaseWriter, Desk) async -> Void) async {
        let desk = Desk()
        let writer = ReleaseWriter { try await desk.write($0) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await writer.run { desk.tell($0, $1) } }
            await body(writer, desk)
            writer.finish()
            await group.waitForAll()
        }
    }

    @Test("what waits goes together, two at a time, and is told in its order")
    func twoAtATime() async {
        await Self.run { writer, desk in
            writer.add([Self.pending(1, hold: 1), Self.pending(2, hold: 2)])
            await desk.wait { $0.begun.count == 1 }
            writer.add([Self.pending(3, hold: 3)])
            await desk.wait { $0.begun.count == 2 }
            writer.add([Self.pending(4, hold: 4)])
            writer.add([Self.pending(5, hold: 5)])
            #expect(desk.begun.map(Self.numbers) == [["1", "2"], ["3"]])
            #expect(desk.begun[0].count == 3, "what all demand of the gate is looked at once")
            desk.end(1)
            await letOthersRun(turns: 50)
            #expect(desk.told == [], "the one before it has not ended")
            desk.end(0)
            await desk.wait { $0.begun.count == 3 }
            #expect(Self.numbers(desk.begun[2]) == ["4", "5"])
            desk.end(2)
            await desk.wait { $0.told.count == 5 }
            #expect(desk.told == [1, 2, 3, 4, 5])
            #expect(desk.failed == [])
        }
    }

    @Test("a hold's next move waits until the one before is written")
    func orderOfOneHold() async {
        await Self.run { writer, desk in
            writer.add([Self.pending(1, hold: 1)])
            await desk.wait { $0.begun.count == 1 }
            writer.add([Self.pending(2, hold: 2), Self.pending(3, hold: 1), Self.pending(4, hold: 3)])
            await desk.wait { $0.begun.count == 2 }
            await letOthersRun(turns: 50)
            #expect(desk.begun.map(Self.numbers) == [["1"], ["2"]])
            desk.end(0)
            await desk.wait { $0.begun.count == 3 }
            #expect(Self.numbers(desk.begun[2]) == ["3", "4"])
            desk.end(1)
            desk.end(2)
            await desk.wait { $0.told.count == 4 }
            #expect(desk.told == [1, 2, 3, 4])
        }
    }

    @Test("one hold's conflict does not touch the others")
    func conflict() async {
        await Self.run { writer, desk in
            writer.add([Self.pending(1, hold: 1), Self.pending(2, hold: 2)])
            await desk.wait { $0.begun.count == 1 }
            desk.end(0, StoreError(.conflict, "moved"))
            await desk.wait { $0.begun.count == 2 }
            desk.end(1, StoreError(.conflict, "moved"))
            await desk.wait { $0.begun.count == 3 }
            desk.end(2)
            await desk.wait { $0.told.count == 2 }
            #expect(desk.begun.map(Self.numbers) == [["1", "2"], ["1"], ["2"]])
            #expect(desk.failed == [1])
        }
    }

    @Test("what waits when it is told to stop is still written")
    func stop() async {
        await Self.run { writer, desk in
            writer.add([Self.pending(1, hold: 1)])
            await desk.wait { $0.begun.count == 1 }
            writer.add([Self.pending(2, hold: 1)])
            writer.finish()
            desk.end(0)
            await desk.wait { $0.begun.count == 2 }
            desk.end(1)
            await desk.wait { $0.told.count == 2 }
        }
    }
}
