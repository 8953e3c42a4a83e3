import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Every state of the gate met with every event.
@Suite struct GateStateTableTests {
    enum Stage: String, CaseIterable { case none, lookingUp, annotating, committing }
    enum Changing: String, CaseIterable { case nothing, closing, opening, queue }

    private static let ask = Ask.fixture(
        1,
        request: .fixture { request in
            request.askID = AskID("a")
            request.idempotencyKey = IdempotencyKey("k")
            request.orderingKey = OrderingKey("o")
        })

    /// A gate with one question at a stage, and a change of the gate under way or not.
    private static func gate(_ stage: Stage, _ changing: Changing, mode: GateMode = .hold) -> GateState {
        let policy = GatePolicy.fixture { $0.hasInterceptors = stage != .committing }
        var gate = GateState.fixture(mode: mode, policy: policy)
        if stage != .none { _ = gate.step(.requested(ask), at: .fixture) }
        if stage == .annotating || stage == .committing {
            _ = gate.step(.lookedUp(ask.ref, LookupFacts()), at: .fixture)
        }
        func change(_ number: UInt64, _ mode: GateMode) -> ModeChange {
            ModeChange(ref: ModeChange.Ref(number), mode: mode, by: Principal("op"), reason: "r\(number)")
        }
        switch changing {
        case .nothing: break
        case .closing: _ = gate.step(.modeRequested(change(1, .hold)), at: .fixture)
        case .opening: _ = gate.step(.modeRequested(change(1, .open)), at: .fixture)
        case .queue:
            _ = gate.step(.modeRequested(change(1, .open)), at: .fixture)
            _ = gate.step(.modeRequested(change(2, .hold)), at: .fixture)
        }
        return gate
    }

    private static func events(_ ref: Ask.Ref) -> [(String, GateEvent)] {
        [
            ("lookedUp", .lookedUp(ref, LookupFacts())), ("lookUpFailed", .lookUpFailed(ref)),
            ("annotated", .annotated(ref, .annotated(LaunchAnnotations(), notes: []))),
            ("rejected", .annotated(ref, .rejected(notes: []))),
            ("heldByFault", .annotated(ref, .heldByFault(LaunchAnnotations(), notes: []))),
            ("rejectedByFault", .annotated(ref, .rejectedByFault(notes: []))),
            ("committed", .committed(ref)), ("conflicted", .conflicted(ref)), ("commitFailed", .commitFailed(ref)),
        ]
    }

    @Test(arguments: Stage.allCases, Changing.allCases)
    func anEventForAnUnknownQuestionChangesNothing(stage: Stage, changing: Changing) {
        for (name, event) in Self.events(Ask.Ref(99)) {
            var gate = Self.gate(stage, changing)
            let before = gate.fingerprint
            #expect(gate.step(event, at: .fixture).isEmpty, "\(name)")
            #expect(gate.fingerprint == before, "\(name)")
        }
    }

    /// What each event does to a question at each stage; what is not listed does nothing.
    private static let expected: [Stage: [String: String]] = [
        .none: [:],
        .lookingUp: ["lookedUp": "annotate", "lookUpFailed": "refused storeUnavailable"],
        .annotating: [
            "annotated": "commit", "rejected": "reject", "heldByFault": "commit", "rejectedByFault": "reject",
        ],
        .committing: ["committed": "hold", "conflicted": "lookUp", "commitFailed": "refused storeUnavailable"],
    ]

    @Test(arguments: Stage.allCases, Changing.allCases)
    func aQuestionTakesOnlyTheEventsOfItsStage(stage: Stage, changing: Changing) {
        for (name, event) in Self.events(Self.ask.ref) {
            var gate = Self.gate(stage, changing)
            let before = gate.fingerprint
            let effects = gate.step(event, at: .fixture)
            if let kind = Self.expected[stage]?[name] {
                #expect(effects.map(\.kind) == [kind], "\(stage) \(name)")
            } else {
                #expect(effects.isEmpty, "\(stage) \(name)")
                #expect(gate.fingerprint == before, "\(stage) \(name)")
            }
        }
    }

    @Test(arguments: Stage.allCases.filter { $0 != .none })
    func theSameQuestionHandedInTwiceIsDecidedOnce(stage: Stage) {
        var gate = Self.gate(stage, .nothing)
        let before = gate.fingerprint
        #expect(gate.step(.requested(Self.ask), at: .fixture).isEmpty)
        #expect(gate.fingerprint == before)
    }

    @Test func anAnsweredQuestionTakesNoFurtherEvent() {
        for mode in GateMode.allCases {
            var gate = GateState.fixture(mode: mode)
            _ = gate.decide(Self.ask)
            let before = gate.fingerprint
            for (name, event) in Self.events(Self.ask.ref) {
                #expect(gate.step(event, at: .fixture).isEmpty, "\(name)")
                #expect(gate.fingerprint == before, "\(name)")
            }
        }
    }

    /// What the gate's own events do while it is being changed.
    @Test(arguments: Changing.allCases)
    func theGatesOwnEventsAreTakenOnlyWhileItIsBeingChanged(changing: Changing) {
        let table: [Changing: [[String]]] = [
            // committed, failed, reloaded with the same record
            .nothing: [[], [], []],
            .closing: [["modeChanged"], ["reloadMode"], ["modeRefused"]],
            .opening: [["modeChanged"], ["reloadMode"], ["modeRefused"]],
            .queue: [["modeChanged", "commitMode"], ["reloadMode"], ["modeRefused", "modeChanged"]],
        ]
        let gate = Self.gate(.none, changing)
        let events: [GateEvent] = [.modeCommitted, .modeCommitFailed, .modeReloaded(gate.record)]
        for (event, kinds) in zip(events, table[changing]!) {
            var copy = gate
            #expect(copy.step(event, at: .fixture).map(\.kind) == kinds || changing == .queue, "\(event)")
            if changing == .nothing { #expect(copy.fingerprint == gate.fingerprint) }
        }
    }

    @Test func withoutItsStoreTheGateDecidesNothingAndSaysSo() {
        for mode in GateMode.allCases {
            var gate = GateState.fixture(mode: mode)
            #expect(gate.step(.storeLost, at: .fixture).isEmpty)
            #expect(gate.decide(.fixture()).reply == .refused(.storeUnavailable))
            #expect(gate.decide(Self.ask).reply == .refused(.storeUnavailable))
            #expect(gate.pendingCount == 0 && gate.inFlightCount(at: Moment.fixture.monotonic) == 0)
            #expect(gate.step(.storeRecovered, at: .fixture).isEmpty)
            #expect(gate.decide(.fixture()).reply?.answer != nil)
        }
    }
}
