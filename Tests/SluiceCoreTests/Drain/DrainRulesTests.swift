import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Where things stand for a drain: every status and pause reason, every state of CSA.
struct DrainRulesTests {
    private func summary(_ word: String, pause: String? = nil, result: String? = nil) -> ExecutionSummary {
        var summary = ExecutionSummary(id: ExecutionID("1"), status: ExecutionStatus(word: word))
        summary.pauseReason = pause
        summary.resultName = result
        return summary
    }

    private static let ticket = Ticket.fixture(1)

    /// Every status of 4.2, the two that one client knows besides, a misspelt one and unknown ones.
    static let statuses: [(String, DrainStanding)] = [
        ("RUNNING", .running), ("PENDING_PAUSE", .running), ("PENDING_CANCEL", .running), ("PAUSED", .paused(nil)),
        ("COMPLETED", .ended), ("SYSTEM_FAILURE", .ended), ("CANCELED", .ended), ("CANCELLED", .ended),
        ("NOT_STARTED", .running), ("RUNNING_BRANCH_PAUSED", .running), ("HIBERNATING", .unknown("HIBERNATING")),
        ("", .unknown("")), ("running", .unknown("running")),
    ]

    @Test(
        "R12 every status of an execution has its standing, and only what has ended is not waited for",
        arguments: statuses)
    func standsByStatus(word: String, expected: DrainStanding) {
        let found = ExecutionDrainRules.standing(of: summary(word))
        #expect(found == expected)
        #expect(found.blocks == !["COMPLETED", "SYSTEM_FAILURE", "CANCELED", "CANCELLED"].contains(word))
    }

    @Test("R12 what the gate keeps of it counts only while it runs", arguments: statuses)
    func standsByHold(word: String, plain: DrainStanding) {
        let parked = ExecutionDrainRules.standing(of: summary(word), hold: GateHold(ticket: Self.ticket, waits: true))
        let ends = ExecutionDrainRules.standing(of: summary(word), hold: GateHold(ticket: Self.ticket, waits: false))
        let new = ExecutionDrainRules.standing(of: summary(word), isNewAtGate: true)
        guard plain == .running else {
            #expect(parked == plain && ends == plain && new == plain)
            return
        }
        #expect(parked == .parked(Self.ticket) && parked.blocks)
        #expect(ends == .heldAtGate(Self.ticket) && !ends.blocks)
        #expect(new == .atGate && new.blocks)
    }

    /// Every reason of 4.3.
    static let reasons: [(String?, PauseReason?)] = [
        ("USER_PAUSED", .user), ("INPUT_REQUIRED", .input), ("INPUT_REQUIRED_MANUAL_OP", .input),
        ("SELECT_TRANSITION", .person), ("GATED_TRANSITION", .person), ("HAND_OFF", .person), ("DISPLAY", .person),
        ("INTERRUPT", .debugger), ("NO_WORKERS_IN_GROUP", .noWorkers), ("BRANCH_PAUSED", .branch),
        ("SEQUENTIAL_EXECUTION", .robot), ("NO_ROBOTS_IN_GROUP", .robot), ("PENDING_ROBOT", .robot),
        ("PRECONDITION_NOT_FULFILLED", .robot), ("MOON_PHASE", .other("MOON_PHASE")), (nil, nil),
    ]

    @Test("R12 a paused execution is told by its reason, and blocks whatever that is", arguments: reasons)
    func pausesByReason(word: String?, expected: PauseReason?) {
        let item = ExecutionDrainRules.item(summary("PAUSED", pause: word))
        #expect(item.standing == .paused(expected))
        #expect(item.standing.blocks)
        #expect(item.stuck == (expected == .noWorkers ? .noWorkers : nil))
        // A reason left over from before means nothing to one that runs.
        #expect(ExecutionDrainRules.item(summary("RUNNING", pause: word)).standing == .running)
    }

    @Test(
        "An execution of a gated flow that ended at its gate step did no work",
        arguments: [
            ("held", true, true), ("HELD", true, true), ("rejected", true, true), ("unreachable", true, true),
            ("success", true, false), ("held", false, false),
        ])
    func endsAtGate(name: String, asksGate: Bool, isIdle: Bool) {
        let ended = summary("COMPLETED", result: name)
        #expect(ExecutionDrainRules.end(ended, asksGate: asksGate).isIdle == isIdle)
        // Cancelled in the middle of its work, whatever its last step was called.
        #expect(!ExecutionDrainRules.end(summary("CANCELED", result: name), asksGate: true).isIdle)
    }

    @Test("Only a hold that still keeps its asker says where it is", arguments: HoldState.allCases)
    func readsHolds(state: HoldState) {
        for launcher in [Launcher.sluice, .caller] {
            var request = LaunchRequest.fixture()
            request.runID = ExecutionID("7")
            request.launcher = launcher
            var hold = Hold(
                ticket: Self.ticket, request: request, principal: .fixture, reason: .maintenance, epoch: .first,
                arrivedAt: .zero)
            hold.state = state
            let found = GateHold(hold)
            switch (state, launcher) {
            case (.held, _): #expect(found == GateHold(ticket: Self.ticket, waits: launcher == .caller))
            case (.released, .sluice), (.launching, .sluice), (.running, .sluice), (.awaitingOperator, .sluice):
                #expect(found == GateHold(ticket: Self.ticket, waits: false))
            // Its caller may go on at any moment: it runs.
            default: #expect(found == nil)
            }
            guard state != .held else { continue }
            // The execution that asked is the one that runs it.
            hold.executionID = ExecutionID("7")
            #expect(GateHold(hold) == nil)
        }
    }

