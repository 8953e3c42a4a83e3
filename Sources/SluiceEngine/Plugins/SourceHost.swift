import CoreMetrics
import Logging
public import ServiceLifecycle
import SluiceCore
import SluiceModel
import SluicePluginKit
import SluicePorts

/// Runs the plugins that ask by themselves: each on threads of its own, started again after a growing pause when it
/// ends, cancelled and given up on when Sluice stops.
public final class SourceHost: Service {
    private let asker: SourceAsker.Parts
    private let sources: [HostedPlugin]
    private let clocks: any Clocks
    private let logger: Logger
    private let metrics: PluginMetrics

    init(_ plugins: [HostedPlugin], asker: SourceAsker.Parts, logger: Logger, metricsFactory: any MetricsFactory) {
        sources = plugins.filter { $0.source != nil }
        self.asker = asker
        clocks = asker.clocks
        self.logger = logger
        metrics = PluginMetrics(factory: metricsFactory)
    }

    var isEmpty: Bool { sources.isEmpty }

    /// How each source that is no interceptor besides is doing.
    public func conditions() -> [PluginState] {
        sources.filter { $0.interceptor == nil }.map { plugin in
            PluginState(
                name: plugin.name, kind: plugin.kind, version: plugin.version, summary: plugin.summary,
                isInterceptor: false, isSource: true, onFault: plugin.onFault, budget: plugin.budget, answerCount: 0,
                faultCount: 0, hangingCount: 0)
        }
    }

    public func run() async throws {
        let runs = sources.compactMap { plugin in
            plugin.source.map { source in (source, SourceAsker(asker, plugin.name), PluginThreads(), plugin.name) }
        }
        let tasks = runs.map { source, asker, threads, name in
            // why: a source that does not end when it is told to must not keep Sluice from ending.
            Task(executorPreference: threads) { [self] in await keep(source, asker, name) }
        }
        try? await gracefulShutdown()
        for (_, asker, _, _) in runs { asker.stop() }
        let deadline = clocks.now().monotonic.advanced(by: PluginHostLimits.stopDuration)
        for task in tasks { task.cancel() }
        for task in tasks { await Abandonment.wait(for: task, until: deadline, clocks: clocks) }
    }

    private func keep(
        _ source: any SluicePluginKit.LaunchSource, _ asker: SourceAsker, _ name: String
    ) async {
        var pause = PluginHostLimits.sourcePause
        while !Task.isCancelled {
            let began = clocks.now().monotonic
            var cause = "it returned"
            do {
                try await source.run(asking: asker)
            } catch {
                cause = "it threw \(error)"
            }
            guard !Task.isCancelled else { return }
            if clocks.now().monotonic.since(began) >= PluginHostLimits.sourcePauseMax {
                pause = PluginHostLimits.sourcePause
            }
            logger.warning(
                "a source ended and is started again",
                metadata: ["plugin": "\(name)", "cause": "\(PluginNote.line(cause))", "after": "\(pause)"])
            metrics.restarted(name)
            try? await clocks.sleep(until: clocks.now().monotonic.advanced(by: pause))
            pause = min(pause + pause, PluginHostLimits.sourcePauseMax)
        }
    }
}
