/// What asked for a launch (product.md, "source").
public enum LaunchSource: String, Hashable, Sendable, CaseIterable {
    /// A person in Central's user interface.
    case ui
    /// A program that calls Central's REST API.
    case api
    /// Central's own scheduler, Quartz, or any cron.
    case scheduler
    /// Cloud Service Automation.
    case csa
    /// A resource-pool sync on CSA's own clock.
    case resourcePoolSync = "resource-pool-sync"
    /// An order with a future start date.
    case futureOrder = "future-order"
    /// A gate step inside a flow, which does not know who started it.
    case flow
}

/// Who starts a held launch once it may.
public enum Launcher: String, Hashable, Sendable, CaseIterable {
    /// Sluice relaunches it in Central.
    case sluice
    /// Whoever asked is still waiting, or asks again.
    case caller
}

/// What a gate, or one scope of it, does with a launch request that no earlier rule answered.
public enum GateMode: String, Hashable, Sendable, CaseIterable {
    /// Launches proceed. A `hold` or `refuse` leaves it.
    case open
    /// Launches are kept durably until released. `open` leaves it.
    case hold
    /// Launches are rejected and nothing is kept. `open` leaves it.
    case refuse

    /// Whether a launch may pass without a rule of its own.
    public var isOpen: Bool { self == .open }
}
