import SluiceCore
import SluiceModel
import SluicePorts

/// CSA's own clocks that only stopping CSA stops (csa-api.md section 10, rows 7, 9 and 10): dates of subscriptions,
/// and policies that decide by themselves after some days.
struct InternalClocks: Sendable {
    /// Subscriptions with a date that has not passed long ago, or whose date is not known although they wait for one.
    var subscriptions: [Dated] = []
    /// Timed policies that are still automatic, by id.
    var policies: [ApprovalPolicy] = []
    /// Who could not be read, by name.
    var troubles: [(user: CSAUser, error: CSAError)] = []

    struct Dated: Sendable {
        var subscription: CSASubscription
        var owner: String
        /// Its instance is RESERVED, and CSA shows no start.
        var startsAtUnknownTime = false
        /// Its start has passed and no instance of it is RESERVED: it waits for something else, such as its approval.
        var waitsForNoStart = false
    }

    /// One clock, as it is shown.
    struct Shown: Sendable {
        var name: String
        var text: String
        /// When it fires; nil: not known.
        var at: Timestamp?
    }

    static let remedy = "stop CSA before then, move the date, or waive it"

    /// Those that fire until a time or fired right before now, the soonest first; what has no time comes last.
    ///
    /// Also when that time is over, or nearly so, those of the next `CSASurveyLimits.clockOutlook`: whoever is told
    /// that it is dry has CSA to stop yet. A name says which clock and when, so that a waiver is for no other one.
    /// - Parameters:
    ///   - grace: How long one that fired counts. Before the start an order of minutes ago is only an order.
    ///   - takesOrders: Whether CSA took orders until just now: what was ordered for at once and waits for its approval
    ///     has a start that has passed, and none that fires.
    func shown(
        from now: Timestamp, to end: Timestamp, grace: Duration = CSASurveyLimits.firedGrace, takesOrders: Bool = false
    ) -> [Shown] {
        let span = now.advanced(by: .zero - grace)...max(now.advanced(by: CSASurveyLimits.clockOutlook), end)
        var shown: [Shown] = []
        for dated in subscriptions {
            let subscription = dated.subscription
            let what = "subscription \(subscription.name) of \(dated.owner)"
            let name = "clock/\(subscription.id)"
            for clock in subscription.clocks(in: span) {
                switch clock {
                case .start(let at):
                    if takesOrders, dated.waitsForNoStart { continue }
                    shown.append(
                        Shown(
                            name: "\(name)/start/\(at.rfc3339)",
                            text: "\(what) starts at \(at): CSA deploys it by itself", at: at))
                case .end(let at):
                    shown.append(
                        Shown(
                            name: "\(name)/end/\(at.rfc3339)",
                            text: "\(what) ends at \(at): CSA lets it expire by itself", at: at))
                }
            }
            if dated.startsAtUnknownTime {
                shown.append(
                    Shown(
                        name: "\(name)/start/unknown",
                        text: "\(what) is reserved for a start that CSA does not show: it deploys it then", at: nil))
            }
        }
        for policy in policies {
            let decision = policy.automaticDecision?.word ?? "something"
            shown.append(
                Shown(
                    name: "clock/policy/\(policy.id)/\(decision)/\(policy.automaticPeriodDays)d",
                    text: "policy \(policy.displayName) decides \(decision) by itself, "
                        + "\(policy.automaticPeriodDays) days after a request"))
        }
        for trouble in troubles {
            shown.append(
                Shown(
                    name: "clock/person/\(trouble.user.organizationName)/\(trouble.user.userName)",
                    text: "the subscriptions of \(trouble.user.userName) cannot be read, so their dates are not known: "
                        + trouble.error.message))
        }
        return shown.sorted {
            ($0.at?.milliseconds ?? .max, $0.name) < ($1.at?.milliseconds ?? .max, $1.name)
        }
    }
}

extension CSASurvey {
    /// Reads everybody's subscriptions and all policies: whoever has an end date has nothing pending.
    /// - Throws: `CSAError` when CSA as a whole cannot be read.
    func internalClocks() async throws -> InternalClocks {
        let oldest = clocks.now().wall.advanced(by: .zero - CSASurveyLimits.firedGrace)
        let read = try await everybody { [self] person -> Result<[InternalClocks.Dated], CSAError> in
            do {
                return .success(try await dated(of: person.user, since: oldest))
            } catch let error as CSAError where CSASurvey.isOfOne(error) {
                return .failure(error)
            }
        }
        var found = InternalClocks()
        var seen: Set<CSASubscriptionID> = []
        for (person, result) in read {
            switch result {
            case .success(let dated):
                found.subscriptions += dated.filter { seen.insert($0.subscription.id).inserted }
            case .failure(let error): found.troubles.append((person.user, error))
            }
            guard found.subscriptions.count <= CSASurveyLimits.subscriptionCountMax else {
                throw CSAError(
                    .unreadable,
                    "more than \(CSASurveyLimits.subscriptionCountMax) subscriptions have dates that are to be kept")
            }
        }
        if found.troubles.count > CSASurveyLimits.troubleCountMax, let first = found.troubles.first?.error {
            throw CSAError(
                first.code, "\(found.troubles.count) persons cannot be read; the first: \(first.message)")
        }
        for organization in try await ask({ try await $0.organizations() }) {
            found.policies += try await ask { try await $0.approvalPolicies(of: organization.id) }.filter(\.isTimed)
        }
        found.policies.sort { $0.id < $1.id }
        return found
    }

    private func dated(of user: CSAUser, since oldest: Timestamp) async throws -> [InternalClocks.Dated] {
        let (now, far) = (clocks.now().wall, Timestamp(milliseconds: .max))
        var dated: [InternalClocks.Dated] = []
        for subscription in try await ask({ try await $0.subscriptions(of: user) }) {
            var one = InternalClocks.Dated(subscription: subscription, owner: user.userName)
            if subscription.status == .pending, subscription.startsAt == nil {
                one.startsAtUnknownTime = try await isReserved(subscription)
            }
            if subscription.status == .pending, let start = subscription.startsAt, start >= oldest, start <= now {
                one.waitsForNoStart = try await !isReserved(subscription)
            }
            if one.startsAtUnknownTime || !subscription.clocks(in: oldest...far).isEmpty { dated.append(one) }
        }
        return dated
    }

    private func isReserved(_ subscription: CSASubscription) async throws -> Bool {
        guard let instance = subscription.instanceID else { return false }
        let state = try await ask { try await $0.artifactState(instance.text) }
        return state?.isRetired == false && state?.instanceState == .reserved
    }
}