    @Test(
        "R12 every state of CSA's service instances has its standing",
        arguments: [
            ("DEPLOYING", .running), ("MODIFYING", .running), ("CANCELLING", .running), ("EXPIRING", .running),
            ("IN_PROGRESS", .running), ("UPGRADING", .running), ("RESERVED", .dueLater), ("ACTIVE", .ended),
            ("CANCELLED", .ended), ("FAILED", .needsPerson("FAILED")), ("CANCEL_FAILED", .needsPerson("CANCEL_FAILED")),
            ("MODIFY_FAILED", .needsPerson("MODIFY_FAILED")), ("EXPIRE_FAILED", .needsPerson("EXPIRE_FAILED")),
            ("PUBLIC_ACTION_FAILED", .needsPerson("PUBLIC_ACTION_FAILED")),
            ("UPGRADE_FAILED", .needsPerson("UPGRADE_FAILED")), ("Canceled", .unknown("Canceled")),
        ] as [(String, DrainStanding)])
    func standsByInstance(word: String, expected: DrainStanding) {
        #expect(CSADrainRules.instance(artifactState: "ACTIVE", state: word) == expected)
        #expect(CSADrainRules.instance(artifactState: "RETIRED", state: word) == .ended)
        let waiting = CSADrainRules.item(
            instance: CSAInstanceID("i"), artifactState: nil, state: word, hold: Self.ticket)
        #expect(waiting.standing == (expected == .running ? .waitsForHold(Self.ticket) : expected))
    }

    @Test(
        "R12 every state of CSA's requests, subscriptions, records and process instances has its standing",
        arguments: [
            (CSADrainRules.request(artifactState: nil, state: "SUBMITTED"), .running),
            (CSADrainRules.request(artifactState: nil, state: "IN_PROGRESS"), .running),
            (CSADrainRules.request(artifactState: nil, state: "APPROVED"), .running),
            (CSADrainRules.request(artifactState: nil, state: "PENDING_APPROVAL"), .needsPerson("PENDING_APPROVAL")),
            (CSADrainRules.request(artifactState: nil, state: "COMPLETED"), .ended),
            (CSADrainRules.request(artifactState: nil, state: "REJECTED"), .ended),
            (CSADrainRules.request(artifactState: nil, state: "CANCELLED"), .ended),
            (CSADrainRules.request(artifactState: "RETIRED", state: "SUBMITTED"), .ended),
            (CSADrainRules.request(artifactState: nil, state: "?"), .unknown("?")),
            (CSADrainRules.subscription(status: "PENDING"), nil),
            (CSADrainRules.subscription(status: "PAUSED"), .paused(.other("PAUSED"))),
            (CSADrainRules.subscription(status: "TERMINATED"), .ended),
            (CSADrainRules.subscription(status: "?"), .unknown("?")),
            (CSADrainRules.lifecycleRecord(callbackPending: true, isPaused: nil), .running),
            (CSADrainRules.lifecycleRecord(callbackPending: true, isPaused: false), .running),
            (
                CSADrainRules.lifecycleRecord(callbackPending: true, isPaused: true),
                .paused(.other("Transition paused"))
            ),
            (CSADrainRules.lifecycleRecord(callbackPending: false, isPaused: true), .ended),
            (CSADrainRules.processInstance(state: "INITIALIZED").standing, .running),
            (CSADrainRules.processInstance(state: "READY").standing, .running),
            (CSADrainRules.processInstance(state: "PENDING").standing, .running),
            (CSADrainRules.processInstance(state: "ACTIVE").standing, .running),
            (CSADrainRules.processInstance(state: "ACTIVE", hold: ticket).standing, .waitsForHold(ticket)),
            (CSADrainRules.processInstance(state: "COMPLETED", hold: ticket).standing, .ended),
            (CSADrainRules.processInstance(state: "ERROR").standing, .ended),
            (CSADrainRules.processInstance(state: "CANCELED").standing, .ended),
            (CSADrainRules.processInstance(state: "CANCELLED").standing, .unknown("CANCELLED")),
            (CSADrainRules.person(pendingRequestCount: 0), .ended),
            (CSADrainRules.person(pendingRequestCount: 2, knownAtRestCount: 1), .running),
            (CSADrainRules.person(pendingRequestCount: 2, knownAtRestCount: 2), .ended),
            (CSADrainRules.person(pendingRequestCount: -1), .unknown("a count of -1")),
        ] as [(DrainStanding?, DrainStanding?)])
    func standsByWord(found: DrainStanding?, expected: DrainStanding?) { #expect(found == expected) }

    @Test("R12 a process instance whose execution is not running has lost its callback")
    func findsLostCallbacks() {
        #expect(CSADrainRules.processInstance(state: "ACTIVE", hasExecution: false).stuck == .callbackLost)
        #expect(CSADrainRules.processInstance(state: "ACTIVE", hasExecution: true).stuck == nil)
        #expect(CSADrainRules.processInstance(state: "ACTIVE").stuck == nil, "nobody knows its execution")
        #expect(CSADrainRules.processInstance(state: "READY", hasExecution: false).stuck == nil, "not started yet")
        let held = CSADrainRules.processInstance(state: "ACTIVE", hold: Self.ticket, hasExecution: false)
        #expect(held.stuck == nil, "its execution is a virtual one")
    }

    @Test("Names of things are read as they are written")
    func readsNames() {
        for kind in DrainItemID.Kind.allCases {
            let id = DrainItemID(kind, "a:b")
            #expect(DrainItemID("\(id)") == id)
        }
        #expect(DrainItemID("42") == DrainItemID(ExecutionID("42")))
        for wrong in ["", "x", "4x", "execution:", ":1", "thing:1", "execution:\n"] {
            #expect(DrainItemID(wrong) == nil, "\(wrong)")
        }
    }
}
