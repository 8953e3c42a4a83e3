public import SluiceModel

/// What was read of one person of CSA for a drain: counters first, then requests, then subscriptions.
public struct CSAPersonReading: Hashable, Sendable {
    public var user: CSAUser
    public var counts: CSAPersonCounts
    /// In any state.
    public var requests: [CSARequest]
    /// In any status.
    public var subscriptions: [CSASubscription]

    public init(
        user: CSAUser, counts: CSAPersonCounts, requests: [CSARequest] = [], subscriptions: [CSASubscription] = []
    ) {
        self.user = user
        self.counts = counts
        self.requests = requests
        self.subscriptions = subscriptions
    }
}

extension CSADrainRules {
    /// A service instance by its state and its latest transition together (csa-api.md section 6).
    ///
    /// In a running state without a pending callback it runs all the same: CSA itself begins the next of its chained
    /// transitions. At rest with a pending callback it runs, too: which state a user operation shows is not known.
    /// - Parameter state: nil: CSA says none.
    public static func instance(
        isRetired: Bool, state: CSAInstanceState?, record: LifecycleRecord? = nil
    ) -> DrainStanding {
        if isRetired { return .ended }
        guard let state else { return .unknown("no state") }
        let own = instance(artifactState: nil, state: state.word)
        guard let record else { return own }
        let transition = lifecycleRecord(callbackPending: record.isCallbackPending, isPaused: record.isPaused)
        switch own {
        case .running: return record.isPaused ? .paused(.other("Transition paused")) : .running
        case .unknown: return own
        default: return transition.blocks ? transition : own
        }
    }

    /// How a person is named among what a drain waits for; user names are unique in an organization only.
    public static func personID(_ user: CSAUser, key: String) -> DrainItemID {
        let name = "\(user.organizationName)/\(user.userName)"
        return DrainItemID(.person, IdentifierLimits.allows(name) ? name : key)
    }

    /// What a drain sees of one person: requests and subscriptions by name, and the person where CSA's counters say
    /// more than those explain. In a stable order; what has ended is left out.
    ///
    /// A subscription in PENDING is explained by its instance, by a start to come, or by a request of the person that
    /// is not finished: which of those it belongs to, no call tells, so each explains one.
    /// - Parameter instances: Where service instances stand, as far as they were read.
    public static func items(
        of person: CSAPersonReading, instances: [CSAInstanceID: DrainStanding], at now: Timestamp
    ) -> [DrainItem] {
        var items: [DrainItem] = []
        var openRequestCount = 0
        for request in person.requests.sorted(by: { $0.id < $1.id }) {
            let standing = self.request(artifactState: nil, state: request.state.word)
            guard standing != .ended else { continue }
            openRequestCount += 1
            var item = DrainItem(DrainItemID(.request, request.id.text), standing)
            item.flow = FlowID("csa:request:\(request.action.map { String($0.prefix(64)) } ?? "unknown")")
            item.title = request.action.map { "\($0) \(request.name)" } ?? request.name
            item.owner = person.user.userName
            item.startedAt = request.createdAt
            items.append(item)
        }
        var (pendingCount, pausedCount, unexplained) = (0, 0, [CSASubscription]())
        for subscription in person.subscriptions.sorted(by: { $0.id < $1.id }) {
            let known = subscription.instanceID.flatMap { instances[$0] }
            switch self.subscription(status: subscription.status.word) {
            case .ended?: continue
            case let standing?:
                pausedCount += subscription.status == .paused ? 1 : 0
                pendingCount += subscription.status == .paused ? 0 : 1
                items.append(item(subscription, standing, of: person))
            case nil:
                pendingCount += 1
                if let known, known != .ended { continue }
                if let start = subscription.startsAt, start > now {
                    items.append(item(subscription, .dueLater, of: person))
                } else {
                    unexplained.append(subscription)
                }
            }
        }
        items += unexplained.dropFirst(openRequestCount).map { item($0, .running, of: person) }
        if let counters = counters(of: person, openRequestCount, pendingCount, pausedCount) { items.append(counters) }
        return items
    }

    private static func item(
        _ subscription: CSASubscription, _ standing: DrainStanding, of person: CSAPersonReading
    ) -> DrainItem {
        var item = DrainItem(DrainItemID(.subscription, subscription.id.text), standing)
        item.flow = FlowID("csa:subscription:\(subscription.status.word.prefix(64))")
        item.title = subscription.name
        item.owner = person.user.userName
        item.startedAt = standing == .dueLater ? nil : subscription.startsAt
        return item
    }

    /// nil: what was listed explains what CSA counts.
    private static func counters(
        of reading: CSAPersonReading, _ requestCount: Int, _ pendingCount: Int, _ pausedCount: Int
    ) -> DrainItem? {
        let counts = reading.counts
        let parts = [
            ("pending requests", counts.pendingRequestCount, requestCount),
            ("pending subscriptions", counts.pendingSubscriptionCount, pendingCount),
            ("paused subscriptions", counts.pausedSubscriptionCount, pausedCount),
        ]
        let excess = parts.filter { person(pendingRequestCount: $0.1, knownAtRestCount: $0.2) != .ended }
        guard let first = excess.first else { return nil }
        let standing = excess.map { person(pendingRequestCount: $0.1, knownAtRestCount: $0.2) }.first { $0 != .running }
        var item = DrainItem(
            personID(reading.user, key: counts.id), standing ?? person(pendingRequestCount: first.1))
        item.flow = FlowID("csa:person")
        item.title = "CSA counts " + excess.map { "\($0.1) \($0.0) and lists \($0.2)" }.joined(separator: ", ")
        item.owner = reading.user.userName
        return item
    }
}
