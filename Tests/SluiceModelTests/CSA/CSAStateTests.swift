import SluiceModel
import Testing

/// The table of csa-api.md section 5, row by row.
@Suite struct CSAStateTests {
    @Test(arguments: [
        ("DEPLOYING", true, false, false), ("MODIFYING", true, false, false), ("CANCELLING", true, false, false),
        ("EXPIRING", true, false, false), ("IN_PROGRESS", true, false, false), ("UPGRADING", true, false, false),
        ("RESERVED", false, false, false), ("ACTIVE", false, true, false), ("CANCELLED", false, true, false),
        ("FAILED", false, true, true), ("CANCEL_FAILED", false, true, true), ("MODIFY_FAILED", false, true, true),
        ("EXPIRE_FAILED", false, true, true), ("PUBLIC_ACTION_FAILED", false, true, true),
        ("UPGRADE_FAILED", false, true, true),
        // Neither a display name nor a word of a later version may pass for rest.
        ("Canceled", true, false, false), ("active", true, false, false), ("", true, false, false),
        ("ROLLING_BACK", true, false, false),
    ])
    func instances(word: String, isRunning: Bool, isAtRest: Bool, needsPerson: Bool) {
        let state = CSAInstanceState(word: word)
        #expect(state.word == word)
        #expect(state.isRunning == isRunning && state.isAtRest == isAtRest && state.needsPerson == needsPerson)
    }

    @Test(arguments: [
        ("SUBMITTED", true, false, false), ("IN_PROGRESS", true, false, false), ("APPROVED", true, false, false),
        ("PENDING_APPROVAL", false, false, true), ("COMPLETED", false, true, false), ("REJECTED", false, true, false),
        ("CANCELLED", false, true, false), ("Pending Approval", true, false, false),
    ])
    func requests(word: String, isRunning: Bool, isAtRest: Bool, needsPerson: Bool) {
        let state = RequestState(word: word)
        #expect(state.word == word)
        #expect(state.isRunning == isRunning && state.isAtRest == isAtRest && state.needsPerson == needsPerson)
    }

    @Test(arguments: [
        ("PENDING", true, false, false), ("PAUSED", false, false, true), ("ACTIVE", false, true, false),
        ("CANCELLED", false, true, false), ("EXPIRED", false, true, false), ("TERMINATED", false, true, false),
        ("RESERVED", true, false, false),
    ])
    func subscriptions(word: String, isRunning: Bool, isAtRest: Bool, needsPerson: Bool) {
        let status = SubscriptionStatus(word: word)
        #expect(status.word == word)
        #expect(status.isRunning == isRunning && status.isAtRest == isAtRest && status.needsPerson == needsPerson)
    }

    @Test(arguments: [
        ("INITIALIZED", false), ("PENDING", false), ("READY", false), ("ACTIVE", false), ("COMPLETED", true),
        ("ERROR", true), ("CANCELED", true), ("CANCELLED", false),
    ])
    func processInstances(word: String, isTerminal: Bool) {
        let state = ProcessInstanceState(word: word)
        #expect(state.word == word && state.isTerminal == isTerminal)
    }

    @Test(arguments: [
        (true, nil, true), (false, nil, false), (true, "Transition paused", false), (true, "TRANSITION_PAUSED", false),
        (true, "Running", true),
    ])
    func transitions(isPending: Bool, status: String?, isRunning: Bool) {
        var record = LifecycleRecord(instanceID: CSAInstanceID("i"), isCallbackPending: isPending)
        record.executionStatus = status
        #expect(record.isRunning == isRunning)
    }

    @Test func sumsDoNotTrap() {
        let persons = [Int.max, 5].map { CSAPersonCounts(id: "\($0)", userName: "u", pendingRequestCount: $0) }
        let counts = PendingCounts(organizationID: CSAOrganizationID("o"), persons: persons)
        #expect(counts.requestCount == .max && counts.busyPersons.count == 2)
    }
}
