import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// What a start by HTTP makes of the look before it.
@Suite(.timeLimit(.minutes(2)))
struct MaintenancePreflightTests {
    private static func setup(fences: Set<FencedSystem>) -> Bench.Setup {
        var setup = MaintenanceStatusTests.setup()
        let adjust = setup.adjust
        setup.adjust = { configuration in
            adjust(&configuration)
            configuration.fences = fences
        }
        return setup
    }

    private static func start(_ id: String, _ bench: Bench, _ more: JSONObject = [:]) async throws -> Reply {
        var body: JSONObject = ["reason": "go"]
        for member in more.members { body[member.name] = member.value }
        return try await bench.client.send(
            .post, "/v1/maintenances/\(id)/start", as: .operator, body: .object(body))
    }

    private static func codes(_ reply: Reply, _ severity: String) -> [String] {
        (reply["preflight"]?.array ?? []).filter { $0["severity"]?.string == severity }
            .compactMap { $0["code"]?.string }
    }

    /// Runs a refused start, and sees that nothing came of it.
    private static func expectRefusal(
        _ id: String, _ bench: Bench, _ problem: String, _ more: JSONObject = [:]
    ) async throws -> Reply {
        let gate = bench.engine.gatekeeper.snapshot().record
        let reply = try await start(id, bench, more)
        #expect(reply.status == 409 && reply.problem == problem, "\(reply)")
        #expect(bench.engine.gatekeeper.snapshot().record == gate)
        for system in FencedSystem.allCases { #expect(bench.engine.fences.standing(of: system)?.state == .open) }
        #expect(try await MaintenanceStatusTests.show(id, bench)["phase"] == "planned")
        #expect(bench.engine.maintenance.underWay() == nil && bench.engine.openChangeCount == 0)
        return reply
    }

    @Test("R17 a warning refuses the start by 409 until it is accepted, and nothing is touched")
    func wantsWarningsAccepted() async throws {
        try await Bench.run(Self.setup(fences: [])) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            for more: JSONObject in [[:], ["acceptWarnings": false]] {
                let reply = try await Self.expectRefusal(id, bench, "preflight-warnings", more)
                #expect(Self.codes(reply, "warning") == ["fence-missing"])
                #expect(reply.text.contains("acceptWarnings"))
            }
            let started = try await Self.start(id, bench, ["acceptWarnings": true])
            #expect(started.status == 200 && Self.codes(started, "warning") == ["fence-missing"], "\(started)")
            #expect(bench.engine.maintenance.underWay() != nil)
        }
    }

    @Test("R17 an error refuses the start by 409, accepted or not, and nothing is touched")
    func refusesWithAnError() async throws {
        try await Bench.run(Self.setup(fences: [])) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            bench.central.setClockDifference(.seconds(-90))
            for more: JSONObject in [[:], ["acceptWarnings": true]] {
                let reply = try await Self.expectRefusal(id, bench, "preflight-failed", more)
                #expect(Self.codes(reply, "error") == ["clocks-apart"])
                #expect(reply.text.contains("90 s behind") && reply.text.contains("NTP"))
            }
            bench.central.setClockDifference(nil)
            #expect(try await Self.start(id, bench, ["acceptWarnings": true]).status == 200)
        }
    }

    @Test("R5 R17 the question of a proxy says that a fence stands there: then a start needs nothing accepted")
    func seesTheProxy() async throws {
        try await Bench.run(Self.setup(fences: [.central])) { bench in
            let id = try await MaintenanceStatusTests.plan(bench)
            let silent = try await Self.expectRefusal(id, bench, "preflight-warnings")
            #expect(Self.codes(silent, "warning") == ["fence-not-asked"])
            // A person who looks at the page is no proxy, and another system's proxy is not this one's.
            _ = try await bench.client.send(.get, "/v1/maintenance-page?system=central", as: nil)
            _ = try await bench.client.send(.get, "/v1/authorize?system=csa&call=door", as: nil)
            #expect(
                Self.codes(try await Self.expectRefusal(id, bench, "preflight-warnings"), "warning") == [
                    "fence-not-asked"
                ])
            let answer = try await bench.client.send(.get, "/v1/authorize?system=central&call=door", as: nil)
            #expect(answer.status == 204)
            let started = try await Self.start(id, bench)
            #expect(started.status == 200 && Self.codes(started, "warning") == [], "\(started)")
        }
    }
}
