import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What comes between a decision and its request, and what others run (found by the simulator).
@Suite struct ReleaseStartTests {
    private static let settings = ReleaseSettings(ratePerMinute: 6000, ceiling: 2)

    /// A release past its canary, with a number of executions that run in Central.
    private static func release(
        _ settings: ReleaseSettings = settings, running: [ExecutionID] = [], following: [Hold] = []
    ) -> ReleaseState {
        var state = ReleaseState(
            gate: .fixture(.open), policy: ReleasePolicy(settings: settings), flows: [:],
            release: record(settings, .full), at: .fixture)
        state.isProven = true
        _ = state.step(.recovered(following), at: .fixture)
        _ = state.step(.ticked, at: .fixture)
        // It has asked for callers' holds meanwhile.
        _ = state.step(.candidatesFailed, at: .fixture)
        _ = state.step(.loadRead(running: running, inFlightCount: 0), at: .fixture)
        return state
    }

    private static func record(_ settings: ReleaseSettings, _ stage: ReleaseStage) -> ReleaseRecord {
        var record = ReleaseRecord(
            settings: settings, closedEpoch: Epoch(2), at: Moment.fixture.wall, by: .sluice, reason: "a test")
        record.begin(at: Moment.fixture.wall)
        record.stage = stage
        return record
    }

    /// Offers holds as candidates, and says which are intended.
    private static func intended(
        _ state: inout ReleaseState, _ holds: [Hold], at now: Moment = .fixture.advanced(by: .seconds(1))
    ) -> [ReleaseEffect] {
        let passIDs = holds.indices.map { PassID.fixture(UInt64($0) + 1) }
        return state.step(.candidates(holds, passIDs: passIDs, isLastPage: true), at: now).filter { effect in
            guard case .commit(_, let changes) = effect else { return false }
            return changes.contains { if case .moveHold = $0 { true } else { false } }
        }
    }

    private static func committed(_ state: inout ReleaseState, _ effects: [ReleaseEffect]) -> [ReleaseEffect] {
        effects.flatMap { effect -> [ReleaseEffect] in
            guard case .commit(let ref, _) = effect else { return [] }
            return state.step(.committed(ref), at: .fixture)
        }
    }

