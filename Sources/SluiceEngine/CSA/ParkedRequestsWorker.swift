import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Decides requests that waited only because of a maintenance, oldest first, as their policies would have.
final class ParkedRequestsWorker: MaintenanceWorker {
    private struct State {
        var maintenance: MaintenanceID?
        var readAt: MonotonicTime?
        /// How often each was decided; what CSA says of it is read back.
        var attempts: [CSAApprovalID: Int] = [:]
        var doneCount = 0
        /// How often the policy that Sluice made could not be taken away.
        var removalTries = 0
        var last: MaintenanceFacts.Fact?
    }

    private let site: CSASite
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    /// Whether something that may take so long may be sent now.
    private let permit: @Sendable (Duration) -> Permit
    private let state = Mutex(State())

    init(
        site: CSASite, store: any Store, clocks: any Clocks, fence: FenceSource, logger: Logger,
        permit: @escaping @Sendable (Duration) -> Permit
    ) {
        self.site = site
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        self.permit = permit
    }

    let parts: Set<MaintenancePart> = [.parkedRequests]

    /// What is left to people.
    private struct Left {
        var count = 0
        /// Of these CSA does not show when they came in.
        var undatedCount = 0
        /// Whose they are, each once, in the order of the look.
        var names: [String] = []

        mutating func add(_ user: CSAUser, isDated: Bool) {
            if isDated { count += 1 } else { undatedCount += 1 }
            if names.last != user.userName { names.append(user.userName) }
        }
    }

    /// One approval that is to be decided.
    private struct Due {
        var approval: CSAApproval
        var approver: CSAUser
        var decision: ApprovalDecision
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now().monotonic
        let last = state.withLock { state -> MaintenanceFacts.Fact? in
            if state.maintenance != record.id { state = State(maintenance: record.id) }
            guard let readAt = state.readAt, now.since(readAt) < ParkedRequestLimits.interval else { return nil }
            return state.last
        }
        if let last { return PartReport(last) }
        let fact = try await look(wish, record)
        state.withLock { state in
            state.readAt = clocks.now().monotonic
            state.last = fact
        }
        return PartReport(fact)
    }

    private func look(_ wish: PartWish, _ record: MaintenanceRecord) async throws -> MaintenanceFacts.Fact {
        let entries = try await JournalKeeper.entries(of: record.id, in: store)
        // Left to people, or to CSA's own timer.
        let replays = record.plan.replaysParkedRequests && !site.reevaluatesTimer
        let isFlipped = entries.contains { $0.system == CSAChangePlan.policies && $0.state == .reverted }
        let policies = try await CSAReader(site: site).policies()
        let holds = policies.contains(where: CSAChangePlan.isHolding)
        guard replays && isFlipped || holds else { return .init(goal: wish.goal, isReached: true) }
        let organizations = try await site.client.organizations()
        let names = Dictionary(organizations.map { ($0.id, $0.name) }) { first, _ in first }
        let parked = ParkedApprovals(replays ? entries : [], policies: policies)
        let closedAt = record.csaClosedAt
        let span = closedAt...max(closedAt, clocks.now().wall)
        let catalogs = try await site.client.catalogs().map(\.id)
        var due: [Due] = []
        var left = Left()
        var blockers: [MaintenanceBlocker] = []
        for (approver, isOurs) in parked.approvers.map({ ($0, true) }) + parked.unclear.map({ ($0, false) }) {
            guard let organization = names[approver.organization] else { continue }
            let user = CSAUser(userName: approver.userName, organizationName: organization)
            do {
                for approval in try await site.waiting(for: user, in: catalogs) {
                    guard let time = approval.createdAt else {
                        left.add(user, isDated: false)
                        continue
                    }
                    guard approver.concerns(time, span) else { continue }
                    if isOurs {
                        due.append(Due(approval: approval, approver: user, decision: approver.decision))
                    } else {
                        left.add(user, isDated: true)
                    }
                }
            } catch let error as CSAError where CSASurvey.isOfOne(error) {
                blockers.append(unreadable(user, error, record))
            }
        }
        var isHoldingUnused = false
        if holds {
            let held = try await self.held(organizations, catalogs, record)
            blockers += held.unreadable
            blockers += blocker(
                heldCount: held.approvals.count { $0.createdAt.map { $0 >= closedAt } ?? true }, record)
            // Nothing waits under it, of before either: without it nobody could decide that.
            isHoldingUnused = held.approvals.isEmpty && held.unreadable.isEmpty
        }
        let stuck = try await decide(due, record)
        let waitingCount = due.count - stuck.count
        if isHoldingUnused, waitingCount == 0 { await removeHoldingPolicies() }
        let done = state.withLock { $0.doneCount }
        return .init(
            goal: wish.goal, isReached: waitingCount == 0, doneCount: done, totalCount: done + due.count,
            blockers: Array(
                (blockers + stuck + unclear(parked, left, record))
                    .prefix(MaintenanceLimits.blockerCountMax)))
    }

