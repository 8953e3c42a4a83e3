import CSALifecycle
import FutureOrders
import ResourcePoolSync
import Scheduler
import SluiceContent
public import SluicePluginKit
import Webhook

/// The plugins that this Sluice has. A plugin of yours is a dependency in `Package.swift` and a line here
/// (docs/plugins.md).
public enum PluginList {
    /// Sorted by kind.
    public static let all: [any PluginFactory] = [
        CSALifecycleFactory(),
        FutureOrdersFactory(zones: { SystemTimeZones.shared.zone($0) }),
        ResourcePoolSyncFactory(),
        SchedulerFactory(),
        WebhookFactory(),
    ]
}
