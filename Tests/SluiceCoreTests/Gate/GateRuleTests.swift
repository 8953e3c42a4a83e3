import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Rules 3 to 7, and that the first one that applies answers.
@Suite struct GateRuleTests {
    @Test("R16 an allow rule lets through in every mode, on the audit", arguments: GateMode.allCases)
    func allowRulesAnswerBeforeTheMode(mode: GateMode) throws {
        let policy = GatePolicy.fixture {
            $0.allowRules = [
                AllowRule(name: "nobody"), AllowRule(name: "health", source: .api),
                AllowRule(name: "all", flow: .fixture),
            ]
        }
        var gate = GateState.fixture(mode: mode, policy: policy)
        let (reply, changes) = gate.decide(.fixture(7, request: .fixture(source: .api)))
        #expect(reply?.text == "proceed allowed-by-rule" && reply?.answer?.rule == 3)
        guard case .note(let note) = try #require(changes.first) else { return #expect(Bool(false)) }
        #expect(note.kind == "allowed-by-rule" && note.text.contains("rule health"))
    }

    @Test(
        "R5 R6 a child proceeds exactly while a parent that was let through still runs",
        arguments: GateMode.allCases, [true, false])
    func lineageNeedsALivingAdmittedParent(mode: GateMode, namesParent: Bool) {
        for isAdmitted in [true, false] {
            for hasEnded in [true, false] {
                for isRunning in [true, false, nil] as [Bool?] {
                    var request = LaunchRequest.fixture()
                    request.askID = AskID("a")
                    if namesParent { request.parentRunID = ExecutionID("9") }
                    var facts = LookupFacts()
                    if isAdmitted {
                        facts.parent = Admission(
                            executionID: ExecutionID("9"), flow: .fixture, reason: .open, at: .zero,
                            endedAt: hasEnded ? .zero : nil)
                    }
                    facts.isParentRunning = isRunning
                    var gate = GateState.fixture(mode: mode)
                    let text = gate.decide(.fixture(7, request: request), facts).reply?.text
                    let isChild = namesParent && isAdmitted && !hasEnded && isRunning == true
                    let byMode = [
                        GateMode.open: "proceed open", .hold: "hold maintenance", .refuse: "reject maintenance",
                    ][mode]
                    #expect(text == (isChild ? "proceed continuation" : byMode))
                }
            }
        }
    }

