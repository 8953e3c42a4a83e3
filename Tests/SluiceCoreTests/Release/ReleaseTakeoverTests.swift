import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What a process that takes a release over finds on disk tells it what the one before it knew.
@Suite struct ReleaseTakeoverTests {
    private static let settings = ReleaseSettings(ratePerMinute: 6000, ceiling: 5, canary: .init(count: 2))
    private static let policy = ReleasePolicy(settings: settings)

    /// Open but for CSA: whatever else is released goes at once.
    private static var partlyOpen: GateRecord {
        var gate = GateRecord.fixture(.open)
        gate.scopes = [
            ScopeMode(scope: .source(.csa), mode: .hold, since: Moment.fixture.wall, by: .sluice, reason: "r")
        ]
        return gate
    }

    private static var open: GateRecord { .fixture(.open, epoch: Epoch(3)) }

    private static var openAfterAClose: GateRecord {
        var gate = open
        gate.closedEpoch = Epoch(3)
        return gate
    }

    /// A launch that was intended while a part of the gate was open.
    private static func launchedBeforeTheOpening() throws -> (
        state: ReleaseState, intent: (ref: ReleaseEffect.CommitRef, hold: Hold)
    ) {
        var state = ReleaseState(gate: partlyOpen, policy: policy, flows: [:], at: .fixture)
        state.isProven = true
        let intent = try intend(1, &state, at: .fixture)
        return (state, intent)
    }

    private static func after(_ seconds: Int) -> Moment {
        Moment(
            wall: Moment.fixture.wall.advanced(by: .seconds(seconds)),
            monotonic: Moment.fixture.monotonic.advanced(by: .seconds(1)))
    }

    private static func refs(_ effects: [ReleaseEffect]) -> [ReleaseEffect.CommitRef] {
        effects.compactMap { if case .commit(let ref, _) = $0 { ref } else { nil } }
    }

    private static func changes(_ effects: [ReleaseEffect]) -> [Change] {
        effects.flatMap { effect -> [Change] in
            guard case .commit(_, let changes) = effect else { return [] }
            return changes
        }
    }

    private static func moves(_ effects: [ReleaseEffect]) -> [HoldMove] {
        changes(effects).compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
    }

    /// A release that began at a time, and its begin is on disk.
    private static func begun(at now: Moment = .fixture) throws -> ReleaseState {
        var state = ReleaseState(gate: .fixture(.hold), policy: policy, flows: [:], at: now)
        state.isProven = true
        try begin(&state, at: now)
        return state
    }

