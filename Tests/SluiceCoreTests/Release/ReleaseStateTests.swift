import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Single behaviours of the release, without faults or with one.
@Suite struct ReleaseStateTests {
    private static let gated = FlowID("gated")
    private static let flows = [
        gated: KnownFlow(id: gated, name: "g", path: "g", contentPack: "p", isGated: true, inputs: [])
    ]

    private func release(_ mode: GateMode = .open, _ policy: ReleasePolicy = ReleasePolicy()) -> ReleaseState {
        var state = ReleaseState(gate: .fixture(mode), policy: policy, flows: Self.flows, at: .fixture)
        state.isProven = true
        _ = state.step(.ticked, at: .fixture)
        _ = state.step(.lanesRead([Lane(id: LaneID(nil), priority: .ordinary)]), at: .fixture)
        return state
    }

    private func hold(_ number: UInt64, _ edit: (inout Hold) -> Void = { _ in }) -> Hold {
        var hold = Hold.fixture(number, request: .fixture(flow: Self.gated))
        edit(&hold)
        return hold
    }

    private func page(_ holds: [Hold], isLast: Bool = true) -> ReleaseEvent {
        .candidates(holds, passIDs: holds.map { .fixture($0.ticket.ulid.low) }, isLastPage: isLast)
    }

    private func refs(_ effects: [ReleaseEffect]) -> [ReleaseEffect.CommitRef] {
        effects.compactMap { if case .commit(let ref, _) = $0 { ref } else { nil } }
    }

    private func moves(_ effects: [ReleaseEffect]) -> [HoldMove] {
        effects.flatMap { effect -> [HoldMove] in
            guard case .commit(_, let changes) = effect else { return [] }
            return changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
        }
    }

    /// Candidates are offered, their intents are committed: their requests are under way.
    private func launch(_ state: inout ReleaseState, _ holds: [Hold], at now: Moment = .fixture) {
        for ref in refs(state.step(page(holds), at: now)) { _ = state.step(.committed(ref), at: now) }
    }

    private func fetches(_ effects: [ReleaseEffect]) -> [ReleaseEffect.Place?] {
        effects.compactMap { effect in
            switch effect {
            case .fetch(_, nil, _, let after, _): .some(after)
            // A walk that begins at the front reads the lanes first.
            case .fetchLanes: .some(nil)
            default: nil
            }
        }
    }

    @Test func sendsARequestOnlyWhenItsIntentIsOnDisk() {
        var state = release()
        let effects = state.step(page([hold(1)]), at: .fixture)
        #expect(!effects.contains { if case .launch = $0 { true } else { false } })
        #expect(moves(effects).map(\.to) == [.released, .launching])
        let launches = state.step(.committed(refs(effects)[0]), at: .fixture)
        guard case .launch(let launched, let pass)? = launches.first else { return #expect(Bool(false)) }
        #expect(launched.attempt == 1 && launched.passID == pass.id && pass.ticket == launched.ticket)
        #expect(state.step(.committed(refs(effects)[0]), at: .fixture).isEmpty)
    }

    @Test func aCloseBetweenTheIntentAndItsRequestRecallsIt() {
        var state = release()
        let effects = state.step(page([hold(1)]), at: .fixture)
        _ = state.step(.gateChanged(.fixture(.hold, epoch: Epoch(3)), closedEpoch: Epoch(3)), at: .fixture)
        let recall = state.step(.committed(refs(effects)[0]), at: .fixture)
        #expect(moves(recall).map(\.to) == [.held])
        #expect(!recall.contains { if case .launch = $0 { true } else { false } })
    }

    @Test("R3 while the gate is closed only what an operator let go since then is launched")
    func launchesOnlyHandReleasedHoldsWhileClosed() {
        for (releasedEpoch, isLaunched) in [(1, false), (2, true), (3, true)] {
            var state = release(.hold)
            let released = hold(1) {
                $0.state = .released
                $0.releasedEpoch = Epoch(Int64(releasedEpoch))
            }
            #expect(
                moves(state.step(page([released, hold(2)]), at: .fixture)).map(\.to) == (isLaunched ? [.launching] : [])
            )
        }
    }

