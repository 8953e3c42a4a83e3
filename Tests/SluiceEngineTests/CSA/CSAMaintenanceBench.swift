import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// A site of fakes with CSA: policies of each kind, offerings that have them, and a maintenance that is driven on.
final class CSAMaintenanceBench: Sendable {
    static let ann = Principal("ann")
    static let catalog = CSACatalogID("c1")

    let world: CSAWorld
    private let held: Mutex<EngineBench.Setup>

    var setup: EngineBench.Setup {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    init() throws {
        var setup = EngineBench.Setup()
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
        }
        setup.central.setOnStart { _, _ in .resolved }
        world = CSAWorld(clocks: setup.clocks)
        setup.csa = CSASite(
            client: world, userName: "svc", pollInterval: .seconds(1), readsAssignments: true)
        held = Mutex(setup)
        add("automatic", isAutomatic: true)
        add("timed", isAutomatic: true, days: 3, approvers: ["chief"])
        add("by-hand", isAutomatic: false, approvers: ["chief"])
        add("nobody", isAutomatic: true, approvers: [])
        add("delegated", .delegated, isAutomatic: false, approvers: [])
        let catalog = CSACatalog(id: Self.catalog, name: "c1", displayName: "Catalog", isShared: false)
        world.fake.put(catalog, categories: ["CRM"])
        publish("automatic-offer", policy: "automatic")
        publish("delegated-offer", policy: "delegated")
        publish("hand-offer", policy: "by-hand")
        publish("free-offer", policy: nil)
    }

    // MARK: CSA

    func add(
        _ id: String, _ kind: ApprovalPolicy.Kind = .namedApprover, isAutomatic: Bool, days: Int = 0,
        approvers: [String] = ["boss"], in organization: CSAOrganization = CSAWorld.consumer
    ) {
        var policy = ApprovalPolicy(
            id: ApprovalPolicyID(id), organizationID: organization.id, kind: kind, name: "\(id)_1",
            displayName: id, isAutomatic: isAutomatic)
        policy.automaticPeriodDays = days
        policy.automaticDecision = .approved
        policy.approvers = approvers
        policy.minApprovalsRequired = approvers.isEmpty ? 0 : 1
        policy.record = "<\(id)/>"
        world.fake.put(policy)
    }

    func publish(_ id: String, policy: String?, in catalog: CSACatalogID = catalog) {
        var offering = CSAOffering(
            id: CSAOfferingID(id), name: "\(id) name", displayName: id, catalogID: catalog)
        offering.categoryName = "CRM"
        offering.hasApproval = policy != nil
        offering.policyIDs = policy.map { [ApprovalPolicyID($0)] } ?? []
        world.fake.publish(offering)
    }

    /// Has a request wait for a person of the consumers; nil: CSA does not show since when.
    func park(_ name: String, for approver: String, at time: Timestamp?) {
        var request = CSARequest(id: CSARequestID(name), name: name, state: .pendingApproval, submitter: "ann")
        request.createdAt = time
        var approval = CSAApproval(id: CSAApprovalID("a-\(name)"), catalogID: Self.catalog)
        approval.createdAt = time
        approval.requestID = request.id
        let organization = CSAWorld.consumer.name
        world.fake.park(
            request, of: CSAUser(userName: "ann", organizationName: organization),
            for: CSAUser(userName: approver, organizationName: organization), approval)
    }

    /// Approvals that were decided by us, in order.
    var decided: [String] {
        world.fake.changes.compactMap { if case .decide(let id, _) = $0 { id.text } else { nil } }
    }

    func blockers(_ id: MaintenanceID, _ bench: EngineBench) async throws -> [String] {
        try await bench.engine.maintenance.view(id)?.blockers.map(\.name) ?? []
    }

    func policy(_ id: String) -> ApprovalPolicy? { world.fake.policies.first { $0.id.text == id } }

    func edit(_ id: String, _ body: (inout ApprovalPolicy) -> Void) throws {
        var policy = try #require(self.policy(id))
        body(&policy)
        world.fake.put(policy)
    }

    func offering(_ id: String) async throws -> (policyIDs: [String]?, name: String) {
        let offering = try #require(try await world.offering(CSAOfferingID(id), in: Self.catalog))
        return (offering.policyIDs?.map(\.text), offering.name)
    }