    /// One who left, or never logged in, keeps nothing else from being decided.
    private func unreadable(_ user: CSAUser, _ error: CSAError, _ record: MaintenanceRecord) -> MaintenanceBlocker {
        let name = CSADrainRules.personID(user, key: user.userName).text
        return MaintenanceBlocker(
            name: "parked/\(name)", part: .parkedRequests,
            text: "what waits for a decision of \(user.userName) (\(user.organizationName)) cannot be read: "
                + error.message,
            remedy: "look at it in CSA, then waive this", since: record.phaseSince, canBeWaived: true)
    }

    /// What waits for Sluice's own account, and where that cannot be told.
    private func held(
        _ organizations: [CSAOrganization], _ catalogs: [CSACatalogID], _ record: MaintenanceRecord
    ) async throws -> (approvals: [CSAApproval], unreadable: [MaintenanceBlocker]) {
        var approvals: [CSAApproval] = []
        var blockers: [MaintenanceBlocker] = []
        for organization in organizations {
            do {
                approvals += try await site.held(in: organization, catalogs)
            } catch let error as CSAError where CSASurvey.isOfOne(error) {
                let user = CSAUser(userName: site.userName, organizationName: organization.name)
                blockers.append(unreadable(user, error, record))
            }
        }
        return (approvals, blockers)
    }

    /// Requests under the policy that Sluice made for offerings whose approval another system gives: nobody but
    /// Sluice's own account may decide them, and what that system would have said is not known.
    private func blocker(heldCount count: Int, _ record: MaintenanceRecord) -> [MaintenanceBlocker] {
        guard count > 0 else { return [] }
        return [
            MaintenanceBlocker(
                name: "parked/holding", part: .parkedRequests,
                text: "\(count) requests wait under the policy '\(CSAChangePlan.holdingPolicyName)', which stood for "
                    + "approvals by another system",
                remedy: "decide them in CSA as \(site.userName), or have them ordered again; then waive this",
                since: record.phaseSince, canBeWaived: true)
        ]
    }

    /// What Sluice made is taken away again, unless an offering has it: one that an operator left with it, or that
    /// another Sluice gave it. Tried a few times: what stays holds nothing up, and the next maintenance uses it.
    private func removeHoldingPolicies() async {
        guard state.withLock({ $0.removalTries }) < ParkedRequestLimits.removalCountMax else { return }
        do {
            let reading = try await CSAReader(site: site).reading(unpublishes: false)
            for policy in reading.policies where CSAChangePlan.isHolding(policy) {
                if let user = reading.user(of: policy.id) {
                    keptPolicy("the offering '\(user.displayName)' has it, or CSA does not show that it has not")
                    continue
                }
                guard permit(site.callDuration) == .yes else { return }
                try await site.client.deletePolicy(policy.id, of: policy.organizationID)
                let text = "deleted the approval policy \(policy.id) ('\(policy.displayName)')"
                try await store.commit(
                    [.note(AuditNote(kind: "csa-policy-deleted", at: clocks.now().wall, by: .sluice, text: text))],
                    fence: fence.current)
            }
        } catch {
            keptPolicy("\(error)")
        }
    }

