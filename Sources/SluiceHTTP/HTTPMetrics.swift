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

    init(registry: PrometheusRegistry) {
        self.registry = registry
        seconds = Metrics.Timer(label: "sluice_decision_seconds", factory: registry)
    }

    func decided(_ decision: Decision, _ source: LaunchSource, took: Duration) {
        count(Key(decision: decision.word, reason: decision.code, source: source))
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
            let counter = Counter(
                label: "sluice_decisions_total",
                dimensions: [
                    ("decision", key.decision), ("reason", key.reason), ("source", key.source.rawValue),
                ], factory: registry)
            counters[key] = counter
            return counter
        }
        counter.increment()
    }

    /// The gauges, read when somebody looks: their cost does not depend on the number of holds.
    func render(_ engine: Engine) async throws -> String {
        let record = engine.gatekeeper.snapshot().record
        var extra: [(name: String, labels: [[String]], value: Double)] = [
            ("sluice_gate_mode", [["scope", "*"]], Self.value(record.whole.mode)),
            ("sluice_release_rate", [], Double(engine.configuration.release.ratePerMinute)),
            ("sluice_gate_epoch", [], Double(record.epoch.number)),
        ]
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