    @Test func anOlderGateThatIsToldLateChangesNothing() {
        var state = release()
        _ = state.step(.gateChanged(.fixture(.hold, epoch: Epoch(7)), closedEpoch: Epoch(7)), at: .fixture)
        _ = state.step(.gateChanged(.fixture(.open, epoch: Epoch(6)), closedEpoch: Epoch(5)), at: .fixture)
        #expect(moves(state.step(page([hold(1)]), at: .fixture)).isEmpty)
    }

    @Test("R25 a launch refused for good is tried again and then parked with the reason")
    func parksWhatCentralRefuses() throws {
        var attempt = 0
        while true {
            var state = release()
            launch(&state, [hold(1) { $0.attempt = attempt }])
            attempt += 1
            let effects = state.step(
                .outcome(.fixture(1), attempt: attempt, .refused(cause: "no such flow")), at: .fixture)
            let move = try #require(moves(effects).first)
            if attempt < ReleaseLimits.refusalCountMax {
                #expect(move.to == .released && move.update.retryAt != nil)
            } else {
                #expect(move.to == .awaitingOperator && move.cause.contains("no such flow"))
                break
            }
        }
    }

    @Test("R25 one hold that is refused for now again and again while others get through is parked")
    func parksWhatIsAlwaysRefusedForNow() {
        var state = release()
        launch(&state, [hold(1) { $0.attempt = 7 }])
        let effects = state.step(.outcome(.fixture(1), attempt: 8, .refusedForNow(cause: "403")), at: .fixture)
        #expect(moves(effects).map(\.to) == [.awaitingOperator])
        // In an outage the fault is not the hold's.
        var outage = release()
        let now = Moment.fixture.advanced(by: .seconds(1))
        launch(&outage, [hold(1), hold(2) { $0.attempt = 7 }], at: now)
        _ = outage.step(.outcome(.fixture(1), attempt: 1, .notSent(cause: "down")), at: now)
        let other = outage.step(.outcome(.fixture(2), attempt: 8, .refusedForNow(cause: "503")), at: now)
        #expect(moves(other).map(\.to) == [.released])
    }

    // MARK: Trouble

