import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What a replaced content pack does to launches that were held before.
@Suite struct ReleasePackTests {
    private static func flow(
        revision: Int = 1, isGated: Bool = false, _ inputs: KnownInput...
    ) -> KnownFlow {
        KnownFlow(
            id: .fixture, name: "f", path: "f", contentPack: "Pack", packRevision: revision, isGated: isGated,
            inputs: inputs)
    }

    private static func input(
        _ name: String, required: Bool = false, encrypted: Bool = false, _ reading: KnownInput.Reading = .init()
    ) -> KnownInput {
        KnownInput(name: name, isRequired: required, isEncrypted: encrypted, reading: reading)
    }

    private static let before = flow(input("a"), input("b"))

    private func release(_ flow: KnownFlow?, isLoaded: Bool = true) -> ReleaseState {
        var state = ReleaseState(
            gate: .fixture(.open), policy: ReleasePolicy(), flows: [.fixture: Self.before], at: .fixture)
        state.isProven = true
        let flows = flow.map { [$0.id: $0] } ?? [:]
        _ = state.step(.inventoryReplaced(flows, isLoaded: isLoaded), at: .fixture)
        return state
    }

    private func hold(
        _ state: HoldState = .held, launcher: Launcher = .sluice, memory: FlowMemory? = FlowMemory(of: before)
    ) -> Hold {
        var request = LaunchRequest.fixture(launcher: launcher)
        request.inputs = [LaunchInput(name: "a", value: .clear("1"))]
        request.flowMemory = memory
        return Hold.fixture(1, state: state, request: request)
    }

    /// The last move that the release makes of a hold when its turn comes.
    private func move(_ hold: Hold, _ state: ReleaseState) -> HoldMove? {
        var state = state
        let page = ReleaseEvent.candidates([hold], passIDs: [.fixture(1)], isLastPage: true)
        let changes = state.step(page, at: .fixture).flatMap { effect -> [Change] in
            if case .commit(_, let changes) = effect { changes } else { [] }
        }
        return changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }.last
    }

    static let stopping: [(KnownFlow?, String)] = [
        (nil, "none of the loaded content packs"),
        (flow(revision: 2, input("b")), "the input a, which the launch gives, is no longer declared"),
        (flow(revision: 2, input("a"), input("c", required: true)), "the input c is required now"),
        (flow(revision: 2, input("a"), input("b", required: true)), "the input b is required now"),
        (flow(revision: 2, input("a", encrypted: true)), "the input a is ENCRYPTED now"),
        (flow(revision: 2, input("a", .init(isTaken: false))), "the input a is no longer taken from the launch"),
        (flow(revision: 2, input("a", .init(type: "OBJECT"))), "the input a is of the type OBJECT now"),
        (flow(revision: 2, input("a", .init(listDelimiter: ","))), "the input a is a list now"),
        (flow(revision: 2, isGated: true, input("a"), input("b")), "asks the gate now"),
    ]

    @Test("an incompatible flow stops the hold and says why", arguments: stopping.indices, [HoldState.held, .released])
    func stopsWhatNoLongerFits(index: Int, from: HoldState) throws {
        let (flow, words) = Self.stopping[index]
        let stopped = try #require(move(hold(from), release(flow)))
        #expect(stopped.to == .awaitingOperator)
        #expect(stopped.from == [from])
        #expect(stopped.cause.contains(words), "\(stopped.cause)")
        #expect(stopped.cause.contains("revision 1"))
    }

    @Test("R25 a hold that goes to the operator instead counts once for the breaker, however often it is offered")
    func countsOnce() throws {
        var state = release(nil)
        let settings = ReleaseSettings(breaker: .init(sharePercent: 50, window: 10, minimum: 5))
        var record = ReleaseRecord(
            settings: settings, closedEpoch: Epoch(2), at: Moment.fixture.wall, by: .sluice, reason: "a test")
        record.begin(at: Moment.fixture.wall)
        _ = state.step(.releaseRead(record), at: .fixture)
        _ = state.step(.loadRead(running: [], inFlightCount: 0), at: .fixture)
        // It has asked for callers' holds meanwhile.
        _ = state.step(.candidatesFailed, at: .fixture)
        let page = ReleaseEvent.candidates([hold()], passIDs: [.fixture(1)], isLastPage: true)
        func stop(_ effects: [ReleaseEffect]) -> ReleaseEffect.CommitRef? {
            effects.lazy.compactMap { effect -> ReleaseEffect.CommitRef? in
                guard case .commit(let ref, let changes) = effect, case .moveHold? = changes.first else { return nil }
                return ref
            }.first
        }
        let first = try #require(stop(state.step(page, at: .fixture)))
        // Offered again while that is being written.
        #expect(stop(state.step(page, at: .fixture)) == nil)
        #expect(state.recent == [false])
        // It was not written: it is stopped once more, and counts no more.
        #expect(state.step(.commitFailed(first), at: .fixture).contains(.reload(.fixture(1))))
        _ = state.step(.reloaded(.fixture(1), hold()), at: .fixture)
        let second = try #require(stop(state.step(page, at: .fixture)))
        #expect(state.recent == [false])
        _ = state.step(.committed(second), at: .fixture)
        // A person retried it, and the pack was replaced once more.
        _ = state.step(page, at: .fixture)
        #expect(state.recent == [false, false])
    }

    @Test("a compatible flow is launched")
    func launchesWhatStillFits() {
        let kept = Self.flow(revision: 2, Self.input("a", required: true), Self.input("z"))
        #expect(move(hold(), release(kept))?.to == .launching)
        #expect(move(hold(), release(Self.before))?.to == .launching)
        let constant = Self.flow(revision: 2, Self.input("a"), Self.input("c", .init(isTaken: false)))
        #expect(move(hold(), release(constant))?.to == .launching, "a new constant concerns nobody")
    }

    @Test("nothing is compared without memory, without packs, or for a caller's hold")
    func comparesOnlyWhatIsItsOwn() {
        #expect(move(hold(memory: nil), release(nil))?.to == .launching)
        #expect(move(hold(), release(nil, isLoaded: false))?.to == .launching)
        #expect(move(hold(launcher: .caller), release(nil))?.to == .released)
    }

    @Test("a retry launches it all the same, until the flow changes once more", arguments: stopping.indices)
    func retryLaunchesAllTheSame(index: Int) throws {
        let (flow, _) = Self.stopping[index]
        let stopped = hold()
        let stop = try #require(move(stopped, release(flow)))
        var retried = try #require(stopped.applying(stop))
        retried.state = .released
        retried.releasedEpoch = Epoch(2)
        #expect(move(retried, release(flow))?.to == .launching)
        let again = Self.flow(revision: 3, isGated: !(flow?.isGated ?? true), Self.input("y", required: true))
        #expect(move(retried, release(again))?.to == (flow == nil ? .launching : .awaitingOperator))
    }
}
