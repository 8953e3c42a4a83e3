import Hummingbird
import SluiceEngine
import SluiceJSON
import SluiceModel

/// `GET /v1/plugins`: the plugins in the order in which they are asked, and how each is doing.
struct PluginRoutes: Sendable {
    let engine: Engine

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("plugins") { _, context in
            _ = try context.require(.viewer)
            let states = engine.plugins.conditions() + engine.sources.conditions()
            return Response.json(["plugins": .array(states.map { .object(object($0)) })])
        }
    }

    private func object(_ plugin: PluginState) -> JSONObject {
        let isResting = (plugin.restsFor ?? .zero) > .zero
        return JSONObject([
            ("name", .string(plugin.name)), ("kind", .string(plugin.kind)), ("version", .string(plugin.version)),
            ("summary", .string(plugin.summary)),
            ("does", .array((plugin.isInterceptor ? ["intercepts"] : []) + (plugin.isSource ? ["asks"] : []))),
            ("onFault", .string(plugin.onFault.rawValue)),
            ("budgetMilliseconds", .int(plugin.budget.components.seconds * 1000 + plugin.budget.milliseconds)),
            ("state", isResting ? "resting" : "asked"),
            ("restsForSeconds", plugin.restsFor.map { .int($0.components.seconds) } ?? .null),
            ("answers", .int(plugin.answerCount)), ("faults", .int(plugin.faultCount)),
            ("hanging", .int(plugin.hangingCount)), ("lastFault", .optional(plugin.lastFault)),
        ])
    }
}

extension Duration {
    /// Of the part below a second.
    fileprivate var milliseconds: Int64 { components.attoseconds / 1_000_000_000_000_000 }
}
