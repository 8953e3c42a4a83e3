import SluiceConfig
import SluiceEngine
import SluiceModel
import SluicePluginKit

/// Makes the configured plugins, each by the factory of its kind.
enum PluginLoading {
    /// - Throws: `ServiceError` that names every wrong setting with its line; then no plugin is used.
    static func load(
        _ plugins: [SluiceConfiguration.Plugin], chainMilliseconds: Int, factories: [any PluginFactory]
    ) throws -> [HostedPlugin] {
        var hosted: [HostedPlugin] = []
        var faults: [Diagnostic] = []
        for plugin in plugins {
            func fault(_ message: String) {
                var place = plugin.place
                place.message = message
                faults.append(place)
            }
            guard let factory = factories.first(where: { $0.kind == plugin.kind }) else {
                fault(
                    "there is no plugin of the kind \"\(plugin.kind)\"; there are "
                        + factories.map(\.kind).joined(separator: ", "))
                continue
            }
            guard factory.api.isServed() else {
                fault(
                    "the plugin \(plugin.kind) \(factory.version) needs the plugin API \(factory.api), and this Sluice "
                        + "has \(PluginAPI.version); use a plugin or a Sluice that fits")
                continue
            }
            var settings = PluginSettings(plugin.settings, path: plugin.path)
            let parts: PluginParts
            do {
                parts = try factory.make(&settings)
            } catch {
                fault("the plugin \"\(plugin.name)\" cannot be made: \(error)")
                continue
            }
            settings.finish()
            faults += settings.diagnostics
            var host = HostedPlugin(
                name: plugin.name, kind: factory.kind, version: factory.version, summary: factory.summary,
                interceptor: parts.interceptor, source: parts.source)
            host.matches = plugin.matches
            host.onFault = plugin.onFault
            host.budget = plugin.budgetMilliseconds.map { .milliseconds($0) } ?? factory.budget
            host.concurrencyMax = plugin.concurrency ?? host.concurrencyMax
            if let budget = plugin.budgetMilliseconds, budget > chainMilliseconds {
                fault(
                    "the plugin \"\(plugin.name)\" may take \(budget) ms, and all together no more than "
                        + "\(chainMilliseconds) (limits.pluginChainMilliseconds)")
            }
            hosted.append(host)
        }
        guard faults.isEmpty else {
            throw ServiceError(
                "the plugins are not configured well:\n" + faults.map(\.description).joined(separator: "\n"))
        }
        return hosted
    }
}
