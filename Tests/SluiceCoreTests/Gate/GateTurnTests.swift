import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// A caller takes its released hold only when nothing older of its ordering key is open.
@Suite struct GateTurnTests {
    private static func released(key: OrderingKey? = OrderingKey("k"), launcher: Launcher = .caller) -> Hold {
        var request = LaunchRequest.fixture(launcher: launcher)
        request.orderingKey = key
        request.askID = AskID("a")
        return .fixture(2, state: .released, request: request)
    }

    @Test(
        "a released hold waits for an older one of its key that came back, whichever way its caller asks",
        arguments: ["ticket", "ask id", "idempotency key"])
    func waitsForTheHead(way: String) throws {
        for (head, expected) in [
            (Ticket.fixture(1), "hold behind-backlog"), (Ticket.fixture(2), "proceed released"),
            (nil, "proceed released"),
        ] {
            var gate = GateState.fixture()
            let hold = Self.released()
            var request = hold.request
            var facts = LookupFacts()
            facts.keyHead = head
            switch way {
            case "ticket":
                request.ticket = hold.ticket
                facts.ticketHold = hold
            case "ask id": facts.askHold = hold
            default:
                request.askID = nil
                request.idempotencyKey = IdempotencyKey("i")
                facts.idempotencyHold = hold
                facts.idempotency = IdempotencyRecord(
                    principal: .fixture, key: IdempotencyKey("i"), fingerprint: Ask.fixture().fingerprint!,
                    outcome: .held(hold.ticket), at: Moment.fixture.wall,
                    forgetAt: Moment.fixture.wall.advanced(by: .seconds(60)))
            }
            let answer = gate.decide(.fixture(1, request: request), facts)
            #expect(answer.reply?.text == expected)
            #expect(answer.reply?.answer?.rule == (way == "idempotency key" ? 2 : 1))
        }
    }

    @Test func theHeadIsReadForACallersReleasedHoldAlone() {
        var facts = LookupFacts()
        #expect(facts.keyToRead == nil)
        facts.askHold = Self.released()
        #expect(facts.keyToRead == OrderingKey("k"))
        facts.ticketHold = Self.released(key: OrderingKey("other"))
        #expect(facts.keyToRead == OrderingKey("other"), "the ticket's rule comes first")
        for hold in [
            Self.released(key: nil), Self.released(launcher: .sluice),
            Hold.fixture(2, state: .held, request: Self.released().request),
        ] {
            facts.ticketHold = hold
            #expect(facts.keyToRead == nil)
        }
    }
}