    private static func begin(_ state: inout ReleaseState, at now: Moment) throws {
        let effects = state.step(.gateChanged(open, closedEpoch: Epoch(2)), at: now)
        _ = state.step(.committed(try #require(refs(effects).first)), at: now)
        #expect(state.record.stage == .canary)
    }

    /// Intends a launch.
    private static func intend(
        _ number: UInt64, _ state: inout ReleaseState, at now: Moment
    ) throws -> (ref: ReleaseEffect.CommitRef, hold: Hold) {
        let effects = state.step(
            .candidates([.fixture(number)], passIDs: [.fixture(number)], isLastPage: true), at: now)
        let hold = moves(effects).reduce(Hold?.some(.fixture(number))) { $0?.applying($1) }
        return (try #require(refs(effects).first), try #require(hold))
    }

    /// Launches a canary and has its execution fail; what is done about that.
    private static func failCanary(_ state: inout ReleaseState) throws -> [ReleaseEffect] {
        let intent = try intend(1, &state, at: .fixture)
        _ = state.step(.committed(intent.ref), at: .fixture)
        let found = state.step(.outcome(.fixture(1), attempt: 1, .started(ExecutionID("7"))), at: .fixture)
        _ = state.step(.committed(try #require(refs(found).first)), at: .fixture)
        var summary = ExecutionSummary(id: ExecutionID("7"), status: .completed)
        summary.resultType = "ERROR"
        return state.step(.observed([summary], asked: [ExecutionID("7")]), at: .fixture)
    }

    /// The next process, with what the one before it left under way.
    private static func next(
        _ release: ReleaseRecord?, _ gate: GateRecord, _ left: Hold, at now: Moment
    ) -> ReleaseState {
        var state = ReleaseState(gate: gate, policy: policy, flows: [:], release: release, at: now)
        _ = state.step(.recovered([left]), at: now)
        #expect(state.flights[left.ticket] != nil && state.record.stage == .canary)
        return state
    }

    @Test("R25 that a canary did not end well is on disk before its end is", arguments: [true, false])
    func aFailedCanaryIsOnRecordFirst(isWritten: Bool) throws {
        var state = try Self.begun()
        let failed = try Self.failCanary(&state)
        #expect(Self.moves(failed).isEmpty)
        guard case .setRelease(let record, _)? = Self.changes(failed).first else {
            Issue.record("the record is not written")
            return
        }
        #expect(record.stage == .broken)
        var ref = try #require(Self.refs(failed).first)
        if !isWritten {
            // The write had no known end, and was not done.
            #expect(Self.moves(state.step(.commitFailed(ref), at: .fixture)).isEmpty)
            var before = record
            before.revision -= 1
            before.stage = .canary
            let again = state.step(.releaseRead(before), at: .fixture)
            #expect(Self.moves(again).isEmpty)
            ref = try #require(Self.refs(again).first)
        }
        let ended = state.step(.committed(ref), at: .fixture)
        #expect(Self.moves(ended).map(\.to) == [.ended])
        _ = state.step(.committed(try #require(Self.refs(ended).first)), at: .fixture)
        #expect(state.flightCount == 0 && state.record.stage == .broken && state.course.failedCount == 1)
    }

    @Test("R25 a canary is one for the next process too, though the clock was set back before it was intended")
    func aCanaryIsKnownByTheNextProcess() throws {
        var state = try Self.begun()
        let back = Self.after(-30)
        let intent = try Self.intend(1, &state, at: back)
        let next = Self.next(state.record, Self.open, intent.hold, at: back)
        #expect(next.flights.canaryCount == 1)
    }

    @Test(
        "R25 what was under way before a release began is no canary of it, though the clock was set back",
        arguments: [true, false])
    func whatWasUnderWayIsNoCanary(beginsItself: Bool) throws {
        var (state, intent) = try Self.launchedBeforeTheOpening()
        let back = Self.after(-30)
        let stored = state.record
        if !beginsItself { try Self.begin(&state, at: back) }
        // The opening is the last that the one before it did, or it came no further.
        let gate = Self.openAfterAClose
        let next = Self.next(beginsItself ? stored : state.record, gate, intent.hold, at: back)
        #expect(next.flights.canaryCount == 0)
        // Nor for the one after that.
        #expect(Self.next(next.record, gate, intent.hold, at: back).flights.canaryCount == 0)
    }

    @Test(
        "R25 a begin is not written before it is known what was under way, and is later than that",
        arguments: [false, true])
    func aBeginAwaitsWhatWasUnderWay(isPaused: Bool) throws {
        let (state, intent) = try Self.launchedBeforeTheOpening()
        let back = Self.after(-30)
        var stored = state.record
        if isPaused {
            stored = stored.changed(at: back.wall, by: Principal("ops"), reason: "pause") {
                $0.resumes = $0.stage
                $0.stage = .paused
            }
        }
        let gate = Self.openAfterAClose
        var next = ReleaseState(
            gate: gate, policy: Self.policy, flows: [:], release: stored, awaitsRecovery: true, at: back)
        // The leader is told what the gate is before it reads what is under way.
        #expect(Self.changes(next.step(.gateChanged(gate, closedEpoch: Epoch(3)), at: back)).isEmpty)
        _ = next.step(.recovered([intent.hold]), at: back)
        #expect(next.flights.canaryCount == 0 && next.record.countedStage == .canary)
        guard case .setRelease(let record, _)? = Self.changes(next.step(.ticked, at: back)).first else {
            Issue.record("the begin is not written")
            return
        }
        // Nor is it a canary for the one after that.
        var third = ReleaseState(gate: gate, policy: Self.policy, flows: [:], release: record, at: back)
        _ = third.step(.recovered([intent.hold]), at: back)
        #expect(third.flights.canaryCount == 0 && third.flightCount == 1)
    }

    @Test("R25 what was under way when a release was begun by a clock behind ours is no canary of it")
    func aBeginByAClockBehind() throws {
        var state = try Self.begun()
        let intent = try Self.intend(1, &state, at: .fixture)
        _ = state.step(.committed(intent.ref), at: .fixture)
        var theirs = state.record
        theirs.revision += 1
        theirs.begin(at: Self.after(-30).wall)
        let effects = state.step(.releaseRead(theirs), at: .fixture)
        guard case .setRelease(let record, _)? = Self.changes(effects).first else {
            Issue.record("the later begin is not written")
            return
        }
        #expect(Self.next(record, Self.open, intent.hold, at: .fixture).flights.canaryCount == 0)
    }

    @Test("R19 Central is searched back to the intent, though the release began by a clock that was ahead")
    func searchesBackToTheIntent() throws {
        var state = try Self.begun(at: Self.after(7200))
        let intent = try Self.intend(1, &state, at: .fixture)
        _ = state.step(.committed(intent.ref), at: .fixture)
        let later = Self.after(5400)
        let doubted = state.step(.outcome(.fixture(1), attempt: 1, .unknown(cause: "no answer")), at: later)
        var next = ReleaseState(gate: Self.open, policy: Self.policy, flows: [:], release: state.record, at: later)
        for effects in [doubted, next.step(.recovered([intent.hold]), at: later)] {
            let starts = effects.compactMap { if case .scan(let start) = $0 { start } else { nil } }
            #expect(starts == [Moment.fixture.wall])
        }
    }

    @Test("R25 a canary that failed is counted once, though the release was begun anew while its end was written")
    func aFailedCanaryIsCountedOnce() throws {
        var state = try Self.begun()
        let failed = try Self.failCanary(&state)
        let ended = state.step(.committed(try #require(Self.refs(failed).first)), at: .fixture)
        let anew = state.record.ordered(.continue, at: Moment.fixture.wall, by: Principal("op"), reason: "go on")
        _ = state.step(.releaseRead(anew), at: .fixture)
        _ = state.step(.committed(try #require(Self.refs(ended).first)), at: .fixture)
        #expect(state.record.stage == .canary && state.course.failedCount == 0 && state.recent.isEmpty)
    }

    @Test("R25 a release that a person begins anew begins later than what was stopped, by whatever clock")
    func aNewBeginIsLater() throws {
        var state = try Self.begun()
        state.breakOff("too much", at: .fixture)
        let earlier = Self.after(-30).wall
        let anew = state.record.ordered(.continue, at: earlier, by: Principal("op"), reason: "go on")
        #expect(try #require(anew?.beganAt) > Moment.fixture.wall)
        // What it had started is not before its begin, which a clock that was ahead may have told.
        var ahead = try Self.begun(at: Self.after(30))
        ahead.breakOff("too much", at: .fixture)
        let again = ahead.record.ordered(.continue, at: earlier, by: Principal("op"), reason: "go on")
        #expect(try #require(again?.beganAt) > Self.after(30).wall)
    }
}
