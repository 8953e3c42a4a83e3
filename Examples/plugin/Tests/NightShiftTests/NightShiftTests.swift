import SluicePluginKit
import SluicePluginTesting
import Testing

@testable import NightShift

@Suite struct NightShiftTests {
    static let backup: LaunchRequest = {
        var launch = LaunchRequest(flow: FlowID("backup"), source: .api)
        launch.flowPath = "Library/Backup/Nightly"
        return launch
    }()

    @Test(arguments: [("12:00", "22:00"), ("21:59", "22:00"), ("22:00", nil), ("05:59", nil), ("06:00", "22:00")])
    func startsByNight(now: String, start: String?) async throws {
        func time(_ text: String) -> Timestamp { Timestamp(rfc3339: "2026-12-01T\(text):00Z")! }
        let plugin = NightShift(flows: PathGlob("Library/Backup/**")!, hour: 22)
        let said = try await plugin.intercept(LaunchView(Self.backup, principal: Principal("gate")), at: time(now))
        guard case .annotate(let added, _) = said else { return #expect(Bool(false)) }
        #expect(added.notBefore == start.map(time))
    }

    @Test(arguments: InterceptorConformance.allCases)
    func keepsTheLaws(law: InterceptorConformance) async throws {
        try await law.check(samples: [Self.backup]) { NightShift(flows: PathGlob("**")!, hour: 22) }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func itsFactoryKeepsTheLaws(law: PluginFactoryConformance) async throws {
        try await law.check(NightShiftFactory(), settings: ["flows": "Library/**", "hour": "22"])
    }
}