    @Test func manyFailuresAtOnceAreOneTrouble() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 6000, backoff: .seconds(2)))
        let now = Moment.fixture.advanced(by: .seconds(5))
        let holds = (1...30).map { hold($0) }
        launch(&state, holds, at: now)
        for hold in holds {
            _ = state.step(.outcome(hold.ticket, attempt: 1, .notSent(cause: "down")), at: now)
        }
        #expect(state.trouble?.failureCount == 1)
        #expect(state.trouble?.retryAt == now.monotonic.advanced(by: .seconds(2)))
    }

    @Test func aProbeIsSentThoughLongExecutionsRun() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 6000))
        let now = Moment.fixture.advanced(by: .seconds(5))
        launch(&state, [hold(1), hold(2)], at: now)
        _ = state.step(.outcome(.fixture(1), attempt: 1, .started(ExecutionID("1"))), at: now)
        _ = state.step(.lanesRead([]), at: now)
        let failed = state.step(.outcome(.fixture(2), attempt: 1, .notSent(cause: "down")), at: now)
        for ref in refs(failed) { _ = state.step(.committed(ref), at: now) }
        // Callers' holds are looked for meanwhile.
        _ = state.step(page([]), at: now)
        let later = now.advanced(by: .seconds(10))
        #expect(fetches(state.step(.ticked, at: later)).count == 1)
        #expect(moves(state.step(page([hold(3), hold(4)]), at: later)).map(\.ticket) == [.fixture(3), .fixture(3)])
    }

    @Test func troubleEndsWhenAGateStepRedeemsBeforeCentralsAnswer() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 6000))
        state.trouble = ReleaseState.Trouble(cause: "down", failureCount: 3, retryAt: Moment.fixture.monotonic)
        launch(&state, [hold(1)])
        _ = state.step(.redeemed(.fixture(1), attempt: 1, ExecutionID("1")), at: .fixture)
        #expect(state.troubleCause == nil)
    }

    @Test func anUnclearAnswerIsTroubleToo() {
        var state = release()
        launch(&state, [hold(1)])
        _ = state.step(.outcome(.fixture(1), attempt: 1, .unknown(cause: "timed out")), at: .fixture)
        #expect(state.troubleCause == "timed out")
    }

    // MARK: Walking through the candidates

    @Test func aWalkPastManyThatCannotStartIsNotCutShortByNews() {
        var state = release()
        let closed = (1...200).map { number in
            hold(number) {
                $0.state = .released
                $0.request.launcher = .caller
            }
        }
        // News arrives while the first page is being read.
        _ = state.step(.stirred, at: .fixture)
        let next = fetches(state.step(page(closed, isLast: false), at: .fixture))
        #expect(next == [ReleaseEffect.Place(priority: .ordinary, arrival: 200)])
        let found = state.step(page([hold(201)]), at: .fixture)
        #expect(moves(found).first?.ticket == .fixture(201))
    }

    @Test func newsIsLookedForFromTheFrontOnceTheWalkStops() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 60))
        let effects = state.step(page([hold(5), hold(6), hold(7)], isLast: false), at: .fixture)
        #expect(moves(effects).map(\.ticket) == [.fixture(5), .fixture(5)])
        var urgentLater = state
        _ = urgentLater.step(.stirred, at: .fixture)
        let later = Moment.fixture.advanced(by: .milliseconds(999))
        let much = Moment.fixture.advanced(by: .seconds(1))
        #expect(fetches(urgentLater.step(.ticked, at: later)) == [])
        #expect(fetches(urgentLater.step(.ticked, at: much)) == [nil])
    }

    @Test func newsThatComesDuringAReadIsLookedForFromTheFrontToo() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 60))
        _ = state.step(.stirred, at: .fixture)
        _ = state.step(page([hold(5), hold(6), hold(7)], isLast: false), at: .fixture)
        let later = Moment.fixture.advanced(by: .seconds(1))
        _ = state.step(.continued, at: Moment.fixture)
        #expect(fetches(state.step(.ticked, at: later)) == [nil])
    }

    @Test func theRateHoldsAcrossPages() {
        var state = release(.open, ReleasePolicy(ratePerMinute: 60, ceiling: 1000))
        var now = Moment.fixture
        var launchCount = 0
        for round in UInt64(0)..<100 {
            let effects = state.step(page((1...20).map { hold(round * 20 + $0) }, isLast: false), at: now)
            launchCount += moves(effects).count { $0.to == .launching }
            now = now.advanced(by: .milliseconds(100))
        }
        #expect((10...11).contains(launchCount))
    }

    @Test func aPageOfNothingEndsTheWalkInsteadOfRepeatingIt() {
        var state = release()
        #expect(fetches(state.step(page([], isLast: false), at: .fixture)) == [])
    }

    @Test func nothingIsIntendedAfterAPause() {
        var state = release()
        _ = state.step(.paused, at: .fixture)
        #expect(moves(state.step(page([hold(1)]), at: .fixture)).isEmpty)
        #expect(fetches(state.step(.continued, at: .fixture)) == [nil])
    }

    // MARK: Following

    @Test func everyExecutionIsPolledHoweverSlowCentralIs() {
        let policy = ReleasePolicy(ceiling: 1000, pollInterval: .seconds(1))
        var state = release(.open, policy)
        let holds = (1...400).map { number in
            hold(number) {
                $0.state = .running
                $0.executionID = ExecutionID("\(number)")
            }
        }
        _ = state.step(.recovered(holds), at: .fixture)
        var now = Moment.fixture
        var polled: Set<ExecutionID> = []
        var effects = state.step(.ticked, at: now)
        for _ in 0..<20 {
            guard case .observe(let ids)? = effects.first(where: { if case .observe = $0 { true } else { false } })
            else {
                break
            }
            #expect(ids.count <= ReleaseLimits.observedCountMax)
            polled.formUnion(ids)
            now = now.advanced(by: .seconds(1))
            let summaries = ids.map { ExecutionSummary(id: $0, status: .running) }
            effects = state.step(.observed(summaries, asked: ids), at: now)
        }
        #expect(polled.count == 400)
    }

    @Test func anEndIsRecordedOnceThoughItsCommitTakesLong() {
        var state = release()
        launch(&state, [hold(1)])
        _ = state.step(.outcome(.fixture(1), attempt: 1, .started(ExecutionID("1"))), at: .fixture)
        _ = state.step(.redeemed(.fixture(1), attempt: 1, ExecutionID("1")), at: .fixture)
        let ended = ExecutionSummary(id: ExecutionID("1"), status: .completed)
        let first = state.step(.observed([ended], asked: [ExecutionID("1")]), at: .fixture)
        #expect(moves(first).map(\.to) == [.ended])
        #expect(!first.contains { if case .observe = $0 { true } else { false } })
        #expect(state.step(.observed([ended], asked: [ExecutionID("1")]), at: .fixture).isEmpty)
    }

    @Test func aScanProvesNothingAboutIntentsOlderThanItReads() {
        var state = release()
        let young = hold(1) { $0.state = .launching }
        var old = hold(2) { $0.state = .launching }
        old.attempt = 1
        old.attemptAt = Moment.fixture.wall.advanced(by: .seconds(-3600))
        var first = young
        first.attempt = 1
        first.attemptAt = Moment.fixture.wall
        first.passID = .fixture(1)
        let effects = state.step(.recovered([first]), at: .fixture)
        #expect(effects.contains(.scan(since: Moment.fixture.wall)))
        _ = state.step(.recovered([old]), at: .fixture)
        let verdicts = state.step(
            .scanned(hits: [], begunAt: Moment.fixture.monotonic.advanced(by: .seconds(61)), isFull: true),
            at: .fixture)
        #expect(moves(verdicts).map(\.ticket) == [.fixture(1)])
    }

    @Test func aPassRedeemedAfterItsLaunchWasGivenUpIsFollowed() {
        var state = release()
        #expect(
            state.step(.redeemed(.fixture(1), attempt: 1, ExecutionID("1")), at: .fixture) == [.reload(.fixture(1))])
        let running = hold(1) {
            $0.state = .running
            $0.attempt = 1
            $0.executionID = ExecutionID("1")
        }
        _ = state.step(.reloaded(.fixture(1), running), at: .fixture)
        #expect(state.step(.ticked, at: .fixture).contains(.observe([ExecutionID("1")])))
    }

    @Test func anExecutionOfAnEarlierAttemptIsNotTakenForThisOne() {
        var state = release()
        let relaunched = hold(1) {
            $0.state = .launching
            $0.attempt = 2
            $0.attemptAt = Moment.fixture.wall
            $0.executionID = ExecutionID("of attempt 1")
        }
        let effects = state.step(.recovered([relaunched]), at: .fixture)
        #expect(effects == [.scan(since: Moment.fixture.wall)])
    }

    @Test("R25 holds are launched by priority, then arrival, and of one key one after the other")
    func launchesInOrder() {
        for seed in UInt64(1)...40 {
            let world = ReleaseWorld(seed: seed * 28, holdCount: 20)
            world.faults = 0
            world.settle()
            #expect(world.findings.isEmpty, "\(world.findings)")
            // Those without a key wait for nobody: one order for all of them. (The store hands them out in pages of
            // two.)
            let free = world.launched.filter { $0.request.orderingKey == nil }
            let sorted = free.sorted { ($1.request.priority, $0.arrival) < ($0.request.priority, $1.arrival) }
            #expect(free.map(\.arrival) == sorted.map(\.arrival), "seed \(seed)")
            #expect(world.launched.count > 5)
        }
    }
}
