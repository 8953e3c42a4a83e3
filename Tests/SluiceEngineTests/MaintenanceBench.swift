import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluiceTestKit
import Testing

/// A maintenance of OO between fakes.
extension EngineBench {
    static let ann = Principal("ann")

    /// With the services that a maintenance needs besides those of the bench.
    static func runMaintenances(
        _ setup: Setup = Setup(), _ body: @Sendable (EngineBench) async throws -> Void
    ) async throws {
        try await run(setup.ofMaintenances) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await lasts { try await bench.engine.maintenance.run() } }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    /// It should be over in four hours.
    var maintenancePlan: MaintenancePlan {
        MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift", systems: .ooOnly,
            expectedEnd: clocks.now().wall.advanced(by: .seconds(4 * 3600)))
    }

    func planMaintenance(_ change: (inout MaintenancePlan) -> Void = { _ in }) async throws -> MaintenanceID {
        var plan = maintenancePlan
        change(&plan)
        return try await engine.maintenance.plan(plan, by: Self.ann).get().id
    }

    func start(_ id: MaintenanceID) async throws { try await move(.start(available: engine.maintenance.parts), id) }

    func move(_ move: MaintenanceMove, _ id: MaintenanceID) async throws {
        let outcome = try await engine.maintenance.order(move, of: id, by: Self.ann, reason: "because")
        guard case .moved = outcome else {
            Issue.record("\(move): \(String(describing: outcome))")
            return
        }
    }

    func phase(_ id: MaintenanceID) async throws -> MaintenancePhase? { try await store.maintenance(id)?.phase }
}

extension EngineBench.Setup {
    /// What runs is seen whole, launches end at once, and nothing is caught up.
    var ofMaintenances: Self {
        var setup = self
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
            configuration.misfires = MisfirePolicies(standard: .skip)
        }
        setup.central.setOnStart { _, _ in .resolved }
        return setup
    }
}
