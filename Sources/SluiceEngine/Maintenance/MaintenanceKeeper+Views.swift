public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// A maintenance as it is shown.
public struct MaintenanceView: Hashable, Sendable {
    public var record: MaintenanceRecord
    /// How its parts stand, in the order in which they are wished; empty where another replica leads.
    public var parts: [PartView]
    /// What it waits for; empty where another replica leads.
    public var blockers: [MaintenanceBlocker]
    /// How many more there are than are named.
    public var unnamedBlockerCount: Int

    /// One part with what is wanted of it.
    public struct PartView: Hashable, Sendable {
        public var wish: PartWish
        /// nil: not seen yet.
        public var fact: MaintenanceFacts.Fact?
    }
}

extension MaintenanceKeeper {
    /// One maintenance; nil: there is none of that id.
    /// - Throws: `StoreError`.
    public func view(_ id: MaintenanceID) async throws -> MaintenanceView? {
        if let view = state.withLock({ $0.machines[id].map { self.view($0) } }) { return view }
        return try await store.maintenance(id).map {
            MaintenanceView(record: $0, parts: [], blockers: [], unnamedBlockerCount: 0)
        }
    }

    /// Maintenances, those that are not over first, then the newest first; at most `MaintenanceLimits.listCountMax`.
    /// - Throws: `StoreError`.
    public func list() async throws -> [MaintenanceRecord] {
        try await store.maintenances(limit: MaintenanceLimits.listCountMax)
    }

    private func view(_ machine: MaintenanceState) -> MaintenanceView {
        MaintenanceView(
            record: machine.record,
            parts: machine.wishes.map { wish in
                MaintenanceView.PartView(wish: wish, fact: machine.facts.fact(of: wish.part, for: wish.goal))
            }, blockers: machine.blockers(at: clocks.now().wall), unnamedBlockerCount: machine.unnamedBlockerCount)
    }
}
