import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func maintenance(
        _ name: String, at seconds: Int64 = 0, revision: Int = 1, _ phase: MaintenancePhase = .planned
    ) -> MaintenanceRecord {
        var plan = MaintenancePlan(
            title: "Upgrade", reason: "why \u{0}", owner: "night shift", systems: .ooOnly, scope: .contentPack("Base"),
            startsAt: .after(10), expectedEnd: .after(3600))
        plan.window = WindowID("w_1")
        plan.drainSeconds = 600
        plan.onDeadline = .abort
        plan.csaMode = .accept
        plan.unpublishesOfferings = true
        plan.replaysParkedRequests = false
        var record = MaintenanceRecord(
            id: MaintenanceID(name), plan: plan, by: .fixture, plannedAt: .after(seconds))
        record.revision = revision
        guard revision > 1 else { return record }
        record.phase = phase
        record.phaseSince = .after(50)
        record.startedAt = .after(40)
        record.isAborting = true
        record.available = [.gate, .ooDrain]
        record.steps.append(MaintenanceStep(phase: phase, at: .after(50), by: .fixture, cause: "because"))
        record.waivers = [
            MaintenanceWaiver(blocker: "execution/7", at: .after(60), by: .fixture, reason: "it may")
        ]
        let whole = ScopeMode(scope: nil, mode: .open, since: start, by: .fixture, reason: "first")
        let scope = ScopeMode(scope: .source(.csa), mode: .refuse, since: start, by: .fixture, reason: "theirs")
        record.gateBefore = GateModes(whole: whole, scopes: [scope])
        record.csaInstances = [CSAInstanceID("a"), CSAInstanceID("b")]
        record.csaReadAt = .after(6)
        record.doorsShutAt = .after(7)
        record.openedAt = .after(70)
        record.deadlineAskedAt = .after(80)
        record.remindedAt = .after(90)
        return record
    }

    /// Maintenances.
    static let maintenanceChecks: [Check] = [
        Check("R34 maintenances are kept as they were put last, with all they hold") { store in
            try requireEqual(try await store.maintenances(limit: 10), [], "none")
            try requireEqual(try await store.maintenance(MaintenanceID("m1")), nil, "none")
            try await store.commit(.putMaintenance(maintenance("m1")), .putMaintenance(maintenance("m2", at: 5)))
            let changed = maintenance("m2", at: 5, revision: 2, .drainingOO)
            try await store.commit(.putMaintenance(changed))
            try requireEqual(try await store.maintenance(MaintenanceID("m2")), changed, "as it was put")
            try requireEqual(
                try await store.maintenances(limit: 10), [changed, maintenance("m1")], "the newest first")
            let over = maintenance("m2", at: 5, revision: 3, .completed)
            try await store.commit(.putMaintenance(over))
            try requireEqual(try await store.maintenances(limit: 10), [maintenance("m1"), over], "open ones first")
            try requireEqual(try await store.maintenances(limit: 1), [maintenance("m1")], "cut")
            try requireEqual(try await store.maintenances(limit: 0), [], "none")
        },
        Check("a maintenance that another wrote meanwhile is a conflict") { store in
            try await requireRefusal(.conflict, "not from 1", store, [.putMaintenance(maintenance("m1", revision: 2))])
            try await store.commit(.putMaintenance(maintenance("m1")))
            try await requireRefusal(.conflict, "twice", store, [.putMaintenance(maintenance("m1"))])
            try await requireRefusal(
                .conflict, "all or none", store,
                [
                    .putMaintenance(maintenance("m1", revision: 2, .closingCSA)),
                    .putMaintenance(maintenance("m2", revision: 2)),
                ])
            try requireEqual(try await store.maintenances(limit: 10), [maintenance("m1")], "what is left")
        },
    ]
}
