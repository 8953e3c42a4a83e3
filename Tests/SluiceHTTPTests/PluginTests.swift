import HTTPTypes
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePluginKit
import Testing

/// Plugins as clients and operators see them.
@Suite(.timeLimit(.minutes(10)))
struct PluginTests {
    private struct Says: LaunchInterceptor {
        var act: @Sendable (LaunchView) throws -> Interception
        func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception { try act(launch) }
    }

    private struct Trouble: Error, CustomStringConvertible {
        let description = "the calendar is gone"
    }

    private static func setup(
        _ mode: GateMode = .open, onFault: PluginFaultPolicy = .skip,
        _ act: @escaping @Sendable (LaunchView) throws -> Interception
    ) -> Bench.Setup {
        var setup = Bench.Setup()
        setup.mode = mode
        var plugin = HostedPlugin(
            name: "calendar", kind: "test", version: "1.0.0", summary: "Says something.",
            interceptor: Says(act: act))
        plugin.onFault = onFault
        setup.plugins = [plugin]
        return setup
    }

    @Test func whyShowsWhatAPluginAdded() async throws {
        let setup = Self.setup(.hold) { _ in
            .annotate(LaunchAnnotations(coalesceKey: CoalesceKey("pool:P1")), remark: "a sync")
        }
        try await Bench.run(setup) { bench in
            let held = try await bench.client.ask()
            #expect(held.status == 202)
            let ticket = try #require(held["ticket"]?.string)
            let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)", as: .viewer)
            let rule = try #require(shown["rulePath"]?.array).map { $0["outcome"]?.string ?? "" }[5]
            #expect(rule == "calendar added coalesce key pool:P1; a sync")
            #expect(shown["coalesceKey"]?.string == "pool:P1")
        }
    }

    @Test func aNoIsToldWithItsReason() async throws {
        try await Bench.run(Self.setup { _ in .reject(reason: "frozen until Monday") }) { bench in
            let answer = try await bench.client.ask()
            #expect(answer.status == 403 && answer["reason", "code"]?.string == "plugin")
            #expect(answer["reason", "message"]?.string?.contains("frozen until Monday") == true)
        }
    }

    @Test(arguments: PluginFaultPolicy.allCases)
    func aFaultIsToldByItsPolicy(policy: PluginFaultPolicy) async throws {
        try await Bench.run(Self.setup(onFault: policy) { _ in throw Trouble() }) { bench in
            let answer = try await bench.client.ask()
            switch policy {
            case .skip: #expect(answer.status == 200)
            case .reject:
                #expect(answer.status == 403 && answer["reason", "code"]?.string == "plugin-fault")
            case .hold:
                #expect(answer.status == 202 && answer["reason", "code"]?.string == "plugin-fault")
                #expect(answer["state"]?.string == "awaiting-operator")
                let ticket = try #require(answer["ticket"]?.string)
                let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)", as: .viewer)
                #expect(shown["rulePath"]?.array?.count == 6)
                #expect(shown["cause"]?.string?.contains("the calendar is gone") == true)
            }
            let listed = try await bench.client.send(.get, "/v1/plugins", as: .viewer)
            let plugin = try #require(listed["plugins"]?.array?.first)
            #expect(plugin["name"]?.string == "calendar" && plugin["faults"]?.number?.int == 1)
            #expect(plugin["state"]?.string == "asked" && plugin["budgetMilliseconds"]?.number?.int == 50)
            #expect(plugin["lastFault"]?.string?.contains("calendar is gone") == true)
            #expect(try await bench.client.send(.get, "/v1/plugins", as: .gate).status == 403)
        }
    }
}
