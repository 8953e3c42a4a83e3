public import SluicePluginKit

/// Recognises CSA's resource pool syncs and gives each pool a coalesce key: of many syncs of one pool that were held,
/// only the newest is launched.
///
/// What is proven of them (csa-api.md section 8): a sync is an OO flow that gets the pool's id as `CSA_CONTEXT_ID`, and
/// is named like `vcenter_resource_sync`, in a namespace `…resourcesync`. Other flows of CSA get that input, too, for
/// another artifact: so what a sync is, is said by its flow, path or source, and can be configured.
public struct ResourcePoolSync: LaunchInterceptor {
    /// What makes a launch a pool sync: all that is given must match.
    public struct Rule: Hashable, Sendable {
        public var flow: FlowID?
        /// Over the flow's path, and its id.
        public var path: PathGlob?
        public var source: SluiceModel.LaunchSource?
        /// An input that must be there, with any value.
        public var input: String?

        public init(
            flow: FlowID? = nil, path: PathGlob? = nil, source: SluiceModel.LaunchSource? = nil, input: String? = nil
        ) {
            self.flow = flow
            self.path = path
            self.source = source
            self.input = input
        }

        func matches(_ launch: LaunchView) -> Bool {
            if let flow, launch.flow != flow { return false }
            if let path, !path.matches(launch.flowPath ?? ""), !path.matches(launch.flow.text) { return false }
            if let source, launch.source != source { return false }
            if let input, !launch.inputs.contains(where: { $0.name == input }) { return false }
            return true
        }
    }

    /// One match is enough.
    public var rules = ResourcePoolSync.standardRules
    /// The input that names the pool.
    public var poolInput = "CSA_CONTEXT_ID"
    public var keyPrefix = "pool:"
    /// Whether two flows that sync one pool are two things.
    public var isPerFlow = true
    public var priority: Priority?
    /// A sync held longer than this is not launched any more.
    public var expiresAfter: Duration?

    public init() {}

    /// By source, and by the names that shipped sync flows have.
    public static let standardRules: [Rule] =
        [Rule(source: .resourcePoolSync)]
        + ["**resourcesync**", "**resource_sync**"].compactMap { PathGlob($0).map { Rule(path: $0) } }

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        guard rules.contains(where: { $0.matches(launch) }) else { return .nothing }
        guard let pool = launch.value(of: poolInput), !pool.isEmpty else {
            return .annotate(LaunchAnnotations(), remark: "a pool sync whose pool is not in the input \(poolInput)")
        }
        guard let key = CoalesceKey(checking: keyPrefix + pool + (isPerFlow ? "@\(launch.flow)" : "")) else {
            throw OddPool(input: poolInput, byteCount: pool.utf8.count)
        }
        var annotations = LaunchAnnotations(coalesceKey: key, priority: priority)
        if let expiresAfter {
            // Counted from when it may start at all.
            annotations.expiresAt = max(now, launch.notBefore ?? now).advanced(by: expiresAfter)
        }
        if let end = annotations.expiresAt, !Timestamp.calendarYears.contains(end) { annotations.expiresAt = nil }
        return .annotate(annotations)
    }

    /// A pool whose id makes no key.
    struct OddPool: Error, CustomStringConvertible {
        let input: String
        let byteCount: Int

        var description: String {
            "the pool in \(input), of \(byteCount) bytes, is too long for a coalesce key or has a control character"
        }
    }
}

/// `kind: resource-pool-sync`.
public struct ResourcePoolSyncFactory: PluginFactory {
    public let kind = "resource-pool-sync"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary = "Of CSA's syncs of one resource pool only the newest that was held is launched."

    public init() {}

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        var plugin = ResourcePoolSync()
        let rules = settings.sections("syncs") { section -> ResourcePoolSync.Rule in
            let rule = ResourcePoolSync.Rule(
                flow: section.flow("flow"),
                path: section.glob("path"),
                source: section.parsed("source", expected: "a source such as csa") {
                    SluiceModel.LaunchSource(rawValue: $0)
                },
                input: section.text("input"))
            if rule == ResourcePoolSync.Rule() {
                section.complain(nil, "needs a condition: flow, path, source or input")
            }
            return rule
        }
        if !rules.isEmpty { plugin.rules = rules }
        plugin.poolInput = settings.text("poolInput", default: plugin.poolInput)
        plugin.keyPrefix = settings.text("keyPrefix", default: plugin.keyPrefix)
        plugin.isPerFlow = settings.flag("perFlow", default: plugin.isPerFlow)
        plugin.priority = settings.priority("priority")
        plugin.expiresAfter = settings.duration("expiresAfter")
        return PluginParts(interceptor: plugin)
    }
}
