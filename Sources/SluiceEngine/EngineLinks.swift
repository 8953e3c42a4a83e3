import Synchronization

/// The parts of an engine that others reach before they are made, or that are others each term; and what they allow.
struct EngineLinks: Sendable {
    let releaser = Link<Releaser>()
    let freezer = Link<ScheduleFreezer>()
    let keeper = Link<JournalKeeper>()
    let monitor = Link<StoreMonitor>()
    let maintenance = Link<MaintenanceKeeper>()
    let seat = Link<SeatKeeper>()
    let leader = Link<LeaderKeeper>()
    /// nil: one process has the store alone, and leads.
    let replicas: ReplicaConfiguration?

    /// Whether this replica does what one alone may.
    var isLeading: Bool { replicas == nil || leader.value?.term != nil }

    /// Whether something that may take so long may be done now, outside the store.
    func mayAct(for duration: Duration) -> Permit {
        replicas == nil ? .yes : leader.value?.mayAct(for: duration) ?? .no
    }

    /// The same of one effect.
    func permit() -> Permit { mayAct(for: replicas?.effectDuration ?? .zero) }

    /// The gate may have changed: it is read now, not only at the next renewal.
    func hurrySeat() { seat.value?.hurry() }
}

/// A reference that is set after both ends exist, and anew with each term of a leader.
final class Link<Target: AnyObject & Sendable>: Sendable {
    private let target = Mutex<Target?>(nil)

    var value: Target? { target.withLock { $0 } }

    func set(_ target: Target) { self.target.withLock { $0 = target } }
}
