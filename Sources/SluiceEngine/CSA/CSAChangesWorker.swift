import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Closes CSA by its own means, policies, assignments and offerings, through the journal, and puts them back.
final class CSAChangesWorker: MaintenanceWorker {
    struct State {
        var maintenance: MaintenanceID?
        /// When what is to be changed was last read, and that it was asked for.
        var plannedAt: MonotonicTime?
        var watchedAt: MonotonicTime?
        /// When offerings were last looked at, too.
        var readAllAt: MonotonicTime?
        var watched: [MaintenanceBlocker] = []
        /// When something that was added was closed, or was not yet.
        var addedAt: Timestamp?
        /// The drain at whose end everything was looked at once more, and nothing was open.
        var provenDrain: String?
        /// What is gone by the store, once nothing is left to be done here.
        var lost: [JournalEntry]?
        /// When a policy of ours was made that CSA does not show as it was asked for.
        var misshapenAt: MonotonicTime?
    }

    let site: CSASite
    let reader: CSAReader
    private let keeper: @Sendable () -> JournalKeeper?
    let store: any Store
    let clocks: any Clocks
    private let fence: FenceSource
    let logger: Logger
    let drains: DrainWatch
    /// Whether something that may take so long may be sent now.
    private let permit: @Sendable (Duration) -> Permit
    let state = Mutex(State())

    init(
        site: CSASite, keeper: @escaping @Sendable () -> JournalKeeper?, store: any Store, clocks: any Clocks,
        fence: FenceSource, drains: DrainWatch, permit: @escaping @Sendable (Duration) -> Permit, logger: Logger
    ) {
        self.site = site
        reader = CSAReader(site: site)
        self.keeper = keeper
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.drains = drains
        self.permit = permit
        self.logger = logger
    }

