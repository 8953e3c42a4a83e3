import FutureOrders
import SluiceForecast
import SluicePluginKit
import SluicePluginTesting
import Testing

/// Orders with a start date, and odd dates.
@Suite struct FutureOrdersTests {
    private static let now = Timestamp(rfc3339: "2026-12-01T12:00:00Z")!

    private static func plugin(_ edit: (inout FutureOrders) -> Void = { _ in }) -> FutureOrders {
        var plugin = FutureOrders()
        plugin.startInput = "start"
        plugin.endInput = "end"
        edit(&plugin)
        return plugin
    }

    private static func launch(_ start: String?, _ end: String? = nil) -> LaunchRequest {
        var request = LaunchRequest(flow: FlowID("order"), source: .futureOrder)
        if let start { request.inputs.append(LaunchInput(name: "start", value: .clear(start))) }
        if let end { request.inputs.append(LaunchInput(name: "end", value: .clear(end))) }
        return request
    }

    private static func said(
        _ plugin: FutureOrders, _ request: LaunchRequest
    ) async throws -> (added: LaunchAnnotations, remark: String?) {
        let said = try await plugin.intercept(LaunchView(request, principal: Principal("csa")), at: now)
        guard case .annotate(let annotations, let remark) = said else { throw Unexpected() }
        return (annotations, remark)
    }

    private struct Unexpected: Error {}

    @Test(
        "R29: an order keeps its date, also when its own time lies wholly within the maintenance: flagged, not dropped")
    func keepsTheDate() async throws {
        let start = Timestamp(rfc3339: "2026-12-24T18:00:00Z")!
        let rows: [(LaunchRequest, Timestamp?, String?)] = [
            (Self.launch(nil), nil, nil), (Self.launch(""), nil, nil),
            (Self.launch("2026-12-24T18:00:00Z"), start, nil), (Self.launch("2026-12-24T19:00:00+01:00"), start, nil),
            (Self.launch("2026-12-01T11:59:59Z"), nil, "has come"),
            (Self.launch("2026-12-24T18:00:00Z", "2026-12-24T18:30:00Z"), start, "end date is 2026-12-24T18:30:00Z"),
            (Self.launch("2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"), nil, "launched all the same"),
        ]
        for (request, notBefore, word) in rows {
            let (added, remark) = try await Self.said(Self.plugin(), request)
            #expect(added == LaunchAnnotations(notBefore: notBefore))
            if let word {
                #expect(remark?.contains(word) == true, "\(remark ?? "none")")
            } else {
                #expect(remark == nil)
            }
        }
    }

