import CoreMetrics
import Metrics
import SluiceModel

/// The metrics of interfaces.md that the engine counts.
struct EngineMetrics: Sendable {
    private let factory: any MetricsFactory
    private let launched: Counter
    private let commitSeconds: Metrics.Timer
    private let closeSeconds: Metrics.Timer

    init(factory: any MetricsFactory) {
        self.factory = factory
        launched = Counter(label: "sluice_release_launched_total", factory: factory)
        commitSeconds = Metrics.Timer(label: "sluice_hold_commit_seconds", factory: factory)
        closeSeconds = Metrics.Timer(label: "sluice_close_acknowledged_seconds", factory: factory)
    }

    /// Notes what became of one start.
    func landed(_ outcome: LaunchOutcome) {
        switch outcome {
        case .started: launched.increment()
        case .notSent: failed("not-sent")
        case .refused: failed("refused")
        case .refusedForNow: failed("refused-for-now")
        case .unknown: failed("unknown")
        }
    }

    /// Notes what the release has written.
    func committed(_ changes: [Change]) {
        for case .moveHold(let move) in changes {
            switch move.to {
            case .awaitingOperator: failed("awaits-operator")
            case .ended where move.update.result == .error || move.update.result == .systemFailure:
                failed("ended-badly")
            default: break
            }
        }
    }

    private func failed(_ reason: String) {
        Counter(label: "sluice_release_failed_total", dimensions: [("reason", reason)], factory: factory).increment()
    }

    /// Notes one missed time of a schedule.
    func missed(_ time: MissedTime) { misfired(String(time.policy.prefix { $0 != " " })) }

    /// Notes one held launch of a schedule that a policy was applied to.
    func misfired(_ policy: MisfirePolicy) { misfired(policy.word) }

    private func misfired(_ policy: String) {
        Counter(label: "sluice_schedule_misfires_total", dimensions: [("policy", policy)], factory: factory)
            .increment()
    }

    /// Notes how long the commit of a hold took.
    func committed(_ changes: [Change], took: Duration) {
        let hasHold = changes.contains { if case .addHold = $0 { true } else { false } }
        guard hasHold else { return }
        let (seconds, attoseconds) = took.components
        commitSeconds.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// Notes how long a close took until no replica could say `proceed` any more.
    func closed(took: Duration) {
        let (seconds, attoseconds) = took.components
        closeSeconds.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
