import CoreMetrics
import Logging
import Metrics
public import ServiceLifecycle
import SluiceCore
public import SluiceModel
import SluicePluginKit
import SluicePorts

/// Rule 5: asks the interceptors about a launch, in the configured order, and puts together what they say.
///
/// However they behave, an answer comes within the time of the whole chain; what a failing one means for the launch is
/// its fault policy. One that says no ends the questions.
public final class PluginChain: Service {
    private let lanes: [PluginLane]
    private let budget: Duration
    private let clocks: any Clocks
    private let logger: Logger
    private let metrics: PluginMetrics

    init(
        _ plugins: [HostedPlugin], budget: Duration, clocks: any Clocks, logger: Logger,
        metricsFactory: any MetricsFactory
    ) {
        lanes = plugins.compactMap { PluginLane($0, clocks: clocks) }
        self.budget = budget
        self.clocks = clocks
        self.logger = logger
        metrics = PluginMetrics(factory: metricsFactory)
    }

    /// Whether there is anybody to ask.
    var isEmpty: Bool { lanes.isEmpty }

    /// Which launches anybody is asked about.
    var matches: [LaunchMatch] {
        lanes.flatMap { $0.plugin.matches.isEmpty ? [LaunchMatch()] : $0.plugin.matches }
    }

    /// How each interceptor is doing, in the order in which they are asked.
    public func conditions() -> [PluginState] {
        let now = clocks.now().monotonic
        return lanes.map { $0.condition(at: now) }
    }

    /// What the interceptors make of one launch.
    func annotate(_ ask: Ask) async -> Annotation {
        let end = clocks.now().monotonic.advanced(by: budget)
        var sum = LaunchAnnotations()
        var request = ask.request
        var notes: [PluginNote] = []
        var isHeld = false
        for lane in lanes where lane.plugin.isAskedAbout(ask.request, by: ask.principal) {
            let plugin = lane.plugin
            let began = clocks.now().monotonic
            let view = LaunchView(request, principal: ask.principal, contentPack: ask.contentPack)
            let answer = await lane.ask(view, until: min(began.advanced(by: plugin.budget), end)) { said in
                PluginChain.garbage(in: said, beside: request)
            }
            metrics.asked(plugin, answer, took: clocks.now().monotonic.since(began))
            switch answer {
            case .said(.reject(let reason)):
                notes.append(PluginNote(plugin: plugin.name, outcome: .rejected, text: reason))
                return .rejected(notes: notes)
            case .said(.annotate(let annotations, let remark)):
                let counting = annotations.counting(for: request, isPriorityTaken: sum.priority != nil)
                let text = [counting.sentence, remark ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
                if !text.isEmpty { notes.append(PluginNote(plugin: plugin.name, outcome: .annotated, text: text)) }
                sum.add(counting)
                request = ask.request
                request.annotate(sum)
            case .failed(let fault):
                tell(fault, of: plugin, ask)
                switch plugin.onFault {
                case .skip: notes.append(PluginNote(plugin: plugin.name, outcome: .skipped, text: fault.text))
                case .hold:
                    notes.append(PluginNote(plugin: plugin.name, outcome: .held, text: fault.text))
                    isHeld = true
                case .reject:
                    notes.append(PluginNote(plugin: plugin.name, outcome: .refused, text: fault.text))
                    return .rejectedByFault(notes: notes)
                }
            }
        }
        return isHeld ? .heldByFault(sum, notes: notes) : .annotated(sum, notes: notes)
    }

    /// What no plugin may say.
    private static func garbage(in said: Interception, beside request: LaunchRequest) -> String? {
        switch said {
        case .annotate(let annotations, _): annotations.fault(beside: request)
        case .reject(let reason): reason.isEmpty ? "it rejected the launch without a reason" : nil
        }
    }

    private func tell(_ fault: PluginFault, of plugin: HostedPlugin, _ ask: Ask) {
        // One that rests is told of once, when its breaker opened.
        let level: Logger.Level = fault.kind == .resting ? .debug : .warning
        logger.log(
            level: level, "a plugin failed",
            metadata: [
                "plugin": "\(plugin.name)", "fault": "\(fault.kind.rawValue)", "policy": "\(plugin.onFault.rawValue)",
                "cause": "\(PluginNote.line(fault.text))", "flow": "\(ask.request.flow)",
            ])
    }

    /// Lasts until it is stopped; then ends what the plugins hold, each in a time of its own.
    public func run() async throws {
        try? await gracefulShutdown()
        await withDiscardingTaskGroup { group in
            for lane in lanes { group.addTask { await lane.stop() } }
        }
    }
}

/// What plugins do, counted.
struct PluginMetrics: Sendable {
    let factory: any MetricsFactory

    func asked(_ plugin: HostedPlugin, _ answer: PluginAnswer, took: Duration) {
        let outcome: String
        switch answer {
        case .said(.annotate(let annotations, _)):
            outcome = annotations == LaunchAnnotations() ? "nothing" : "annotated"
        case .said(.reject): outcome = "rejected"
        case .failed(let fault):
            outcome = "fault"
            Counter(
                label: "sluice_plugin_faults_total",
                dimensions: [
                    ("plugin", plugin.name), ("fault", fault.kind.rawValue), ("policy", plugin.onFault.rawValue),
                ], factory: factory
            ).increment()
        }
        Counter(
            label: "sluice_plugin_answers_total", dimensions: [("plugin", plugin.name), ("outcome", outcome)],
            factory: factory
        ).increment()
        let (seconds, attoseconds) = took.components
        Metrics.Timer(label: "sluice_plugin_seconds", dimensions: [("plugin", plugin.name)], factory: factory)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func restarted(_ source: String) {
        Counter(label: "sluice_plugin_restarts_total", dimensions: [("plugin", source)], factory: factory).increment()
    }

    /// The same series as of questions over HTTP.
    func decided(_ decision: Decision, _ source: SluiceModel.LaunchSource) {
        Counter(
            label: "sluice_decisions_total",
            dimensions: [
                ("decision", decision.word), ("reason", decision.code), ("source", source.rawValue),
            ], factory: factory
        ).increment()
    }
}