    @Test("what was intended is not sent once a person paused or aborted the release", arguments: [true, false])
    func anOrderKeepsARequestFromBeingSent(isAbort: Bool) throws {
        var state = Self.release()
        let launches = Self.committed(&state, Self.intended(&state, [.fixture(1)]))
        #expect(launches.contains { if case .launch = $0 { true } else { false } })
        #expect(state.maySend(.fixture(1), attempt: 1))
        let next = state.record.ordered(
            isAbort ? .abort : .pause, at: Moment.fixture.wall, by: Principal("op"), reason: "stop")
        _ = state.step(.releaseRead(try #require(next)), at: .fixture)
        #expect(!state.maySend(.fixture(1), attempt: 1))
    }

    @Test("what was intended before a release began anew is no canary, and is not sent", arguments: [true, false])
    func aNewReleaseBeginsWithItsCanaries(isIntentOnDisk: Bool) {
        var settings = Self.settings
        settings.canary = .init(count: 1)
        var state = Self.release(settings)
        let intents = Self.intended(&state, [.fixture(1)])
        if isIntentOnDisk { _ = Self.committed(&state, intents) }
        var closed = GateRecord.fixture(.hold, epoch: Epoch(3))
        _ = state.step(.gateChanged(closed, closedEpoch: Epoch(3)), at: .fixture)
        closed = .fixture(.open, epoch: Epoch(4))
        _ = state.step(.gateChanged(closed, closedEpoch: Epoch(3)), at: .fixture)
        #expect(state.record.stage == .canary)
        if isIntentOnDisk {
            #expect(!state.maySend(.fixture(1), attempt: 1))
        } else {
            let effects = Self.committed(&state, intents)
            #expect(!effects.contains { if case .launch = $0 { true } else { false } })
        }
    }

    @Test("what a caller was let through for takes a place under the ceiling, though it is followed")
    func callersExecutionsTakePlaces() {
        let callers = (UInt64(1)...2).map { number in
            var hold = Hold.fixture(number, state: .running, request: .fixture(launcher: .caller))
            hold.executionID = ExecutionID("\(number)")
            return hold
        }
        var state = Self.release(running: callers.compactMap(\.executionID), following: callers)
        let intended = Self.intended(&state, [.fixture(3), .fixture(4)])
        #expect(intended.count == 1)
        var free = Self.release(following: callers)
        let more = Self.intended(&free, [.fixture(3), .fixture(4)])
        #expect(more.count == 2)
    }

    @Test("one launch goes though others fill the ceiling: what is parked at its gate step may wait for it")
    func oneGoesWhateverOthersRun() {
        let running = (1...5).map { ExecutionID("parked \($0)") }
        var state = Self.release(running: running)
        let intended = Self.intended(&state, [.fixture(1), .fixture(2)])
        #expect(intended.count == 1)
        let more = Self.intended(&state, [.fixture(2)])
        #expect(more.isEmpty)
    }

    @Test("R22 a walk that had to stop for the ceiling begins anew: another tenant's hold may have become due")
    func aWalkThatHadToStopBeginsAnew() {
        var settings = Self.settings
        settings.ceiling = 1
        settings.tenantSlice = 1
        var state = Self.release(settings)
        let later = Moment.fixture.advanced(by: .seconds(1))
        let lanes = [Lane(id: LaneID(nil), priority: .ordinary), Lane(id: LaneID(TenantID("a")), priority: .ordinary)]
        _ = state.step(.lanesRead(lanes), at: later)
        _ = state.step(.candidates([.fixture(1)], passIDs: [.fixture(1)], isLastPage: false), at: later)
        #expect(state.flightCount == 1)
        let muchLater = later.advanced(by: .seconds(2))
        _ = state.step(.ticked, at: muchLater)
        _ = state.step(.candidatesFailed, at: muchLater)
        state.flights.remove(.fixture(1))
        let effects = state.step(.stirred, at: muchLater)
        #expect(effects.contains { if case .fetchLanes = $0 { true } else { false } })
    }

    @Test("lanes that were asked for while the gate was closed do not tell that nothing could be a canary")
    func aWalkOfBeforeTheOpeningProvesNothing() {
        var settings = Self.settings
        settings.canary = .init(count: 1)
        var state = ReleaseState(
            gate: .fixture(.hold), policy: ReleasePolicy(settings: settings), flows: [:], at: .fixture)
        let effects = state.step(.ticked, at: .fixture)
        #expect(effects.contains { if case .fetchLanes(includesHeld: false, _, _) = $0 { true } else { false } })
        let begin = state.step(.gateChanged(.fixture(.open, epoch: Epoch(3)), closedEpoch: Epoch(2)), at: .fixture)
        _ = state.step(.lanesRead([]), at: .fixture)
        #expect(state.record.stage == .canary)
        _ = Self.committed(&state, begin)
        _ = state.step(.candidatesFailed, at: .fixture)
        // Read again, they do.
        _ = state.step(.ticked, at: .fixture.advanced(by: .seconds(2)))
        _ = state.step(.lanesRead([]), at: .fixture.advanced(by: .seconds(2)))
        #expect(state.record.stage == .full)
    }

    @Test("a launch that is only intended is not among what Central lists")
    func onlyWhatWasSentMayBeListed() {
        var settings = Self.settings
        settings.ceiling = 3
        var state = Self.release(settings)
        _ = Self.intended(&state, [.fixture(1)])
        _ = state.step(.loadRead(running: [ExecutionID("a"), ExecutionID("b")], inFlightCount: 0), at: .fixture)
        #expect(state.loadState == .known(directCount: 2))
    }

    @Test("a canary of a flow that nothing waits for is given up also after Central took no launch")
    func troubleDoesNotKeepACanaryWaiting() {
        var settings = Self.settings
        settings.canary = .init(count: 1, flow: FlowID("none waits"))
        var state = ReleaseState(
            gate: .fixture(.open), policy: ReleasePolicy(settings: settings), flows: [:],
            release: Self.record(settings, .canary), at: .fixture)
        state.trouble = .init(cause: "down", failureCount: 1, retryAt: Moment.fixture.monotonic)
        let later = Moment.fixture.advanced(by: .seconds(2))
        _ = state.step(.ticked, at: later)
        _ = state.step(.lanesRead([Lane(id: LaneID(nil), priority: .ordinary)]), at: later)
        _ = Self.intended(&state, [.fixture(1)], at: later)
        #expect(state.course.takesAnyCanary)
    }
}
