import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// A release begins when its begin is on record, and what it earned outlives a write of unknown end.
@Suite struct ReleaseBeginTests {
    private static let settings = ReleaseSettings(
        ratePerMinute: 6000, ceiling: 2, canary: .init(count: 2), breaker: .init(window: 4, minimum: 2))

    /// A release that begins now; its first write is given too.
    private static func begun(_ settings: ReleaseSettings = settings) -> (ReleaseState, ReleaseEffect.CommitRef?) {
        var state = ReleaseState(
            gate: .fixture(.hold), policy: ReleasePolicy(settings: settings), flows: [:], at: .fixture)
        state.isProven = true
        let effects = state.step(
            .gateChanged(.fixture(.open, epoch: Epoch(3)), closedEpoch: Epoch(2)), at: .fixture)
        _ = state.step(.loadRead(running: [], inFlightCount: 0), at: .fixture)
        return (state, write(effects))
    }

    private static func write(_ effects: [ReleaseEffect]) -> ReleaseEffect.CommitRef? {
        effects.lazy.compactMap { effect -> ReleaseEffect.CommitRef? in
            guard case .commit(let ref, let changes) = effect, case .setRelease? = changes.first else { return nil }
            return ref
        }.first
    }

    private static func intents(_ state: inout ReleaseState) -> [ReleaseEffect] {
        state.step(.candidates([.fixture(1)], passIDs: [.fixture(1)], isLastPage: true), at: .fixture).filter {
            guard case .commit(_, let changes) = $0 else { return false }
            return changes.contains { if case .moveHold = $0 { true } else { false } }
        }
    }

