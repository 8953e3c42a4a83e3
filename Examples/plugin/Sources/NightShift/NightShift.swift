import SluicePluginKit

/// Holds launches of some flows back by day: they start at night, at a given hour UTC.
public struct NightShift: LaunchInterceptor {
    var flows: PathGlob
    var hour: Int

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        guard flows.matches(launch.flowPath ?? launch.flow.text), launch.notBefore == nil else { return .nothing }
        let day: Int64 = 86_400_000
        let start = Int64(hour) * 3_600_000
        let today = now.milliseconds / day * day
        // By night: from the hour on to 06:00.
        let time = now.milliseconds - today
        if time >= start || time < 6 * 3_600_000 { return .nothing }
        return .annotate(LaunchAnnotations(notBefore: Timestamp(milliseconds: today + start)), remark: "by night only")
    }
}

/// `kind: night-shift` in the configuration.
public struct NightShiftFactory: PluginFactory {
    public let kind = "night-shift"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary = "Starts some flows by night only."

    public init() {}

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        let flows = settings.glob("flows") ?? PathGlob("**")!
        let hour = settings.number("hour", in: 6...23, default: 22)
        return PluginParts(interceptor: NightShift(flows: flows, hour: hour))
    }
}
