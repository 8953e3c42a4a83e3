public import SluiceModel

/// What a policy makes of the missed times of one schedule: one table, for Central's schedules and for those beside it.
///
/// However late the opening comes, nothing but the policy counts: no scheduler's threshold does (R27).
public enum MisfireDecision {
    /// What becomes of one missed time.
    public enum Verdict: Hashable, Sendable {
        /// It is launched, with its nominal time.
        case launch
        /// The policy is `skip`.
        case skip
        /// A newer time, at this place of the list, stands for it.
        case coalesce(into: Int)
        /// It is older than the policy allows.
        case tooOld
    }

    /// One verdict for each time, in the same order.
    /// - Parameters:
    ///   - times: Of one schedule, oldest first.
    ///   - now: When a launch could start.
    public static func decide(_ times: [Timestamp], _ policy: MisfirePolicy, at now: Timestamp) -> [Verdict] {
        switch policy {
        case .skip: return times.map { _ in .skip }
        case .all: return times.map { _ in .launch }
        case .latest:
            return times.indices.map { $0 == times.count - 1 ? .launch : .coalesce(into: times.count - 1) }
        case .notOlderThan(let seconds):
            return times.map { now.since($0) <= .seconds(seconds) ? .launch : .tooOld }
        }
    }
}
