import CSALifecycle
import SluicePluginKit
import SluicePluginTesting
import Testing

/// The link to CSA's process, and the order within one subscription.
@Suite struct CSALifecycleTests {
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)

    private static func launch(
        _ inputs: [(String, String)], _ edit: (inout LaunchRequest) -> Void = { _ in }
    ) -> LaunchRequest {
        var request = LaunchRequest(flow: FlowID("csa.deploy"), source: .csa)
        request.inputs = inputs.map { LaunchInput(name: $0.0, value: .clear($0.1)) }
        edit(&request)
        return request
    }

    private static func added(_ plugin: CSALifecycle, _ request: LaunchRequest) async throws -> LaunchAnnotations? {
        guard
            case .annotate(let annotations, _) = try await plugin.intercept(
                LaunchView(request, principal: Principal("csa")), at: now)
        else { return nil }
        return annotations
    }

    @Test func aLaunchIsLinkedToItsProcessAndOrderedByWhatItIsFor() async throws {
        let both = [("CSA_PROCESS_ID", "p1"), ("CSA_CONTEXT_ID", "c1"), ("subscription", "s1")]
        var bySubscription = CSALifecycle()
        bySubscription.subscriptionInput = "subscription"
        var unordered = CSALifecycle()
        unordered.isOrdered = false
        var excepting = CSALifecycle()
        excepting.except = [PathGlob("csa.*")!]
        let process = CSAProcessID("p1")
        let rows: [(CSALifecycle, LaunchRequest, LaunchAnnotations)] = [
            (CSALifecycle(), Self.launch([]), .init()),
            (CSALifecycle(), Self.launch([("CSA_CONTEXT_ID", "c1")]), .init()),
            (CSALifecycle(), Self.launch([("CSA_PROCESS_ID", "p1")]), .init(csaProcessID: process)),
            (
                CSALifecycle(), Self.launch(both),
                .init(orderingKey: OrderingKey("csa-artifact:c1"), csaProcessID: process)
            ),
            (
                CSALifecycle(), Self.launch(both) { $0.csaInstanceID = CSAInstanceID("i1") },
                .init(orderingKey: OrderingKey("csa-artifact:i1"), csaProcessID: process)
            ),
            (
                bySubscription, Self.launch(both),
                .init(orderingKey: OrderingKey("csa-subscription:s1"), csaProcessID: process)
            ),
            (
                bySubscription, Self.launch(Array(both.prefix(2))),
                .init(orderingKey: OrderingKey("csa-artifact:c1"), csaProcessID: process)
            ),
            (unordered, Self.launch(both), .init(csaProcessID: process)),
            (excepting, Self.launch(both), .init(csaProcessID: process)),
        ]
        for (plugin, request, expected) in rows { #expect(try await Self.added(plugin, request) == expected) }
    }

    @Test func anIdThatIsNoneIsAFault() async {
        let long = String(repeating: "x", count: 600)
        for inputs in [[("CSA_PROCESS_ID", long)], [("CSA_PROCESS_ID", "p"), ("CSA_CONTEXT_ID", "a\nb")]] {
            await #expect(throws: (any Error).self) { try await Self.added(CSALifecycle(), Self.launch(inputs)) }
        }
    }

    @Test func everythingCanBeConfigured() throws {
        var settings = PluginSettings([
            "processInput": "p", "contextInput": "c", "subscriptionInput": "s", "ordered": "false",
            "except": ["**resource_sync**"],
        ])
        let plugin = try #require(try CSALifecycleFactory().make(&settings).interceptor as? CSALifecycle)
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
        #expect(plugin.processInput == "p" && plugin.contextInput == "c" && plugin.subscriptionInput == "s")
        #expect(!plugin.isOrdered && plugin.except == [PathGlob("**resource_sync**")!])
    }

    @Test(arguments: InterceptorConformance.allCases)
    func keepsTheLaws(law: InterceptorConformance) async throws {
        let sample = Self.launch([("CSA_PROCESS_ID", "p1"), ("CSA_CONTEXT_ID", "c1")])
        try await law.check(samples: [sample]) { CSALifecycle() }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func itsFactoryKeepsTheLaws(law: PluginFactoryConformance) async throws {
        try await law.check(
            CSALifecycleFactory(), settings: ["processInput": "p", "ordered": "true", "except": ["a*"]])
    }
}
