import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Canary, ramp, breaker, orders of persons and turns of tenants in the hostile world: see `ReleaseWorld`.
@Suite struct ReleaseCourseTests {
    /// The optimised simulator runs many more (`scripts/test`, `make sim`).
    private static let seedsPerChunk: UInt64 = 40

    private static func settings(_ seed: UInt64) -> ReleaseSettings {
        ReleaseSettings(
            ratePerMinute: [600, 60, 200][Int(seed % 3)], ceiling: 2 + Int(seed % 5),
            canary: seed % 2 == 0 ? .init(count: 1 + Int(seed % 3), timeoutSeconds: 600) : nil,
            ramp: seed % 3 != 1
                ? .init(
                    fromPercent: 20, growth: seed % 4 < 2 ? .factorPercent(200) : .stepPercent(30), everyWellEnded: 2)
                : nil,
            breaker: seed % 5 != 2 ? .init(sharePercent: 50, window: 6, minimum: 4) : nil,
            tenantSlice: 1 + Int(seed % 3), strandedKeys: seed % 7 == 0 ? .goOn : .wait)
    }

    @Test(
        "R25 with canary, ramp, breaker and a person's orders each hold comes to its end once, in order, within limits",
        arguments: 0..<8)
    func everyHoldComesToItsEnd(chunk: UInt64) {
        var failures = 0
        for seed in (chunk * Self.seedsPerChunk + 1)...((chunk + 1) * Self.seedsPerChunk) {
            let world = ReleaseWorld(
                seed: seed, holdCount: 12, settings: Self.settings(seed), hasOrders: seed % 2 == 0,
                tenants: [nil, TenantID("a"), TenantID("b")])
            for _ in 0..<Int.random(in: 50...400, using: &world.random) { world.step() }
            world.failurePercent = seed % 4 == 0 ? 0 : 20
            world.settle()
            guard !world.findings.isEmpty else { continue }
            failures += 1
            if failures <= 4 {
                let list = Set(world.findings).sorted().prefix(4).joined(separator: "; ")
                Issue.record("seed \(seed): \(list)")
            }
        }
        #expect(failures == 0, "\(failures) of \(Self.seedsPerChunk) seeds")
    }

    @Test("R22 one tenant's thousand holds delay another's single one by at most one slice", arguments: [1, 3, 10])
    func tenantsTakeTurns(slice: Int) {
        let world = ReleaseWorld(
            seed: 3, holdCount: 0, settings: ReleaseSettings(ratePerMinute: 6000, ceiling: 20, tenantSlice: slice))
        world.faults = 0
        for (tenant, count) in [("a", 300), ("b", 1), ("c", 40)] {
            for _ in 0..<count { world.addPlainHold(of: TenantID(tenant)) }
        }
        world.settle()
        let order = world.launched.map { $0.request.tenant?.text ?? "" }
        #expect(order.count == 341)
        #expect((order.firstIndex(of: "b") ?? .max) <= 2 * slice, "\(order.prefix(40))")
        // While others wait no tenant gets more than its slice in a row.
        let lastOfC = order.lastIndex(of: "c") ?? 0
        var (run, longest) = (1, 1)
        for index in 1...lastOfC {
            run = order[index] == order[index - 1] ? run + 1 : 1
            longest = max(longest, run)
        }
        #expect(longest <= slice, "\(longest) in a row")
        for tenant in ["a", "c"] {
            let arrivals = world.launched.filter { $0.request.tenant?.text == tenant }.map(\.arrival)
            #expect(arrivals == arrivals.sorted(), "order within \(tenant)")
        }
    }

    @Test("R22 a higher priority goes first whichever tenant has it")
    func prioritiesComeBeforeTurns() {
        let world = ReleaseWorld(
            seed: 3, holdCount: 0, settings: ReleaseSettings(ratePerMinute: 6000, ceiling: 5, tenantSlice: 2))
        world.faults = 0
        for level in [5, 9, 5, 1, 9, 5] {
            for tenant in ["a", "b"] { world.addPlainHold(of: TenantID(tenant), Priority(level) ?? .ordinary) }
        }
        world.settle()
        let levels = world.launched.map(\.request.priority.level)
        #expect(levels == levels.sorted(by: >))
    }

    @Test func directLaunchesTakePlacesUnderTheCeiling() {
        let world = ReleaseWorld(seed: 3, holdCount: 0, settings: ReleaseSettings(ratePerMinute: 6000, ceiling: 5))
        world.faults = 0
        for _ in 0..<20 { world.addPlainHold(of: nil) }
        world.directExecutions = (1...3).map { ExecutionID("direct \($0)") }
        world.change(.open)
        var most = 0
        for _ in 0..<60 {
            while !world.items.isEmpty { world.perform(world.items.removeFirst()) }
            world.pass(time: 500)
            most = max(most, world.release.flightCount)
        }
        #expect(most == 2)
        #expect(world.launched.count == 20)
        world.directExecutions = (1...5).map { ExecutionID("direct \($0)") }
        world.addPlainHold(of: nil)
        #expect(world.findings.isEmpty)
    }
}