    @Test func anEndMayExpireTheOrder() async throws {
        let plugin = Self.plugin { $0.whenOver = .expire }
        let request = Self.launch("2026-12-24T18:00:00Z", "2026-12-24T18:30:00Z")
        #expect(
            try await Self.said(plugin, request).added
                == .init(
                    notBefore: Timestamp(rfc3339: "2026-12-24T18:00:00Z"),
                    expiresAt: Timestamp(rfc3339: "2026-12-24T18:30:00Z")))
    }

    @Test func oddDatesAreFaults() async throws {
        let odd = [
            "tomorrow", "2026-02-30T00:00:00Z", "2026-12-24", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
            String(repeating: "2", count: 10_000), "2026-12-24T18:00:00Z ", "\u{0}",
        ]
        for text in odd {
            await #expect(throws: (any Error).self, "\(text.prefix(30))") {
                try await Self.said(Self.plugin(), Self.launch(text))
            }
        }
        for (start, end) in [("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"), ("2026-12-24T18:00:00Z", "later")] {
            await #expect(throws: (any Error).self) { try await Self.said(Self.plugin(), Self.launch(start, end)) }
        }
        for edit in [
            { $0.expiresAt = Timestamp(rfc3339: "2026-12-24T17:00:00Z") },
            { $0.notBefore = Timestamp(rfc3339: "2026-12-25T00:00:00Z") },
        ] as [@Sendable (inout LaunchRequest) -> Void] {
            var asked = Self.launch("2026-12-24T18:00:00Z", "2026-12-24T19:00:00Z")
            edit(&asked)
            let request = asked
            await #expect(throws: (any Error).self) {
                try await Self.said(Self.plugin { $0.whenOver = .expire }, request)
            }
        }
        var secret = Self.launch(nil)
        secret.inputs = [LaunchInput(name: "start", value: .sealed(SealedBytes([1])))]
        let request = secret
        await #expect(throws: (any Error).self) { try await Self.said(Self.plugin(), request) }
    }

    @Test func theDateMayStandInAField() async throws {
        let plugin = Self.plugin {
            $0.startInput = nil
            $0.startField = .nominalTime
        }
        var request = Self.launch(nil)
        request.nominalTime = Timestamp(rfc3339: "2026-12-24T18:00:00Z")
        #expect(try await Self.said(plugin, request).added.notBefore == request.nominalTime)
    }

    // MARK: Formats

    /// Two hours ahead from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC, one hour otherwise; local times before and
    /// after are what a person in Berlin reads on the wall.
    @Test func formatsAreReadInTheirZone() throws {
        let hour = TimeZoneRules(identifier: "+01:00", fixedOffsetSeconds: 3600)
        let rows: [(pattern: String, text: String, expected: String?)] = [
            ("rfc3339", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
            ("epoch-seconds", "1764500000", "2025-11-30T10:53:20Z"),
            ("epoch-milliseconds", "1764500000000", "2025-11-30T10:53:20Z"),
            ("epoch-seconds", "9223372036854775807", nil), ("epoch-seconds", "1e9", nil),
            ("yyyy-MM-dd", "2026-12-24", "2026-12-23T23:00:00Z"),
            ("dd.MM.yyyy HH:mm", "24.12.2026 18:00", "2026-12-24T17:00:00Z"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-12-24T18:00:00.250", "2026-12-24T17:00:00.250Z"),
            ("yyyyMMdd", "20261224", "2026-12-23T23:00:00Z"), ("yyyyMMdd", "2026122", nil),
            ("yyyyMMdd", "202612240", nil), ("yyyy-MM-dd", "2026-13-01", nil), ("yyyy-MM-dd", "2026-02-29", nil),
            ("yyyy-MM-dd", "0000-01-01", nil), ("yyyy-MM-dd HH:mm", "2026-12-24 24:00", nil),
            ("yyyy-MM-dd", "２０２６-12-24", nil),
        ]
        for (pattern, text, expected) in rows {
            let date = try #require(DatePattern(pattern)).instant(of: text, in: hour)
            #expect(date == expected.flatMap { Timestamp(rfc3339: $0) }, "\(pattern) \(text)")
        }
        for pattern in ["", "yyyy", "yy-MM-dd", "yyyy-MM-dd'T", "yyyy-MM-dd yyyy", "yyyy-MM-ddThh", "yyyy-MM-dd a"] {
            #expect(DatePattern(pattern) == nil, "\(pattern)")
        }
    }

    @Test func everythingCanBeConfigured() throws {
        let berlin = TimeZoneRules(identifier: "Europe/Berlin", fixedOffsetSeconds: 3600)
        let factory = FutureOrdersFactory(zones: { $0 == "Europe/Berlin" ? berlin : nil })
        var settings = PluginSettings([
            "startInput": "start", "endInput": "end", "formats": ["rfc3339", "yyyy-MM-dd"], "zone": "Europe/Berlin",
            "whenOver": "expire", "horizonDays": "30", "pastDays": "0",
        ])
        let plugin = try #require(try factory.make(&settings).interceptor as? FutureOrders)
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
        #expect(plugin.zone == berlin && plugin.patterns.count == 2 && plugin.whenOver == .expire)
        #expect(plugin.horizon == .seconds(30 * 86_400) && plugin.past == .zero)
        let wrong: [(PluginValue, String)] = [
            ([:], "needs startInput or startField"), (["startInput": "a", "startField": "runName"], "only one"),
            (["startInput": "a", "formats": ["dd.MM"]], "formats[0]"), (["startInput": "a", "zone": "Mars"], "zone"),
            (["startInput": "a", "whenOver": "forget"], "flag, expire"),
        ]
        for (value, word) in wrong {
            var settings = PluginSettings(value)
            _ = try factory.make(&settings)
            #expect(settings.diagnostics.contains { $0.message.contains(word) }, "\(word)")
        }
    }

    @Test(arguments: InterceptorConformance.allCases)
    func keepsTheLaws(law: InterceptorConformance) async throws {
        let sample = Self.launch("2026-12-24T18:00:00Z", "2026-12-24T18:30:00Z")
        for whenOver in FutureOrders.WhenOver.allCases {
            try await law.check(samples: [sample], at: Self.now) { Self.plugin { $0.whenOver = whenOver } }
        }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func itsFactoryKeepsTheLaws(law: PluginFactoryConformance) async throws {
        try await law.check(
            FutureOrdersFactory(zones: { $0 == "UTC" ? .utc : nil }),
            settings: ["startInput": "start", "zone": "UTC", "formats": ["yyyy-MM-dd"], "horizonDays": "9"])
    }
}