    @Test(arguments: [true, false, nil] as [Bool?])
    func aContinuingServiceInstanceProceeds(isContinuing: Bool?) {
        var request = LaunchRequest.fixture(source: .csa)
        request.csaInstanceID = CSAInstanceID("i")
        var facts = LookupFacts()
        facts.isCSAInstanceContinuing = isContinuing
        var gate = GateState.fixture(mode: .hold)
        #expect(
            gate.decide(.fixture(7, request: request), facts).reply?.text
                == (isContinuing == true ? "proceed continuation" : "hold maintenance"))
    }

    @Test("R5 an execution that names itself is on record before it is let through", arguments: [true, false])
    func admitsExecutionsThatNameThemselves(namesItself: Bool) {
        var request = LaunchRequest.fixture(source: .flow)
        if namesItself { request.runID = ExecutionID("100") }
        var gate = GateState.fixture(mode: .open)
        let (reply, changes) = gate.decide(.fixture(7, request: request))
        #expect(reply?.answer?.pass?.kind == .admission)
        #expect(changes.contains { if case .admit = $0 { true } else { false } } == namesItself)
        // It runs already: nothing is in flight.
        #expect(gate.inFlightCount(at: Moment.fixture.monotonic) == 0)
    }

    @Test("R23 what could never be launched is not held: its expiry comes before its time", arguments: [-1, 0, 1])
    func expiryBeforeNotBeforeIsRejected(distance: Int) {
        let now = Moment.fixture.wall
        let request = LaunchRequest.fixture { request in
            request.notBefore = now.advanced(by: .seconds(10))
            request.expiresAt = now.advanced(by: .seconds(10 + distance))
        }
        for mode in GateMode.allCases {
            var gate = GateState.fixture(mode: mode)
            let reply = gate.decide(.fixture(7, request: request)).reply
            #expect(reply?.text == (distance > 0 ? "hold not-due" : "reject expired"))
        }
    }

    @Test("R23 rules 6 and 7 over their whole product", arguments: GateMode.allCases)
    func lateRulesAnswerAsTheTableSays(mode: GateMode) {
        for bits in 0..<32 {
            let (isDue, isExpired, hasBacklog, keepsSecrets, isCallers) = (
                bits & 1 != 0, bits & 2 != 0, bits & 4 != 0, bits & 8 != 0, bits & 16 != 0
            )
            for hasSecret in [true, false] {
                let now = Moment.fixture.wall
                var request = LaunchRequest.fixture(launcher: isCallers ? .caller : .sluice)
                request.orderingKey = OrderingKey("o")
                request.notBefore = now.advanced(by: isDue ? .zero : .milliseconds(1))
                request.expiresAt = now.advanced(by: isExpired ? .zero : .milliseconds(2))
                if hasSecret { request.inputs = [LaunchInput(name: "p", value: .secret(Secret("x")))] }
                var facts = LookupFacts()
                facts.hasBacklog = hasBacklog
                var gate = GateState.fixture(mode: mode, policy: .fixture { $0.keepsSecrets = keepsSecrets })
                let canKeep = keepsSecrets || isCallers || !hasSecret
                func keep(_ reason: String) -> String { canKeep ? "hold \(reason)" : "reject not-replayable" }
                let expected: String
                if isExpired {
                    expected = "reject expired"
                } else if !isDue {
                    expected = keep("not-due")
                } else {
                    switch mode {
                    case .open: expected = hasBacklog ? keep("behind-backlog") : "proceed open"
                    case .hold: expected = keep("maintenance")
                    case .refuse: expected = "reject maintenance"
                    }
                }
                let (reply, changes) = gate.decide(.fixture(7, request: request), facts)
                #expect(reply?.text == expected, "\(bits)")
                #expect((reply?.answer?.hold != nil) == expected.hasPrefix("hold"))
                #expect(changes.isEmpty == !expected.hasPrefix("hold"))
                if case .addHold(let hold) = changes.first {
                    #expect(hold.state == .held && hold.ticket == .fixture(1007) && hold.request == request)
                }
            }
        }
    }

    @Test("R9 for whoever does not wait nothing is kept, whatever would have held it", arguments: GateMode.allCases)
    func keepsNothingForTheImpatient(mode: GateMode) {
        for (isDue, hasBacklog) in [(true, false), (true, true), (false, false)] {
            var request = LaunchRequest.fixture(launcher: .caller)
            request.orderingKey = OrderingKey("o")
            request.notBefore = Moment.fixture.wall.advanced(by: isDue ? .zero : .milliseconds(1))
            var facts = LookupFacts()
            facts.hasBacklog = hasBacklog
            var ask = Ask.fixture(7, request: request)
            ask.isPatient = false
            var gate = GateState.fixture(mode: mode)
            let (reply, changes) = gate.decide(ask, facts)
            let expected =
                if mode == .refuse && isDue {
                    "reject maintenance"
                } else if mode == .open && isDue && !hasBacklog {
                    "proceed open"
                } else {
                    "reject not-replayable"
                }
            #expect(reply?.text == expected)
            #expect(changes.isEmpty)
            ask.isPatient = true
            #expect(
                gate.decide(ask, facts).reply?.text.hasPrefix(expected.hasPrefix("reject n") ? "hold" : expected)
                    == true)
        }
    }

    @Test func aScopeClosesItsLaunchesAndNoOthers() {
        var record = GateRecord.fixture(.open)
        record.scopes = [
            ScopeMode(scope: .source(.csa), mode: .hold, since: .zero, by: .sluice, reason: "csa"),
            ScopeMode(scope: .flow(.fixture), mode: .open, since: .zero, by: .sluice, reason: "flow"),
        ]
        var gate = GateState(record: record, policy: GatePolicy())
        #expect(gate.decide(.fixture(1, request: .fixture(source: .csa))).reply?.text == "proceed open")
        let other = LaunchRequest.fixture(flow: FlowID("x"), source: .csa)
        let reply = gate.decide(.fixture(2, request: other)).reply
        #expect(reply?.text == "hold maintenance" && reply?.answer?.mode?.reason == "csa")
    }

    // MARK: Interceptors

    @Test func interceptorsAreAskedOnlyIfThereAreAnyAndOnlyAfterRuleFour() {
        for hasInterceptors in [true, false] {
            let policy = GatePolicy.fixture {
                $0.hasInterceptors = hasInterceptors
                $0.allowRules = [AllowRule(name: "r", source: .ui)]
            }
            var gate = GateState.fixture(mode: .open, policy: policy)
            let effects = gate.step(.requested(.fixture(1)), at: .fixture)
            #expect(effects.map(\.kind) == [hasInterceptors ? "annotate" : "proceed"])
            #expect(gate.decide(.fixture(2, request: .fixture(source: .ui))).reply?.text == "proceed allowed-by-rule")
        }
    }

    @Test func aQuestionNobodyAnnotatesStaysPendingAndIsDecidedByTheModeOfItsAnswersTime() {
        var gate = GateState.fixture(mode: .open, policy: .fixture { $0.hasInterceptors = true })
        #expect(gate.step(.requested(.fixture(1)), at: .fixture).map(\.kind) == ["annotate"])
        #expect(gate.pendingCount == 1)
        let close = ModeChange(ref: ModeChange.Ref(1), mode: .hold, by: .sluice, reason: "r")
        _ = gate.step(.modeRequested(close), at: .fixture)
        let effects = gate.step(.annotated(Ask.Ref(1), .annotated(LaunchAnnotations(), notes: [])), at: .fixture)
        #expect(effects.map(\.kind) == ["commit"])
    }

    @Test func interceptorsThatNeverAgreeWithThemselvesAreHeardOnce() {
        var gate = GateState.fixture(mode: .hold, policy: .fixture { $0.hasInterceptors = true })
        var effects = gate.step(.requested(.fixture(1)), at: .fixture)
        var annotationCount = 0
        for round in 0..<20 {
            switch effects.first {
            case .lookUp: effects = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
            case .annotate:
                annotationCount += 1
                let annotations = LaunchAnnotations(orderingKey: OrderingKey("key \(round)"))
                effects = gate.step(.annotated(Ask.Ref(1), .annotated(annotations, notes: [])), at: .fixture)
            case .commit: effects = gate.step(.committed(Ask.Ref(1)), at: .fixture)
            default: break
            }
        }
        #expect(annotationCount == 1)
        #expect(effects.first?.reply?.text == "hold maintenance")
        #expect(gate.pending.isEmpty && gate.orderingKeysWatched.isEmpty)
    }

    // MARK: Behind the backlog

    @Test func aHoldOfTheSameKeyCommittedDuringALookUpIsSeen() {
        for isNewHoldCommitted in [true, false] {
            var gate = GateState.fixture(mode: .open)
            func request(_ edit: (inout LaunchRequest) -> Void = { _ in }) -> LaunchRequest {
                .fixture {
                    $0.orderingKey = OrderingKey("o")
                    edit(&$0)
                }
            }
            _ = gate.step(.requested(.fixture(1, request: request())), at: .fixture)
            if isNewHoldCommitted {
                let late = request { $0.notBefore = Moment.fixture.wall.advanced(by: .seconds(9)) }
                #expect(gate.decide(.fixture(2, request: late)).reply?.text == "hold not-due")
            }
            // Its facts are from before.
            let effects = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
            #expect(effects.map(\.kind) == [isNewHoldCommitted ? "commit" : "proceed"])
            if isNewHoldCommitted {
                #expect(gate.step(.committed(Ask.Ref(1)), at: .fixture).first?.reply?.text == "hold behind-backlog")
            }
            #expect(gate.orderingKeysWatched.isEmpty)
            // Nobody asks any more: what the store says counts again.
            #expect(gate.decide(.fixture(3, request: request())).reply?.text == "proceed open")
        }
    }
}
