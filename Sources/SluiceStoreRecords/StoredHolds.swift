package import SluiceModel

/// What both durable stores say of holds in SQL, word for word: an index serves a query with the same terms.
package enum StoredHolds {
    /// States that later holds of an ordering key wait for.
    package static let openStates = "('held', 'released', 'launching', 'running', 'awaiting-operator')"
    /// States from which a hold can be released or can expire.
    package static let waitingStates = "('held', 'released')"
    /// Whose turn it is that Sluice may act on: a hold released to its caller has nothing more to wait for.
    package static let releasable =
        "is_head = 1 AND state IN \(waitingStates) AND (state = 'held' OR launcher = 'sluice')"
    /// Holds that may stand for older ones with their coalesce key.
    package static let representing = "coalesce_key IS NOT NULL AND launcher = 'sluice' AND state IN \(openStates)"

    /// Waiting holds that are times their schedules missed.
    package static let missed = "state = 'held' AND is_missed_time = 1"

    /// A lane as the column `tenant` has it: empty without a tenant.
    package static func tenant(_ lane: LaneID) -> String { lane.tenant?.text.storable ?? "" }

    package static func lane(_ tenant: String) -> LaneID { LaneID(tenant.isEmpty ? nil : TenantID(tenant)) }
}
