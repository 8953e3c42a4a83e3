import Metrics
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import Synchronization

/// The metrics of interfaces.md that the HTTP side counts.
final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        var decision: String
        var reason: String
        var source: LaunchSource
    }

    private let registry: PrometheusRegistry
    private let counters = Mutex<[Key: Counter]>([:])
    private let seconds: Metrics.Timer
    /// Of what the open gate lets through, by source: asked for so often that they are not looked up.
    private let opens: [LaunchSource: Counter]

    init(registry: PrometheusRegistry) {
        self.registry = registry
        seconds = Metrics.Timer(label: "sluice_decision_seconds", factory: registry)
        let decision = Decision.proceed(.open)
        opens = Dictionary(
            uniqueKeysWithValues: LaunchSource.allCases.map { source in
                (source, Self.counter(Key(decision: decision.word, reason: decision.code, source: source), registry))
            })
    }

    func decided(_ decision: Decision, _ source: LaunchSource, took: Duration) {
        if decision == .proceed(.open) {
            opens[source]?.increment()
        } else {
            count(Key(decision: decision.word, reason: decision.code, source: source))
        }
        seconds.recordNanoseconds(took.components.seconds * 1_000_000_000 + took.components.attoseconds / 1_000_000_000)
    }

    func refused(_ refusal: Refusal, _ source: LaunchSource) {
        count(Key(decision: "none", reason: AnswerCodec.problem(refusal).type, source: source))
    }

    /// A launch that its asker started without a decision.
    func ranUnasked(_ source: LaunchSource) { count(Key(decision: "none", reason: "fail-open", source: source)) }

    private func count(_ key: Key) {
        let counter = counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = Self.counter(key, registry)
            counters[key] = counter
            return counter
        }
        counter.increment()
    }

    private static func counter(_ key: Key, _ registry: PrometheusRegistry) -> Counter {
        Counter(
            label: "sluice_decisions_total",
            dimensions: [
                ("decision", key.decision), ("reason", key.reason), ("source", key.source.rawValue),
            ], factory: registry)
    }

    /// The gauges, read when somebody looks: their cost does not depend on the number of holds.
    func render(_ engine: Engine) async throws -> String {
        let record = engine.gatekeeper.snapshot().record
        let release = try await engine.releaseStatus()
        var extra: [(name: String, labels: [[String]], value: Double)] = [
            ("sluice_gate_mode", [["scope", "*"]], Self.value(record.whole.mode)),
            ("sluice_release_rate", [], release.stop == nil ? Double(release.record.ratePerMinute) : 0),
            ("sluice_release_state", [["state", release.record.stage.rawValue]], 1),
            ("sluice_gate_epoch", [], Double(record.epoch.number)),
        ]
        // One at a time is under way; 0 everywhere when none is.
        let phase = engine.maintenance.underWay()?.phase
        for one in MaintenancePhase.allCases {
            extra.append(("sluice_maintenance_phase", [["phase", one.rawValue]], one == phase ? 1 : 0))
        }
        extra.append(("sluice_journal_open", [], Double(engine.openChangeCount)))
        for scope in record.scopes {
            extra.append(
                ("sluice_gate_mode", [["scope", scope.scope?.description ?? "*"]], Self.value(scope.mode)))
        }
        let counts = try await engine.store.counts()
        for state in HoldState.allCases {
            for source in LaunchSource.allCases {
                let count = counts.total(state, source)
                guard count > 0 || state == .held else { continue }
                extra.append(
                    (
                        "sluice_holds", [["state", state.rawValue], ["source", source.rawValue]], Double(count)
                    ))
            }
        }
        // What nothing but a person moves (R20): holds that await one, and all that waits for a release that is
        // stopped.
        let isStopped = !release.record.stage.letsStart || release.trouble != nil
        let waiting = isStopped ? counts.total(.held) + counts.total(.released) : 0
        extra.append(("sluice_release_stuck", [], Double(counts.total(.awaitingOperator) + waiting)))
        let oldest = try await engine.store.oldestHeld()
        let age = oldest.map { engine.clocks.now().wall.since($0).components.seconds } ?? 0
        extra.append(("sluice_oldest_hold_seconds", [], Double(max(0, age))))
        return registry.render(extra: extra)
    }

    /// 0 open, 1 hold, 2 refuse.
    private static func value(_ mode: GateMode) -> Double {
        switch mode {
        case .open: 0
        case .hold: 1
        case .refuse: 2
        }
    }
}