    private func keptPolicy(_ cause: String) {
        state.withLock { $0.removalTries += 1 }
        logger.warning(
            "the approval policy that Sluice made stays in CSA",
            metadata: ["policy": "\(CSAChangePlan.holdingPolicyName)", "cause": "\(cause)"])
    }

    /// The oldest few; they are read back by the next look.
    /// - Returns: One blocker for each that was decided often enough, and still waits.
    private func decide(_ due: [Due], _ record: MaintenanceRecord) async throws -> [MaintenanceBlocker] {
        let sorted = due.sorted { left, right in
            let times = (left.approval.createdAt ?? .zero, right.approval.createdAt ?? .zero)
            return times.0 == times.1 ? left.approval.id < right.approval.id : times.0 < times.1
        }
        var blockers: [MaintenanceBlocker] = []
        var sentCount = 0
        for item in sorted {
            let attempt = state.withLock { $0.attempts[item.approval.id] ?? 0 }
            guard attempt < ParkedRequestLimits.attemptCountMax else {
                let request = item.approval.requestID.map { "request \($0)" } ?? "approval \(item.approval.id)"
                blockers.append(
                    MaintenanceBlocker(
                        name: "parked/\(item.approval.id)", part: .parkedRequests,
                        text: "\(request) still waits after \(attempt) decisions as \(item.approver.userName)",
                        remedy: "decide it in CSA, or waive it", since: record.phaseSince, canBeWaived: true))
                continue
            }
            guard sentCount < ParkedRequestLimits.batchCountMax, permit(site.callDuration) == .yes else { continue }
            sentCount += 1
            state.withLock { $0.attempts[item.approval.id] = attempt + 1 }
            do {
                try await site.client.decide(
                    item.approval.id, in: item.approval.catalogID, as: item.approver, item.decision)
                state.withLock { $0.doneCount += 1 }
                logger.notice(
                    "a request that waited for the maintenance is decided",
                    metadata: [
                        "approval": "\(item.approval.id)", "decision": "\(item.decision.word)",
                        "as": "\(item.approver.userName)",
                    ])
            } catch let error as CSAError where error.isFinal {
                throw error
            } catch {
                logger.warning(
                    "a request could not be decided",
                    metadata: ["approval": "\(item.approval.id)", "error": "\(error)"])
            }
        }
        return blockers
    }

    private func unclear(
        _ parked: ParkedApprovals, _ left: Left, _ record: MaintenanceRecord
    ) -> [MaintenanceBlocker] {
        var texts: [String] = []
        let names = left.names.prefix(5).joined(separator: ", ")
        if left.count > 0 {
            texts.append(
                "\(left.count) approvals of \(names), who decide by hand too, or had days to, came in or fell due "
                    + "meanwhile")
        }
        if left.undatedCount > 0 {
            texts.append("CSA does not show when \(left.undatedCount) approvals of \(names) came in")
        }
        if record.plan.csaMode == .accept, !parked.unnamedPolicies.isEmpty {
            let names = parked.unnamedPolicies.prefix(5).joined(separator: ", ")
            texts.append("requests under \(names) may wait for a group or a manager")
        }
        guard !texts.isEmpty else { return [] }
        return [
            MaintenanceBlocker(
                name: "parked/unclear", part: .parkedRequests, text: texts.joined(separator: "; "),
                remedy: "decide them in CSA, then waive this", since: record.phaseSince, canBeWaived: true)
        ]
    }
}

/// How requests are decided that waited for a maintenance: CSA starts a lifecycle for each.
enum ParkedRequestLimits {
    /// Between two looks, each of which decides a few.
    static let interval: Duration = .seconds(2)
    static let batchCountMax = 10
    /// How often one is decided before a person has to.
    static let attemptCountMax = 3
    /// How often the policy that Sluice made is tried to be taken away.
    static let removalCountMax = 3
}
