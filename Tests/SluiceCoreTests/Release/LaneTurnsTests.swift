import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Whose turn it is, lane by lane.
@Suite struct LaneTurnsTests {
    private static func lane(_ tenant: String, _ level: Int = 5) -> Lane {
        Lane(id: LaneID(TenantID(tenant)), priority: Priority(level) ?? .ordinary)
    }

    private static func hold(_ level: Int = 5) -> Hold {
        .fixture(1, request: .fixture { $0.priority = Priority(level) ?? .ordinary })
    }

    /// Launches one hold after the other, of a priority each, and reads the lanes anew before each.
    private static func order(_ lanes: [Lane], actual: Int, count: Int, slice: Int) -> String {
        var turns = LaneTurns()
        var order = ""
        for _ in 0..<count {
            turns.load(lanes, limit: 100)
            while let turn = turns.next(slice: slice) {
                guard turns.mayLook(at: hold(actual), slice: slice) else { continue }
                turns.launched()
                order += turn.lane.tenant?.text ?? "-"
                break
            }
        }
        return order
    }

    @Test("R22 lanes take turns, whatever is read between", arguments: [1, 2, 3])
    func takeTurns(slice: Int) {
        let lanes = ["a", "b", "c"].map { Self.lane($0) }
        let expected = ["a", "b", "c", "a"].map { String(repeating: $0, count: slice) }.joined()
        #expect(Self.order(lanes, actual: 5, count: 4 * slice, slice: slice) == expected)
        #expect(Self.order([Self.lane("a")], actual: 5, count: 4, slice: slice) == "aaaa")
    }

    @Test("R22 a lane whose urgent holds cannot start yet gets no turn for them", arguments: [1, 2])
    func anUrgentHoldThatCannotStartGivesNoTurn(slice: Int) {
        let lanes = [Self.lane("a", 9), Self.lane("b"), Self.lane("c")]
        let expected = ["a", "b", "c", "a", "b", "c"].map { String(repeating: $0, count: slice) }.joined()
        #expect(Self.order(lanes, actual: 5, count: 6 * slice, slice: slice) == expected)
    }

    @Test("R22 an urgent hold that came after the reading takes nothing from the turns of the ordinary ones")
    func anUrgentHoldThatCameLaterHasItsOwnTurn() {
        var turns = LaneTurns()
        var order = ""
        // As they are found at the front of the lane whose turn it is, each after a reading that knows none urgent.
        for level in [5, 5, 9, 5, 5] {
            turns.load([Self.lane("a"), Self.lane("b")], limit: 100)
            let turn = turns.next(slice: 1)
            let mayLook = turns.mayLook(at: Self.hold(level), slice: 1)
            #expect(mayLook)
            turns.launched()
            order += turn?.lane.tenant?.text ?? "-"
        }
        #expect(order == "abaab")
    }

    @Test("R22 turns of one priority are not those of another")
    func eachPriorityHasTurnsOfItsOwn() {
        var turns = LaneTurns()
        var order = ""
        for step in 0..<6 {
            // An urgent one of c comes in after each.
            let isUrgent = step % 2 == 1
            turns.load(
                [Self.lane("a"), Self.lane("b"), Self.lane("c", isUrgent ? 9 : 5)].filter {
                    isUrgent || $0.id.tenant?.text != "c"
                }, limit: 100)
            let turn = turns.next(slice: 1)
            let mayLook = turns.mayLook(at: Self.hold(isUrgent ? 9 : 5), slice: 1)
            #expect(mayLook)
            turns.launched()
            order += turn?.lane.tenant?.text ?? "-"
        }
        #expect(order == "acbcac")
    }
}