    @Test("R25 nothing starts before the begin of a release is on record", arguments: [true, false])
    func waitsForItsRecord(hasCanary: Bool) throws {
        var settings = Self.settings
        if !hasCanary { settings.canary = nil }
        var (state, first) = Self.begun(settings)
        let early = Self.intents(&state)
        #expect(early.isEmpty)
        #expect(state.status(at: .fixture).stop?.contains("being written") ?? false)
        let written = state.step(.committed(try #require(first)), at: .fixture)
        #expect(written.contains { if case .fetchLanes = $0 { true } else { false } })
        let later = Self.intents(&state)
        #expect(later.count == 1)
    }

    @Test("who paused a release, and why, is told after the gate was closed and opened, too")
    func aPauseKeepsItsPerson() throws {
        var state = Self.begun().0
        let paused = try #require(
            state.record.ordered(.pause, at: Moment.fixture.wall, by: Principal("ann"), reason: "pause: early"))
        _ = state.step(.releaseRead(paused), at: .fixture)
        for epoch in stride(from: Int64(4), to: 8, by: 2) {
            for (mode, number) in [(GateMode.hold, epoch), (.open, epoch + 1)] {
                let gate = GateRecord.fixture(mode, epoch: Epoch(number))
                _ = state.step(.gateChanged(gate, closedEpoch: Epoch(epoch)), at: .fixture)
                #expect(state.record.stage == .paused)
                #expect(state.status(at: .fixture).stop == "paused by ann: early", "\(number)")
            }
        }
    }

    private static func moves(_ effects: [ReleaseEffect]) -> [HoldMove] {
        effects.flatMap { effect -> [HoldMove] in
            guard case .commit(_, let changes) = effect else { return [] }
            return changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
        }
    }

    /// An order of a person is not lost with the attempt.
    @Test(
        "R25 what was intended before a release began is not sent in it: it begins with what it has earned",
        arguments: [true, false], [HoldState.held, .released])
    func sendsNothingOfBefore(isSent: Bool, from: HoldState) throws {
        let settings = ReleaseSettings(ratePerMinute: 6000, ceiling: 10, ramp: .init(fromPercent: 10))
        // Open for something else, so that what a person releases goes at once.
        var gate = GateRecord.fixture(.open)
        gate.scopes = [
            ScopeMode(scope: .source(.csa), mode: .hold, since: Moment.fixture.wall, by: .sluice, reason: "r")
        ]
        var state = ReleaseState(gate: gate, policy: ReleasePolicy(settings: settings), flows: [:], at: .fixture)
        state.isProven = true
        let page = ReleaseEvent.candidates(
            [.fixture(1, state: from)], passIDs: [.fixture(1)], isLastPage: true)
        let intents = state.step(page, at: .fixture)
        let intent = try #require(
            intents.lazy.compactMap { if case .commit(let ref, _) = $0 { ref } else { nil } }.first)
        if isSent {
            let effects = state.step(.committed(intent), at: .fixture)
            #expect(effects.contains { if case .launch = $0 { true } else { false } })
            #expect(state.maySend(.fixture(1), attempt: 1))
        }
        gate.epoch = Epoch(3)
        gate.scopes = []
        let begin = state.step(.gateChanged(gate, closedEpoch: Epoch(2)), at: .fixture)
        #expect(state.record.stage == .ramping)
        _ = state.step(.committed(try #require(Self.write(begin))), at: .fixture)
        #expect(!state.maySend(.fixture(1), attempt: 1))
        let effects = state.step(
            isSent ? .launchWithheld(.fixture(1), attempt: 1) : .committed(intent), at: .fixture)
        #expect(!effects.contains { if case .launch = $0 { true } else { false } })
        #expect(Self.moves(effects).map(\.to) == [from])
        // What the driver may not send now is not offered to it again at once.
        let waits = Self.moves(effects).map { $0.update.retryAt.map { $0 > Moment.fixture.wall } ?? false }
        #expect(waits == [isSent])
    }

    @Test("R25 a release that a person aborts after an opening is not begun by whoever leads next")
    func anAbortAfterTheOpeningCounts() throws {
        let closed = GateRecord.fixture(.hold, epoch: Epoch(2))
        var record = ReleaseRecord.first(settings: Self.settings, gate: closed, at: Moment.fixture.wall)
        func order(_ order: ReleaseOrder, _ gate: GateRecord) throws {
            record = try #require(
                record.ordered(
                    order, at: Moment.fixture.wall, by: Principal("op"), reason: "because", gate: gate))
        }
        var open = closed
        open.epoch = Epoch(3)
        open.whole.mode = .open
        open.closedEpoch = Epoch(2)
        func next() -> ReleaseState {
            ReleaseState(
                gate: open, policy: ReleasePolicy(settings: Self.settings), flows: [:], release: record, at: .fixture)
        }
        try order(.pause, closed)
        try order(.abort, open)
        #expect(next().record == record && record.stage == .aborted)
        // One that a person began anew since is not begun a second time.
        try order(.continue, open)
        #expect(next().record == record && record.stage == .canary)
    }

    @Test("the end of a close after an abort begins a release")
    func theNextOpeningBegins() throws {
        let closed = GateRecord.fixture(.hold, epoch: Epoch(2))
        let first = ReleaseRecord.first(settings: Self.settings, gate: closed, at: Moment.fixture.wall)
        let paused = first.ordered(.pause, at: Moment.fixture.wall, by: Principal("op"), reason: "r", gate: closed)
        let aborted = paused?.ordered(.abort, at: Moment.fixture.wall, by: Principal("op"), reason: "r", gate: closed)
        var open = GateRecord.fixture(.open, epoch: Epoch(3))
        open.closedEpoch = Epoch(2)
        let state = ReleaseState(
            gate: open, policy: ReleasePolicy(settings: Self.settings), flows: [:],
            release: try #require(aborted), at: .fixture)
        #expect(state.record.stage == .canary)
    }

    @Test("R25 a canary stays one when its record is read again, whatever clock the release was begun by")
    func aCanaryStaysOne() throws {
        var state = ReleaseState(
            gate: .fixture(.open), policy: ReleasePolicy(settings: Self.settings), flows: [:], at: .fixture)
        state.isProven = true
        var record = ReleaseRecord.first(settings: Self.settings, gate: .fixture(.open), at: Moment.fixture.wall)
        // By a person, at a replica whose clock is ahead.
        record.begin(at: Moment.fixture.wall.advanced(by: .seconds(30)))
        _ = state.step(.releaseRead(record), at: .fixture)
        let intents = Self.intents(&state)
        guard case .commit(let ref, _)? = intents.first else {
            Issue.record("nothing was intended")
            return
        }
        _ = state.step(.committed(ref), at: .fixture)
        let landed = state.step(
            .outcome(.fixture(1), attempt: 1, .started(ExecutionID("7"))), at: .fixture)
        #expect(state.flights.canaryCount == 1)
        guard case .commit(let progress, _)? = landed.first else {
            Issue.record("nothing was recorded")
            return
        }
        _ = state.step(.commitFailed(progress), at: .fixture)
        var running = Hold.fixture(1, state: .running)
        running.executionID = ExecutionID("7")
        _ = state.step(.reloaded(.fixture(1), running), at: .fixture)
        #expect(state.flights[.fixture(1)] != nil && state.flights.canaryCount == 1)
    }

    /// A write that was done, of which the release does not know it, and a person's order on top of it.
    private static func interrupted(
        _ order: ReleaseOrder, after change: (inout ReleaseState) -> Void
    ) throws -> ReleaseState {
        var (state, first) = begun()
        let onDisk = state.record
        let ref = try #require(first)
        change(&state)
        _ = state.step(.commitFailed(ref), at: .fixture)
        let theirs = onDisk.ordered(order, at: Moment.fixture.wall, by: Principal("op"), reason: "because")
        _ = state.step(.releaseRead(try #require(theirs)), at: .fixture)
        return state
    }

    @Test("R25 a breaker that opened while a write had no known end stays open, whatever a person set meanwhile")
    func aBreakerStaysOpen() throws {
        var other = Self.settings
        other.ceiling = 9
        let state = try Self.interrupted(.set(other)) { $0.breakOff("too much", at: .fixture) }
        #expect(state.record.stage == .broken)
        #expect(state.record.settings == other)
    }

    @Test("R25 what was earned while a write had no known end is kept when a person pauses")
    func whatWasEarnedIsKept() throws {
        let state = try Self.interrupted(.pause) { state in
            state.amend("a canary ended well", at: .fixture) { $0.earned.canaryCount = 1 }
        }
        #expect(state.record.stage == .paused && state.record.resumes == .canary)
        #expect(state.record.earned.canaryCount == 1)
    }

    @Test("R25 a release that a person began anew owes nothing to a write of unknown end")
    func aNewBeginCounts() throws {
        var (state, first) = Self.begun()
        let onDisk = state.record
        state.amend("a canary ended well", at: .fixture) { $0.earned.canaryCount = 1 }
        _ = state.step(.commitFailed(try #require(first)), at: .fixture)
        let later = Moment.fixture.wall.advanced(by: .seconds(5))
        let aborted = onDisk.ordered(.abort, at: later, by: Principal("op"), reason: "stop")
        let anew = aborted?.ordered(.continue, at: later, by: Principal("op"), reason: "go on")
        _ = state.step(.releaseRead(try #require(anew)), at: .fixture)
        #expect(state.record.stage == .canary && state.record.earned.canaryCount == 0)
        #expect(state.record.beganAt == anew?.beganAt)
    }
}
