import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What the gate commits beside a hold with a coalesce key, and what it tells one that was coalesced.
@Suite struct GateCoalescingTests {
    private let key = CoalesceKey("pool-1")

    @Test(
        "R18 a hold is committed with what it stands for, in one commit",
        arguments: [(true, true), (true, false), (false, true)], [Launcher.sluice, .caller])
    func coalescesWithTheHold(_ choice: (hasKey: Bool, coalescesWaitedFor: Bool), launcher: Launcher) {
        let (hasKey, coalescesWaitedFor) = choice
        var gate = GateState.fixture(mode: .hold, policy: .fixture { $0.coalescesWaitedFor = coalescesWaitedFor })
        let request = LaunchRequest.fixture { request in
            request.launcher = launcher
            if hasKey { request.coalesceKey = key }
        }
        let ask = Ask.fixture(1, request: request)
        let (reply, changes) = gate.decide(ask)
        #expect(reply?.text == "hold maintenance")
        let expected = Coalescing(
            representative: ask.minted.ticket, key: key, includesWaitedFor: coalescesWaitedFor,
            at: Moment.fixture.wall, by: .fixture)
        guard case .addHold = changes.first else { return #expect(Bool(false), "\(changes)") }
        #expect(changes.dropFirst() == (hasKey && launcher == .sluice ? [.coalesce(expected)] : []))
    }

    @Test("R46 who asks again about a coalesced launch is told which hold stands for it")
    func namesTheRepresentative() {
        var gate = GateState.fixture(mode: .hold)
        var hold = Hold.fixture(1, state: .coalesced)
        hold.representative = .fixture(2)
        var facts = LookupFacts()
        facts.ticketHold = hold
        let request = LaunchRequest.fixture { request in
            request.ticket = .fixture(1)
            request.askID = AskID("a")
        }
        let own = gate.decide(.fixture(1, request: request), facts).reply
        #expect(own?.text == "reject not-started")
        #expect(own?.answer?.representative == .fixture(2))
        let other = gate.decide(.fixture(2, request: request, principal: Principal("stranger")), facts).reply
        #expect(other?.text == "reject unknown-ticket")
        #expect(other?.answer?.representative == nil)
    }

    @Test("R18 every end in failure brings back what the hold stood for", arguments: HoldState.allCases)
    func failuresSucceed(state: HoldState) {
        var hold = Hold.fixture(1, state: .running)
        hold.request.coalesceKey = key
        for result in LaunchResult.allCases {
            var move = HoldMove(
                ticket: hold.ticket, from: [.running], to: state, at: .zero, by: .sluice, cause: "a test")
            move.update.result = result
            let fails: Bool =
                switch state {
                case .expired, .discarded: true
                case .ended: [.error, .canceled, .systemFailure, .unknown].contains(result)
                default: false
                }
            let succession = Change.succeed(Succession(of: hold.ticket, key: key, at: .zero, by: .sluice))
            #expect(HoldLife.changes(move, of: hold) == [.moveHold(move)] + (fails ? [succession] : []))
            var keyless = hold
            keyless.request.coalesceKey = nil
            #expect(HoldLife.changes(move, of: keyless) == [.moveHold(move)])
        }
    }
}
