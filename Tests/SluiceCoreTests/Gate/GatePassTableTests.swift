import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Rule 0 over its whole product.
@Suite struct GatePassTableTests {
    enum Used: String, CaseIterable { case never, bySame, byOther }

    struct Case {
        var kind: PassClaims.Kind
        /// nil: a launch that was never held; else the state of its hold, or no hold found.
        var hold: HoldState??
        var isCurrentAttempt: Bool
        var used: Used
        var isExpired: Bool
        var isSameFlow: Bool
        var mode: GateMode
    }

    static var product: [Case] {
        var cases: [Case] = []
        let holds: [HoldState??] = [.none, .some(.none)] + HoldState.allCases.map { .some(.some($0)) }
        for kind in PassClaims.Kind.allCases {
            for hold in holds {
                for used in Used.allCases {
                    for bits in 0..<8 {
                        for mode in [GateMode.open, .hold, .refuse] {
                            cases.append(
                                Case(
                                    kind: kind, hold: hold, isCurrentAttempt: bits & 1 != 0, used: used,
                                    isExpired: bits & 2 != 0, isSameFlow: bits & 4 != 0, mode: mode))
                        }
                    }
                }
            }
        }
        return cases
    }

    private func byMode(_ mode: GateMode) -> String {
        switch mode {
        case .open: "proceed open"
        case .hold: "hold maintenance"
        case .refuse: "reject maintenance"
        }
    }

    /// product.md, rule 0.
    private func expected(_ point: Case) -> String {
        let isOver: Bool? = point.hold.map { $0?.isFinal ?? true }
        switch point.kind {
        case .admission:
            // Not bound to a flow: children carry it. Worth nothing once its launch is over.
            return point.isExpired || isOver == true ? byMode(point.mode) : "proceed admitted"
        case .attempt:
            guard point.isSameFlow else { return "reject invalid-pass" }
            let isUsable = isOver == nil || (isOver == false && point.isCurrentAttempt)
            switch point.used {
            case .byOther: return "reject duplicate"
            case .bySame: return isUsable ? "proceed admitted" : "reject duplicate"
            case .never:
                if point.isExpired { return isOver == nil ? byMode(point.mode) : "reject invalid-pass" }
                if point.hold == .some(.none) { return "reject invalid-pass" }
                return isUsable ? "proceed admitted" : "reject duplicate"
            }
        }
    }

    private func decide(_ point: Case) -> (reply: Reply?, changes: [Change]) {
        let now = Moment.fixture
        let claims = PassClaims(
            id: .fixture(1), kind: point.kind, flow: point.isSameFlow ? .fixture : FlowID("other"),
            ticket: point.hold == nil ? nil : .fixture(1), attempt: point.hold == nil ? 0 : 1, epoch: Epoch(1),
            expiresAt: now.wall.advanced(by: point.isExpired ? .zero : .milliseconds(1)))
        var request = LaunchRequest.fixture(source: .flow)
        request.askID = AskID("mine")
        request.runID = ExecutionID("100")
        let ask = Ask.fixture(7, request: request, presented: .genuine(claims))
        var facts = LookupFacts()
        if case .some(.some(let state)) = point.hold {
            var hold = Hold.fixture(1, state: state)
            hold.attempt = point.isCurrentAttempt ? 1 : 2
            hold.passID = point.isCurrentAttempt ? .fixture(1) : .fixture(2)
            facts.passHold = hold
        }
        let asker = point.used == .bySame ? ask.asker : Asker(principal: .fixture, askID: AskID("other"), runID: nil)
        if point.used != .never {
            facts.redemption = Redemption(passID: .fixture(1), asker: asker, at: now.wall, forgetAt: now.wall)
        }
        var gate = GateState.fixture(mode: point.mode)
        return gate.decide(ask, facts)
    }

    @Test("R19 a pass starts its launch once, for the current attempt, and for the same question again")
    func answersEveryPassAsTheTableSays() {
        for point in Self.product {
            let (reply, changes) = decide(point)
            #expect(reply?.text == expected(point), "\(point)")
            guard reply?.text == "proceed admitted" else { continue }
            #expect(reply?.answer?.pass?.kind == .admission && reply?.answer?.rule == 0)
            guard point.kind == .attempt, case .some(.some(_)) = point.hold else { continue }
            // Guarded by the attempt in the store: whoever moved the hold on since it was read wins.
            let moves = changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
            #expect(moves.count == 1 && moves[0].attempt == 1 && moves[0].to == .running)
            #expect(moves[0].from == [.held, .released, .launching, .running, .awaitingOperator])
            #expect(moves[0].update.executionID == ExecutionID("100"))
            let redemptions = changes.compactMap { if case .redeem(let use) = $0 { use } else { nil } }
            #expect(redemptions.count == (point.used == .never ? 1 : 0))
        }
    }

    @Test(arguments: GateMode.allCases)
    func aForgedPassIsNeverTheSameAsNone(mode: GateMode) {
        var gate = GateState.fixture(mode: mode)
        var request = LaunchRequest.fixture(source: .flow)
        request.askID = AskID("mine")
        #expect(gate.decide(.fixture(7, request: request, presented: .forged)).reply?.text == "reject invalid-pass")
    }

    @Test func theUseOfAHeldLaunchsPassIsRememberedLongerThanAnyExecutionRuns() throws {
        let (_, changes) = decide(
            Case(
                kind: .attempt, hold: .some(.some(.launching)), isCurrentAttempt: true, used: .never, isExpired: false,
                isSameFlow: true, mode: .hold))
        guard case .redeem(let use) = try #require(changes.first) else { return #expect(Bool(false)) }
        #expect(use.forgetAt.since(Moment.fixture.wall) >= .seconds(60 * 86_400))
    }

    @Test("R5 an execution let through by its pass is on record as a parent before it is answered")
    func aRedeemedPassAdmitsItsExecution() {
        let (_, changes) = decide(
            Case(
                kind: .attempt, hold: .some(.some(.launching)), isCurrentAttempt: true, used: .never, isExpired: false,
                isSameFlow: true, mode: .hold))
        #expect(
            changes.contains(
                .admit(
                    Admission(
                        executionID: ExecutionID("100"), flow: .fixture, reason: .admitted, at: Moment.fixture.wall))))
    }
}
