import SluiceModel
import SluicePorts

/// What a pack would mean for the launches that wait.
public struct PackImpact: Hashable, Sendable {
    /// Waiting holds that the release would stop instead of launching them.
    public var stoppedCount: Int
    /// Whether all waiting holds were looked at, not just the first `EngineLimits.impactHoldCountMax`.
    public var isComplete: Bool

    public init(stoppedCount: Int, isComplete: Bool) {
        self.stoppedCount = stoppedCount
        self.isComplete = isComplete
    }
}

extension Engine {
    /// Counts the holds that would be stopped if a pack were loaded, by the rule of the release itself.
    /// - Throws: `StoreError`.
    public func impact(of content: PackShelf.Content) async throws -> PackImpact {
        let inventory = packs.inventory(with: content)
        var impact = PackImpact(stoppedCount: 0, isComplete: true)
        var query = HoldQuery(states: [.held, .released], limit: HoldQuery.limitMax)
        for _ in 0..<(EngineLimits.impactHoldCountMax / HoldQuery.limitMax) {
            let page = try await store.holds(query)
            impact.stoppedCount += page.holds.count { hold in
                !FlowCompatibility.incompatibilities(of: hold.request, to: inventory[hold.request.flow]).isEmpty
            }
            guard let next = page.next else { return impact }
            query.after = next
        }
        impact.isComplete = false
        return impact
    }
}
