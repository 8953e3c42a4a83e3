import SluiceCore
import SluiceEngine
public import SluiceForecast
public import SluiceModel
import SluicePorts

/// Forecasts without a server: the gate of tomorrow, by the gate's own rules.
public enum ForecastScenario {
    /// A gate that is open but for a window, in which one scope or the whole of it is closed.
    ///
    /// - Parameters:
    ///   - mode: `hold` or `refuse`.
    ///   - scope: What is closed; nil: the whole gate.
    ///   - allow: Rules that let launches through all the same, as in the configuration.
    public static func outlook(
        mode: GateMode, scope: Scope?, allow: [AllowRule], at now: Timestamp
    ) -> GateOutlook {
        let open = ScopeMode(scope: nil, mode: .open, since: now, by: .sluice, reason: "forecast")
        return GateOutlook(
            gate: GateRecord(epoch: .first, whole: open), policy: GatePolicy(allowRules: allow),
            inventory: Inventory(), mode: mode, scope: scope, principal: ForecastDesk.principal, at: now)
    }
}
