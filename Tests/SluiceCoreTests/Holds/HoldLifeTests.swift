import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

@Suite struct HoldLifeTests {
    /// product.md, "Holds", "Release", and the comments on `HoldState`: every step there is; all others cannot be.
    private static let table: [HoldHappening: [HoldState: HoldState]] = [
        .released: [.held: .released, .released: .released],
        .recalled: [.released: .held, .launching: .held],
        .intended: [.released: .launching],
        .taken: [.released: .launching],
        .found: [.launching: .running, .running: .running, .awaitingOperator: .running],
        .redeemed: [
            .held: .running, .released: .running, .launching: .running, .running: .running,
            .awaitingOperator: .running,
        ],
        .failedForNow: [.launching: .released],
        .doubted: [.launching: .launching],
        .endedAtGate: [.launching: .held, .running: .held],
        .stranded: [
            .held: .awaitingOperator, .released: .awaitingOperator, .launching: .awaitingOperator,
            .running: .awaitingOperator,
        ],
        .ended: [.launching: .ended, .running: .ended, .awaitingOperator: .ended],
        .retried: [.awaitingOperator: .released],
        .discarded: [.held: .discarded, .released: .discarded, .awaitingOperator: .discarded],
        .expired: [.held: .expired, .released: .expired],
        .superseded: [.held: .superseded, .released: .superseded],
        .coalesced: [.held: .coalesced],
        .succeeded: [.coalesced: .held],
    ]

    @Test(arguments: HoldHappening.allCases, HoldState.allCases)
    func everyHappeningLeadsWhereTheTableSays(happening: HoldHappening, state: HoldState) {
        #expect(HoldLife.state(after: happening, in: state) == Self.table[happening]?[state])
        #expect(HoldLife.sources(of: happening).contains(state) == (Self.table[happening]?[state] != nil))
        let move = HoldLife.move(.fixture(1, state: state), happening, at: .zero, by: .sluice, cause: "c")
        #expect(move?.to == Self.table[happening]?[state])
        if let move { #expect(Hold.fixture(1, state: state).applying(move)?.state == move.to) }
    }

    @Test func nothingLeavesAFinalState() {
        for state in HoldState.allCases where state.isFinal {
            // A coalesced one comes back when the one that stands for it fails; nothing else does.
            for happening in HoldHappening.allCases where happening != .succeeded || state != .coalesced {
                #expect(HoldLife.state(after: happening, in: state) == nil)
            }
        }
    }

    @Test func everyStateThatIsNotFinalCanEnd() {
        for start in HoldState.allCases where !start.isFinal {
            var reached: Set<HoldState> = [start]
            for _ in HoldState.allCases {
                for state in reached {
                    for happening in HoldHappening.allCases {
                        if let next = HoldLife.state(after: happening, in: state) { reached.insert(next) }
                    }
                }
            }
            #expect(reached.contains { $0.isFinal }, "\(start)")
        }
    }

    @Test func aPassCanBeUsedExactlyWhereItsUseLeadsSomewhere() {
        #expect(HoldLife.redeemable == HoldLife.sources(of: .redeemed))
    }
}