    let parts: Set<MaintenancePart> = [.csaChanges]

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        begin(record.id)
        guard let keeper = keeper() else { return PartReport(.init(goal: wish.goal, isReached: false)) }
        let status = keeper.status()
        guard status.isRead else { return PartReport(.init(goal: wish.goal, isReached: false)) }
        if let owner = status.owner, owner != record.id, !status.isSettled {
            throw OutsideError(
                .status, "maintenance \(owner) changed CSA and has not put everything back: resume or abort it first")
        }
        switch wish.goal {
        case .made, .shut:
            if state.withLock({ $0.plannedAt }) == nil { try await plan(record, keeper) }
            return made(wish, record, keeper)
        case .watched:
            let isClosed = try await watch(record, keeper)
            var report = made(wish, record, keeper)
            if !isClosed { report.fact.isReached = false }
            return report
        case .back: return try await back(wish, record, keeper)
        }
    }

    func changePlan(_ reading: CSAChangePlan.Reading, _ plan: MaintenancePlan) -> CSAChangePlan {
        CSAChangePlan(
            reading, readsAssignments: site.readsAssignments, unpublishes: plan.unpublishesOfferings)
    }

    private func begin(_ maintenance: MaintenanceID) {
        state.withLock { state in
            guard state.maintenance != maintenance else { return }
            state = State(maintenance: maintenance)
        }
    }

    // MARK: Before the start

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        guard plan.systems.includesCSA else { return [] }
        var findings: [PreflightFinding] = []
        if let status = keeper()?.status(), let owner = status.owner, !status.isSettled {
            findings.append(
                PreflightFinding(
                    .error, "journal-open", .csaChanges,
                    "maintenance \(owner) changed CSA and has not put everything back",
                    remedy: "resume it, abort it, or decide its conflicts"))
        }
        do {
            try await site.client.logIn()
            let reading = try await reader.reading(unpublishes: plan.unpublishesOfferings)
            let changes = changePlan(reading, plan)
            // The call that is spelled in two ways is tried before it is needed.
            if changes.changes.contains(where: { $0.system != CSAChangePlan.policies })
                || !changes.lacksHoldingPolicy.isEmpty
            {
                _ = try await site.client.assignmentSpelling()
            }
            return findings + preflight(changes)
                + PreflightFinding.clocks(of: "CSA", .csaChanges, differ: site.client.clockDifference)
        } catch let error as CSAError {
            return findings + [preflight(error)]
        } catch {
            return findings + [
                PreflightFinding(.error, "csa-unreachable", .csaChanges, "CSA: \(error)", remedy: "see the log")
            ]
        }
    }

    private func preflight(_ error: CSAError) -> PreflightFinding {
        let remedy =
            switch error.code {
            case .unauthorized:
                "put csa.username, its password and roles right, then reload (SIGHUP); it is not tried again by itself"
            case .unreadable: "csa.url has to be that of CSA, such as https://csa.example:8444/csa"
            case .missing: "put csa.organization right, or csa.url"
            default: "start CSA, or put csa.url and csa.caFile right"
            }
        return PreflightFinding(.error, "csa-\(error.code)", .csaChanges, "CSA: \(error.message)", remedy: remedy)
    }

    /// What would be changed, and what only the fence keeps out.
    private func preflight(_ plan: CSAChangePlan) -> [PreflightFinding] {
        var findings: [PreflightFinding] = []
        for system in CSAChangePlan.systems {
            let changes = plan.changes.filter { $0.system == system }
            guard !changes.isEmpty else { continue }
            let names = changes.prefix(5).map { "'\($0.title)'" }.joined(separator: ", ")
            let more = changes.count > 5 ? " and \(changes.count - 5) more" : ""
            findings.append(
                PreflightFinding(
                    .note, system, .csaChanges, "\(changes.count) \(system) are changed: \(names)\(more)"))
        }
        for kind in CSAChangePlan.Finding.Kind.allCases {
            let of = plan.findings.filter { $0.kind == kind }
            for finding in of.prefix(CSASiteLimits.findingCountMax) {
                findings.append(
                    PreflightFinding(
                        .warning, "csa-\(kind.rawValue)", .csaChanges, finding.text, remedy: finding.remedy))
            }
            if of.count > CSASiteLimits.findingCountMax {
                findings.append(
                    PreflightFinding(
                        .warning, "csa-\(kind.rawValue)", .csaChanges,
                        "and \(of.count - CSASiteLimits.findingCountMax) more like the last", remedy: of[0].remedy))
            }
        }
        return findings
    }

    // MARK: The way out

    private func plan(_ record: MaintenanceRecord, _ keeper: JournalKeeper) async throws {
        var reading = try await reader.reading(unpublishes: record.plan.unpublishesOfferings)
        var plan = changePlan(reading, record.plan)
        if !plan.lacksHoldingPolicy.isEmpty {
            try await makeHoldingPolicies(plan.lacksHoldingPolicy)
            reading.policies = try await reader.policies()
            plan = changePlan(reading, record.plan)
            guard plan.lacksHoldingPolicy.isEmpty else {
                state.withLock { $0.misshapenAt = clocks.now().monotonic }
                throw CSAError(
                    .status,
                    "CSA does not show the policy '\(CSAChangePlan.holdingPolicyName)' as it was made: look at it")
            }
        }
        for finding in plan.findings.prefix(CSASiteLimits.findingCountMax) {
            logger.warning("left to the fence", metadata: ["what": "\(finding.text)", "remedy": "\(finding.remedy)"])
        }
        let kept = "\(plan.changes.count) changes of CSA planned, \(plan.findings.count) things left to the fence"
        try await apply(plan.changes, record, keeper)
        logger.notice("CSA is being closed", metadata: ["maintenance": "\(record.id)", "what": "\(kept)"])
        state.withLock { state in
            state.plannedAt = clocks.now().monotonic
            state.readAllAt = state.plannedAt
        }
    }

    /// Made once, for it is looked for right before; deleted when everything is back.
    ///
    /// One that CSA made in another way is taken away at once, and not tried again for a while: they would pile up.
    func makeHoldingPolicies(_ organizations: [CSAOrganizationID]) async throws {
        let now = clocks.now().monotonic
        let misshapen = CSAError(
            .status,
            "CSA does not make the policy '\(CSAChangePlan.holdingPolicyName)' as it is asked for: "
                + "\(site.userName) has to be one of its approvers; give that account a role in each organization, "
                + "or leave csa.policyElement out")
        let isResting = state.withLock { state in
            state.misshapenAt.map { now.since($0) < CSASiteLimits.misshapenPause } ?? false
        }
        if isResting { throw misshapen }
        for organization in organizations {
            guard permit(site.callDuration) == .yes else {
                throw CSAError(.status, "this replica's lead does not last long enough to change anything")
            }
            let draft = ApprovalPolicyDraft(holding: CSAChangePlan.holdingPolicyName, approvers: [site.userName])
            let policy = try await site.client.createPolicy(draft, in: organization)
            guard CSAChangePlan.isHolding(policy) else {
                state.withLock { $0.misshapenAt = now }
                try await site.client.deletePolicy(policy.id, of: organization)
                throw misshapen
            }
            let text = "made the approval policy \(policy.id) ('\(policy.displayName)') in organization \(organization)"
            try await store.commit(
                [.note(AuditNote(kind: "csa-policy-made", at: clocks.now().wall, by: .sluice, text: text))],
                fence: fence.current)
        }
    }

    func apply(
        _ changes: [PlannedChange], _ record: MaintenanceRecord, _ keeper: JournalKeeper
    ) async throws {
        guard !changes.isEmpty else { return }
        let answer = await keeper.apply(
            changes, of: record.id, by: .sluice, reason: MaintenanceGate.reason(of: record))
        switch answer {
        case .accepted, .nothingToDo: break
        case .taken(let owner): throw OutsideError(.status, "maintenance \(owner) has changed CSA: end it first")
        case .returning: throw OutsideError(.status, "the changes of this maintenance are on their way back")
        case .invalid(let cause): throw OutsideError(.status, "the plan cannot be carried out: \(cause)")
        case .notWritten(let cause): throw StoreError(.unavailable, cause)
        case .notAsked, .busy, .late: throw StoreError(.unavailable, "the journal is busy; it is asked again")
        }
    }

    private func made(_ wish: PartWish, _ record: MaintenanceRecord, _ keeper: JournalKeeper) -> PartReport {
        let status = keeper.status()
        let isOwn = status.owner == record.id
        // Nothing was to be changed: nothing is on record.
        let isMade = state.withLock { $0.plannedAt != nil || $0.watchedAt != nil } && (!isOwn || status.isMade)
        let blockers = blockers(status, record, keeper) + (wish.goal == .watched ? state.withLock { $0.watched } : [])
        let total = isOwn ? status.counts.values.reduce(0, +) : 0
        return PartReport(
            .init(
                goal: wish.goal, isReached: isMade, doneCount: isOwn ? status.counts[.done] ?? 0 : 0, totalCount: total,
                blockers: blockers))
    }
}
