import ResourcePoolSync
import SluicePluginKit
import SluicePluginTesting
import Testing

/// Which launches are pool syncs, and which of them stand for each other.
@Suite struct ResourcePoolSyncTests {
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)

    private static func launch(
        _ flow: String = "f", path: String? = nil, source: SluiceModel.LaunchSource = .csa,
        inputs: [(String, String)] = [("CSA_CONTEXT_ID", "P1")]
    ) -> LaunchRequest {
        var request = LaunchRequest(flow: FlowID(flow), source: source)
        request.flowPath = path
        request.inputs = inputs.map { LaunchInput(name: $0.0, value: .clear($0.1)) }
        return request
    }

    private static func said(_ plugin: ResourcePoolSync, _ request: LaunchRequest) async throws -> Interception {
        try await plugin.intercept(LaunchView(request, principal: Principal("csa")), at: now)
    }

    private static func key(_ plugin: ResourcePoolSync, _ request: LaunchRequest) async throws -> String? {
        guard case .annotate(let annotations, _) = try await said(plugin, request) else { return "rejected" }
        return annotations.coalesceKey?.text
    }

    @Test func syncsAreKnownByTheirNamesOrTheirSource() async throws {
        let plugin = ResourcePoolSync()
        let rows: [(LaunchRequest, String?)] = [
            (
                Self.launch("io.csa.resourcesync.vcenter_resource_sync"),
                "pool:P1@io.csa.resourcesync.vcenter_resource_sync"
            ),
            (Self.launch(path: "Library/CSA/vcenter_resource_sync"), "pool:P1@f"),
            (Self.launch(path: "Library/CSA/Deploy"), nil), (Self.launch(source: .resourcePoolSync), "pool:P1@f"),
            (Self.launch(source: .resourcePoolSync, inputs: []), nil),
            (Self.launch(source: .resourcePoolSync, inputs: [("CSA_CONTEXT_ID", "")]), nil),
            (Self.launch(source: .resourcePoolSync, inputs: [("pool", "P1")]), nil),
        ]
        for (request, key) in rows { #expect(try await Self.key(plugin, request) == key, "\(request.flow)") }
    }

    @Test func aSyncWithoutItsPoolIsSaidToBeOne() async throws {
        let said = try await Self.said(ResourcePoolSync(), Self.launch(source: .resourcePoolSync, inputs: []))
        guard case .annotate(_, let remark) = said else { return #expect(Bool(false)) }
        #expect(remark?.contains("CSA_CONTEXT_ID") == true)
    }

    @Test func everythingCanBeConfigured() async throws {
        let value: PluginValue = [
            "syncs": [["path": "Site/**", "source": "api", "input": "poolName"], ["flow": "other"]],
            "poolInput": "poolName", "keyPrefix": "sync/", "perFlow": "false", "priority": "2", "expiresAfter": "1d",
        ]
        var settings = PluginSettings(value)
        let parts = try ResourcePoolSyncFactory().make(&settings)
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
        let plugin = try #require(parts.interceptor as? ResourcePoolSync)
        let inputs = [("poolName", "P7")]
        let request = Self.launch(path: "Site/a/b", source: .api, inputs: inputs)
        let expected = LaunchAnnotations(
            coalesceKey: CoalesceKey("sync/P7"), expiresAt: Self.now.advanced(by: .seconds(86_400)),
            priority: Priority(2))
        #expect(try await Self.said(plugin, request) == .annotate(expected))
        #expect(try await Self.key(plugin, Self.launch("other", source: .ui, inputs: inputs)) == "sync/P7")
        #expect(try await Self.key(plugin, Self.launch(path: "Site/a", source: .csa, inputs: inputs)) == nil)
        #expect(try await Self.key(plugin, Self.launch(source: .resourcePoolSync, inputs: inputs)) == nil)
    }

    @Test func aPoolThatMakesNoKeyIsAFault() async {
        let request = Self.launch(
            source: .resourcePoolSync, inputs: [("CSA_CONTEXT_ID", String(repeating: "x", count: 600))])
        await #expect(throws: (any Error).self) { try await Self.said(ResourcePoolSync(), request) }
    }

    @Test(
        arguments: [
            (["syncs": [[:]]], "condition"), (["syncs": [["source": "moon"]]], "source"),
            (["priority": "10"], "priority"),
            (["expiresAfter": "soon"], "expiresAfter"), (["pool": "x"], "unknown key"),
        ] as [(PluginValue, String)])
    func wrongSettingsAreNamed(value: PluginValue, word: String) throws {
        var settings = PluginSettings(value)
        _ = try ResourcePoolSyncFactory().make(&settings)
        settings.finish()
        #expect(settings.diagnostics.contains { $0.message.contains(word) })
    }

    @Test(arguments: InterceptorConformance.allCases)
    func keepsTheLaws(law: InterceptorConformance) async throws {
        try await law.check(samples: [Self.launch(source: .resourcePoolSync)]) {
            var plugin = ResourcePoolSync()
            plugin.expiresAfter = .seconds(60)
            return plugin
        }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func itsFactoryKeepsTheLaws(law: PluginFactoryConformance) async throws {
        try await law.check(
            ResourcePoolSyncFactory(), settings: ["poolInput": "pool", "syncs": [["source": "csa"]], "priority": "1"])
    }
}
