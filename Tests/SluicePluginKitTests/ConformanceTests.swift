import SluicePluginKit
import SluicePluginTesting
import Synchronization
import Testing

/// The suite that authors run: a good plugin keeps every law, and each law is broken by some bad one.
@Suite struct ConformanceTests {
    private struct Good: LaunchInterceptor {
        func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
            guard let pool = launch.value(of: "pool") else { return .nothing }
            guard let key = CoalesceKey(checking: "pool:\(pool)") else { throw Unreadable() }
            return .annotate(LaunchAnnotations(coalesceKey: key), remark: "one of a pool")
        }
    }

    private struct Unreadable: Error {}

    private static let sample: LaunchRequest = {
        var request = LaunchRequest(flow: FlowID("f"), source: .csa)
        request.inputs = [LaunchInput(name: "pool", value: .clear("P1"))]
        return request
    }()

    @Test(arguments: InterceptorConformance.allCases)
    func aGoodPluginKeepsEveryLaw(law: InterceptorConformance) async throws {
        try await law.check(samples: [Self.sample]) { Good() }
    }

    // MARK: Bad ones

    private struct Bad: LaunchInterceptor {
        var act: @Sendable (LaunchView, Timestamp) async throws -> Interception
        func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
            try await act(launch, now)
        }
    }

    /// Broken laws, each by its plugin.
    private static func bad(_ law: InterceptorConformance) -> Bad {
        switch law {
        case .saysTheSameOfTheSame:
            let counter = Counter()
            return Bad { _, _ in .annotate(LaunchAnnotations(orderingKey: OrderingKey("k\(counter.next())"))) }
        case .saysTheSameBesideItself:
            let counter = Counter()
            // Right while it is alone.
            return Bad { _, _ in
                counter.next() > 100 ? .reject(reason: "tired") : .nothing
            }
        case .takesOddLaunches, .takesHugeLaunches:
            return Bad { launch, _ in
                if launch.inputs.count > 5000 || launch.value(of: "pool")?.isEmpty == true { await hang() }
                return .nothing
            }
        case .saysNothingThatIsRefused:
            return Bad { launch, _ in
                .annotate(LaunchAnnotations(orderingKey: launch.value(of: "pool").map { OrderingKey($0) }))
            }
        case .agreesWithItself:
            return Bad { launch, now in
                guard let start = launch.notBefore else {
                    return .annotate(LaunchAnnotations(notBefore: now))
                }
                return .annotate(LaunchAnnotations(expiresAt: start))
            }
        case .endsWhenCancelled:
            return Bad { _, _ in
                await hang()
                return .nothing
            }
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    /// Never returns, and does not care for cancellation.
    private static func hang() async {
        // why: the continuation is kept by nobody on purpose.
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    @Test(arguments: InterceptorConformance.allCases)
    func eachLawIsBrokenByABadPlugin(law: InterceptorConformance) async throws {
        let isSlow = law == .takesOddLaunches || law == .takesHugeLaunches || law == .endsWhenCancelled
        let bad = Self.bad(law)
        await #expect(throws: InterceptorConformance.Violation.self) {
            try await law.check(samples: [Self.sample], within: isSlow ? .milliseconds(300) : .seconds(10)) { bad }
        }
    }

    // MARK: Factories

    private struct Factory: PluginFactory {
        var kind = "good-one"
        var api = PluginAPIVersion(1, 0)
        let version = "1.2.3"
        let summary = "Does good."
        var isReading = true
        func make(_ settings: inout PluginSettings) throws -> PluginParts {
            if isReading { _ = settings.text("name") }
            return PluginParts(interceptor: Good())
        }
    }

    @Test(arguments: PluginFactoryConformance.allCases)
    func aGoodFactoryKeepsEveryLaw(law: PluginFactoryConformance) async throws {
        try await law.check(Factory(), settings: ["name": "x"])
    }

    @Test func badFactoriesBreakThem() async {
        let rows: [(PluginFactoryConformance, Factory)] = [
            (.saysWhatItIs, Factory(kind: "Not Kebab")), (.saysWhatItIs, Factory(api: PluginAPIVersion(2, 0))),
            (.makesAPlugin, Factory(isReading: false)),
        ]
        for (law, factory) in rows {
            await #expect(throws: InterceptorConformance.Violation.self) {
                try await law.check(factory, settings: ["name": "x"])
            }
        }
    }
}