    /// All of CSA that a person decides about, but for when it changed.
    func image() async throws -> [String] {
        let policies = world.fake.policies.sorted { $0.id < $1.id }.map { policy in
            "\(policy.id) " + policy.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }
        var offerings: [String] = []
        for listed in try await world.offerings(of: Self.catalog).sorted(by: { $0.id < $1.id }) {
            let detail = try await offering(listed.id.text)
            offerings.append("\(listed.id) \(listed.categoryName ?? "") \(detail.policyIDs ?? [])")
        }
        return policies + offerings
    }

    // MARK: Sluice

    /// With the services that a maintenance needs besides those of the bench.
    func run(_ body: @Sendable (EngineBench) async throws -> Void) async throws {
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await EngineBench.lasts { try await bench.engine.maintenance.run() } }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    private func plan(
        _ bench: EngineBench, _ change: (inout MaintenancePlan) -> Void = { _ in }
    ) async throws -> MaintenanceID {
        let now = bench.clocks.now().wall
        var plan = MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift",
            // Far off: a start is refused after it, and the clock goes on while a busy machine keeps whoever orders it.
            expectedEnd: now.advanced(by: .seconds(100 * 3600)))
        change(&plan)
        return try await bench.engine.maintenance.plan(plan, by: Self.ann).get().id
    }

    func start(
        _ bench: EngineBench, _ change: (inout MaintenancePlan) -> Void = { _ in }
    ) async throws -> MaintenanceID {
        let id = try await plan(bench, change)
        try await move(.start(available: bench.engine.maintenance.parts), id, bench)
        return id
    }

    func move(_ move: MaintenanceMove, _ id: MaintenanceID, _ bench: EngineBench) async throws {
        let outcome = try await bench.engine.maintenance.order(move, of: id, by: Self.ann, reason: "because")
        guard case .moved = outcome else {
            Issue.record("\(move): \(String(describing: outcome))")
            return
        }
    }

    func advance(
        _ bench: EngineBench, to phase: MaintenancePhase, _ id: MaintenanceID, step: Duration = .seconds(1)
    ) async throws {
        try await until("\(phase)", bench, id, step: step) {
            let now = try await bench.store.maintenance(id)?.phase
            return now == phase || now?.isFinal == true
        }
        let now = try await bench.store.maintenance(id)?.phase
        if now != phase { Issue.record("\(String(describing: now)), not \(phase)") }
    }

    /// Moves the clock until something is so; tells what it waits for when that takes too long.
    func until(
        _ what: String, _ bench: EngineBench, _ id: MaintenanceID, step: Duration = .seconds(1),
        _ isSo: () async throws -> Bool
    ) async throws {
        do {
            try await bench.advance(by: step, until: isSo)
        } catch is EngineBench.Overdue {
            let view = try await bench.engine.maintenance.view(id)
            let blockers = view?.blockers.map(\.text) ?? []
            let parts = view?.parts.map { "\($0.wish.part) \(String(describing: $0.fact))" } ?? []
            Issue.record("\(String(describing: view?.record.phase)), not \(what): \(blockers), \(parts)")
            throw EngineBench.Overdue()
        }
    }

    /// A whole maintenance in which the service loses its store after so many commits, as good as dead.
    /// - Returns: The store as it was left, and the maintenance; nil: it died before there was one.
    func runUntilItDies(after count: Int) async throws -> (store: InMemoryStore, id: MaintenanceID?) {
        let store = setup.store
        let found = Mutex<MaintenanceID?>(nil)
        try await run { bench in
            store.pauseCommits(after: count)
            // why: what it waits for may never be answered by what is dead.
            let driver = Task { [self] in
                let id = try await plan(bench)
                let keeper = bench.engine.maintenance
                _ = try await keeper.order(.start(available: keeper.parts), of: id, by: Self.ann, reason: "upgrade")
                while try await store.maintenance(id)?.phase != .quiesced {
                    try Task.checkCancellation()
                    await letOthersRun(turns: 50)
                }
                _ = try await keeper.order(.resume, of: id, by: Self.ann, reason: "it is up")
            }
            // Dead, or it came to its end before that.
            do {
                try await bench.advance(by: .seconds(1)) {
                    let all = try await store.maintenances(limit: 1)
                    found.withLock { $0 = all.first?.id }
                    return store.pausedCommitCount > 0 || all.first?.phase == .completed
                }
            } catch {
                let all = try await store.maintenances(limit: 1)
                Issue.record("it neither died nor ended: \(all.map(\.phase)), \(all.map { $0.steps.map(\.cause) })")
            }
            driver.cancel()
            store.lose()
        }
        return (store.copy(), found.withLock { $0 })
    }
}
