import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

@Suite struct HoldOutlookTests {
    private let now = Moment.fixture.wall

    private func facts(
        _ mode: GateMode = .open, _ edit: (inout HoldOutlook.Facts) -> Void = { _ in }
    )
        -> HoldOutlook.Facts
    {
        let gate = GateRecord.fixture(mode)
        var facts = HoldOutlook.Facts(mode: gate.whole, closedEpoch: Epoch(2), ratePerMinute: 60)
        facts.position = 30
        edit(&facts)
        return facts
    }

    private func hold(_ state: HoldState = .held, _ edit: (inout Hold) -> Void = { _ in }) -> Hold {
        var hold = Hold.fixture(5, state: state)
        edit(&hold)
        return hold
    }

    @Test("R46 its turn alone: the position over the rate")
    func itsTurn() {
        let outlook = HoldOutlook(of: hold(), facts(), at: now)
        #expect(outlook.waits == [.turn(30)])
        #expect(outlook.expectedStart == now.advanced(by: .seconds(30)))
        #expect(outlook.basis == "number 30 in the queue at 60 launches a minute")
    }

    @Test("R46 a closed gate is named; its start is known only when a window says until when")
    func closedGate() {
        let unknown = HoldOutlook(of: hold(), facts(.hold), at: now)
        #expect(unknown.waits == [.gate(GateRecord.fixture(.hold).whole)])
        #expect(unknown.expectedStart == nil)
        #expect(unknown.basis?.contains("no window") == true)
        let end = now.advanced(by: .seconds(600))
        for isByItself in [true, false] {
            let planned = HoldOutlook(
                of: hold(),
                facts(.hold) { $0.opening = .init(at: end, window: WindowID("w_1"), isByItself: isByItself) }, at: now)
            #expect(planned.expectedStart == end.advanced(by: .seconds(30)))
            #expect(planned.basis?.contains("a person opens it") == !isByItself)
        }
        // Released since the gate closed: it does not wait for the gate.
        let released = HoldOutlook(of: hold(.released), facts(.hold), at: now)
        #expect(released.waits == [.turn(30)])
        let recalled = HoldOutlook(of: hold(.released) { $0.releasedEpoch = Epoch(1) }, facts(.hold), at: now)
        #expect(recalled.waits.map(\.word) == ["gate"])
    }

    @Test("R46 times, keys and the release are each named, and the latest counts")
    func everythingAtOnce() {
        let late = now.advanced(by: .seconds(100))
        let later = now.advanced(by: .seconds(200))
        let waiting = hold {
            $0.request.notBefore = later
            $0.retryAt = late
            $0.request.orderingKey = OrderingKey("o")
        }
        let timed = HoldOutlook(of: waiting, facts { $0.head = .fixture(5) }, at: now)
        #expect(timed.waits == [.notBefore(later), .retry(late)])
        #expect(timed.expectedStart == later.advanced(by: .seconds(30)))
        let behind = HoldOutlook(of: waiting, facts { $0.head = .fixture(2) }, at: now)
        #expect(behind.waits.last == .orderingKey(OrderingKey("o"), head: .fixture(2)))
        #expect(behind.expectedStart == nil)
        #expect(behind.basis?.contains("\(Ticket.fixture(2))") == true)
        let stopped = HoldOutlook(of: hold(), facts { $0.releaseObstacle = "paused" }, at: now)
        #expect(stopped.waits == [.release("paused")])
        #expect(stopped.expectedStart == nil)
    }

    @Test("R46 a start after its expiry is said to be too late")
    func expiresBefore() {
        let expiring = hold { $0.request.expiresAt = now.advanced(by: .seconds(20)) }
        #expect(HoldOutlook(of: expiring, facts(), at: now).basis?.contains("expires before that") == true)
        #expect(
            HoldOutlook(of: expiring, facts { $0.position = 2 }, at: now).basis?.contains("it expires at") == true)
    }

    @Test("R46 every state says what it waits for", arguments: HoldState.allCases)
    func states(state: HoldState) {
        var hold = hold(state) { $0.request.launcher = .caller }
        if state == .coalesced { hold.representative = .fixture(9) }
        hold.executionID = ExecutionID("e")
        hold.cause = "why"
        let outlook = HoldOutlook(of: hold, facts(), at: now)
        let expected: [HoldOutlook.Wait] =
            switch state {
            case .held: [.turn(30)]
            case .released: [.caller]
            case .launching, .running: [.execution(ExecutionID("e"))]
            case .awaitingOperator: [.operatorDecision("why")]
            case .coalesced: [.representative(.fixture(9))]
            case .ended, .superseded, .expired, .discarded: []
            }
        #expect(outlook.waits == expected)
        #expect((outlook.expectedStart != nil) == (state == .held))
    }
}
