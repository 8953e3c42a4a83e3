import Scheduler
import SluicePluginKit
import SluicePluginTesting
import Testing

/// Nominal time, idempotency key and misfire policy for schedulers beside Central.
@Suite struct SchedulerTests {
    private static let now = Timestamp(rfc3339: "2026-12-01T22:00:05Z")!
    private static let nominal = Timestamp(rfc3339: "2026-12-01T22:00:00Z")!

    private static func launch(_ edit: (inout LaunchRequest) -> Void = { _ in }) -> LaunchRequest {
        var request = LaunchRequest(flow: FlowID("f"), source: .scheduler)
        request.scheduleID = ScheduleID("backup-1")
        edit(&request)
        return request
    }

    private static func added(_ plugin: Scheduler, _ request: LaunchRequest) async throws -> LaunchAnnotations {
        let said = try await plugin.intercept(LaunchView(request, principal: Principal("cron")), at: now)
        guard case .annotate(let annotations, _) = said else { throw Unexpected() }
        return annotations
    }

    private struct Unexpected: Error {}

    @Test func aFireIsOneLaunchHoweverOftenItIsAskedFor() async throws {
        var plugin = Scheduler()
        plugin.nominalTimeInput = "due"
        let key = IdempotencyKey("backup-1@2026-12-01T22:00:00Z")
        let rows: [(LaunchRequest, LaunchAnnotations)] = [
            (Self.launch { $0.scheduleID = nil }, .init()), (Self.launch(), .init()),
            (Self.launch { $0.nominalTime = Self.nominal }, .init(nominalTime: Self.nominal, idempotencyKey: key)),
            (
                Self.launch { $0.inputs = [LaunchInput(name: "due", value: .clear("2026-12-01T23:00:00+01:00"))] },
                .init(nominalTime: Self.nominal, idempotencyKey: key)
            ),
            (Self.launch { $0.inputs = [LaunchInput(name: "due", value: .clear(""))] }, .init()),
        ]
        for (request, expected) in rows { #expect(try await Self.added(plugin, request) == expected) }
        plugin.isKeyed = false
        #expect(try await Self.added(plugin, rows[2].0) == .init(nominalTime: Self.nominal))
    }

    @Test func aNominalTimeThatIsNoneIsAFault() async {
        var plugin = Scheduler()
        plugin.nominalTimeInput = "due"
        let made = plugin
        for text in ["tomorrow", "2026-02-30T00:00:00Z", "\u{0}"] {
            let request = Self.launch { $0.inputs = [LaunchInput(name: "due", value: .clear(text))] }
            await #expect(throws: (any Error).self) { try await Self.added(made, request) }
        }
    }

    @Test func theFirstRuleThatMatchesSaysWhatBecomesOfMissedTimes() async throws {
        let value: PluginValue = [
            "idempotencyKey": "false",
            "schedules": [
                ["schedule": "backup-*", "path": "Library/**", "misfire": "all", "ordered": "true", "priority": "7"],
                ["schedule": "backup-*", "misfire": "not-older-than 2h", "expiresAfter": "2h"], ["misfire": "skip"],
            ],
        ]
        var settings = PluginSettings(value)
        let plugin = try #require(try SchedulerFactory().make(&settings).interceptor as? Scheduler)
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
        let timed = Self.launch { $0.nominalTime = Self.nominal }
        var expected = LaunchAnnotations(
            expiresAt: Self.nominal.advanced(by: .seconds(7200)), misfirePolicy: .notOlderThan(seconds: 7200),
            nominalTime: Self.nominal)
        #expect(try await Self.added(plugin, timed) == expected)
        // An asker that wants it later than that keeps its wish.
        var later = timed
        later.notBefore = expected.expiresAt
        expected.expiresAt = nil
        #expect(try await Self.added(plugin, later) == expected)
        var path = Self.launch()
        path.flowPath = "Library/Backup"
        #expect(
            try await Self.added(plugin, path)
                == .init(
                    orderingKey: OrderingKey("schedule:backup-1"), priority: Priority(7), misfirePolicy: .all))
        #expect(
            try await Self.added(plugin, Self.launch { $0.scheduleID = ScheduleID("x") }) == .init(misfirePolicy: .skip)
        )
    }

    @Test func wrongPoliciesAreNamed() throws {
        var settings = PluginSettings(["schedules": [["misfire": "sometimes"]]])
        _ = try SchedulerFactory().make(&settings)
        #expect(settings.diagnostics.contains { $0.message.contains("schedules[0].misfire must be one of skip") })
    }

    @Test(arguments: InterceptorConformance.allCases)
    func keepsTheLaws(law: InterceptorConformance) async throws {
        var plugin = Scheduler()
        plugin.nominalTimeInput = "due"
        var rule = Scheduler.Rule()
        rule.misfirePolicy = .latest
        rule.isOrdered = true
        rule.expiresAfter = .seconds(3600)
        plugin.rules = [rule]
        let made = plugin
        let sample = Self.launch { $0.inputs = [LaunchInput(name: "due", value: .clear("2026-12-01T22:00:00Z"))] }
        try await law.check(samples: [sample, Self.launch { $0.nominalTime = Self.nominal }]) { made }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func itsFactoryKeepsTheLaws(law: PluginFactoryConformance) async throws {
        try await law.check(
            SchedulerFactory(), settings: ["nominalTimeInput": "due", "schedules": [["misfire": "skip"]]])
    }
}
