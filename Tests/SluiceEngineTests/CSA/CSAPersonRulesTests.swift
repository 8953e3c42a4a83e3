import SluiceCore
import SluiceModel
import Testing

/// What a drain makes of one person, and of an instance with its latest transition: tables.
@Suite
struct CSAPersonRulesTests {
    private static let user = CSAUser(userName: "carol", organizationName: "CONSUMER")
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)

    private enum Record: CaseIterable {
        case none, idle, waiting, paused

        var record: LifecycleRecord? {
            guard self != .none else { return nil }
            var record = LifecycleRecord(instanceID: CSAInstanceID("i"), isCallbackPending: self != .idle)
            record.executionStatus = self == .paused ? "Transition paused" : nil
            return record
        }
    }

    @Test("R12 an instance runs by its state or by its callback, and is paused apart: every state, every record")
    func judgesInstances() {
        let running = ["DEPLOYING", "MODIFYING", "CANCELLING", "EXPIRING", "IN_PROGRESS", "UPGRADING"]
        let failed = [
            "FAILED", "CANCEL_FAILED", "MODIFY_FAILED", "EXPIRE_FAILED", "PUBLIC_ACTION_FAILED", "UPGRADE_FAILED",
        ]
        let paused = DrainStanding.paused(.other("Transition paused"))
        for word in running + failed + ["RESERVED", "ACTIVE", "CANCELLED", "NEW"] {
            for record in Record.allCases {
                let atRest: DrainStanding =
                    failed.contains(word) ? .needsPerson(word) : word == "RESERVED" ? .dueLater : .ended
                let expected: DrainStanding =
                    switch record {
                    case _ where word == "NEW": .unknown("NEW")
                    case .paused: paused
                    case .waiting: .running
                    case .none, .idle: running.contains(word) ? .running : atRest
                    }
                let state = CSAInstanceState(word: word)
                let found = CSADrainRules.instance(isRetired: false, state: state, record: record.record)
                #expect(found == expected, "\(word) \(record)")
                #expect(CSADrainRules.instance(isRetired: true, state: state, record: record.record) == .ended)
            }
        }
        #expect(CSADrainRules.instance(isRetired: false, state: nil).blocks)
    }

    private func reading(
        requests: [(String, String)] = [], subscriptions: [CSASubscription] = [], counts: (Int, Int, Int)
    ) -> CSAPersonReading {
        var reading = CSAPersonReading(
            user: Self.user,
            counts: CSAPersonCounts(
                id: "7", userName: "carol", pendingRequestCount: counts.0, pendingSubscriptionCount: counts.1,
                pausedSubscriptionCount: counts.2))
        reading.requests = requests.map {
            CSARequest(id: CSARequestID($0.0), name: $0.0, state: RequestState(word: $0.1), submitter: "carol")
        }
        reading.subscriptions = subscriptions
        return reading
    }

    private func subscription(
        _ id: String, _ word: String, instance: String? = nil, startsAt: Timestamp? = nil
    ) -> CSASubscription {
        var subscription = CSASubscription(
            id: CSASubscriptionID(id), name: id, status: SubscriptionStatus(word: word))
        subscription.instanceID = instance.map { CSAInstanceID($0) }
        subscription.startsAt = startsAt
        return subscription
    }

    private func standings(
        _ reading: CSAPersonReading, _ instances: [CSAInstanceID: DrainStanding] = [:]
    ) -> [String: DrainStanding] {
        let items = CSADrainRules.items(of: reading, instances: instances, at: Self.now)
        return Dictionary(uniqueKeysWithValues: items.map { ($0.id.description, $0.standing) })
    }

    @Test(
        "R12 each state of a request, with the counter that counts it",
        arguments: [
            ("SUBMITTED", DrainStanding.running), ("IN_PROGRESS", .running), ("APPROVED", .running),
            ("PENDING_APPROVAL", .needsPerson("PENDING_APPROVAL")), ("NEW", .unknown("NEW")), ("COMPLETED", nil),
            ("REJECTED", nil), ("CANCELLED", nil),
        ])
    func judgesRequests(word: String, expected: DrainStanding?) {
        let isOpen = expected != nil
        let found = standings(reading(requests: [("r", word)], counts: (isOpen ? 1 : 0, 0, 0)))
        #expect(found == (expected.map { ["request:r": $0] } ?? [:]))
    }

    @Test("R12 PAUSED is told apart, and PENDING by its instance, its start or an open request")
    func judgesSubscriptions() {
        let later = Self.now.advanced(by: .seconds(60))
        let id = CSAInstanceID("i")
        let cases: [(CSASubscription, [(String, String)], DrainStanding?, (Int, Int, Int), [String: DrainStanding])] = [
            (subscription("s", "PAUSED"), [], nil, (0, 0, 1), ["subscription:s": .paused(.other("PAUSED"))]),
            (subscription("s", "NEW"), [], nil, (0, 1, 0), ["subscription:s": .unknown("NEW")]),
            (subscription("s", "PENDING", instance: "i"), [], .running, (0, 1, 0), [:]),
            (subscription("s", "PENDING", instance: "i"), [], .dueLater, (0, 1, 0), [:]),
            (subscription("s", "PENDING", instance: "i"), [], .needsPerson("FAILED"), (0, 1, 0), [:]),
            // Nothing says why it is pending: between two transitions.
            (subscription("s", "PENDING", instance: "i"), [], .ended, (0, 1, 0), ["subscription:s": .running]),
            (subscription("s", "PENDING", instance: "i"), [], nil, (0, 1, 0), ["subscription:s": .running]),
            (subscription("s", "PENDING"), [], nil, (0, 1, 0), ["subscription:s": .running]),
            (subscription("s", "PENDING", startsAt: later), [], nil, (0, 1, 0), ["subscription:s": .dueLater]),
            (subscription("s", "PENDING", startsAt: Self.now), [], nil, (0, 1, 0), ["subscription:s": .running]),
            (
                subscription("s", "PENDING"), [("r", "PENDING_APPROVAL")], nil, (1, 1, 0),
                ["request:r": .needsPerson("PENDING_APPROVAL")]
            ),
            (subscription("s", "PENDING"), [("r", "COMPLETED")], nil, (0, 1, 0), ["subscription:s": .running]),
            (subscription("s", "ACTIVE", instance: "i"), [], .ended, (0, 0, 0), [:]),
            (subscription("s", "EXPIRED"), [], nil, (0, 0, 0), [:]),
        ]
        for (subscription, requests, instance, counts, expected) in cases {
            let reading = reading(requests: requests, subscriptions: [subscription], counts: counts)
            #expect(standings(reading, instance.map { [id: $0] } ?? [:]) == expected, "\(subscription) \(requests)")
        }
    }

    @Test("R12 one parked request explains one pending subscription, not two")
    func explainsEachOnce() {
        let pending = [subscription("s-1", "PENDING"), subscription("s-2", "PENDING")]
        let found = standings(
            reading(requests: [("r", "PENDING_APPROVAL")], subscriptions: pending, counts: (1, 2, 0)))
        #expect(found["subscription:s-2"] == .running && found["subscription:s-1"] == nil)
        #expect(found["person:CONSUMER/carol"] == nil)
    }

    @Test(
        "R12 a person whose counters say more than is listed blocks by name",
        arguments: [(1, 0, 0), (0, 1, 0), (0, 0, 1), (5, 5, 5), (-1, 0, 0), (0, -1, 0), (0, 0, -3)])
    func namesThePerson(requests: Int, subscriptions: Int, paused: Int) throws {
        let counts = (requests, subscriptions, paused)
        let found = standings(reading(counts: counts))
        #expect(found.count == 1 && found["person:CONSUMER/carol"]?.blocks == true, "\(found)")
        #expect(DrainItemID("person:CONSUMER/carol") == CSADrainRules.personID(Self.user, key: "7"), "it can be waived")
    }

    @Test("counters that say less than is listed were read before it")
    func forgivesLowCounters() {
        let listed = reading(
            requests: [("r", "APPROVED")], subscriptions: [subscription("s", "PENDING")], counts: (0, 0, 0))
        #expect(standings(listed) == ["request:r": .running])
    }
}
