import SluiceForecast
import SluiceModel
import Testing

/// How long windows are kept that are cancelled or over.
@Suite struct WindowRetentionTests {
    private static let days = Int64(WindowLimits.retention.components.seconds) / 86_400

    /// Looks as often as the keeper does at least.
    private static func pass(_ days: Int64, _ world: inout WindowWorld) {
        for _ in 0..<days {
            world.run(until: world.now.advanced(by: .seconds(86_400)).rfc3339)
        }
    }

    @Test(
        "a window that is over or cancelled leaves the memory and the store after 90 days, and not sooner",
        arguments: [nil, "FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20261207T100000Z", "FREQ=YEARLY", "cancelled"])
    func forgets(rule: String?) throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 1, rule: rule == "cancelled" ? "FREQ=DAILY" : rule)
        if rule == "cancelled" {
            world.take(
                try world.ledger.cancel(
                    WindowID("w_1"), wall: nil, by: Principal("ann"), reason: "why", at: world.now, world.zones))
        }
        Self.pass(Self.days - 1, &world)
        #expect(world.ledger.window(WindowID("w_1")) != nil)
        Self.pass(4, &world)
        let isKept = rule == "FREQ=YEARLY"
        #expect((world.ledger.window(WindowID("w_1")) != nil) == isKept)
        #expect(world.forgotten == (isKept ? [] : [WindowID("w_1")]))
        world.settle()
        #expect(world.ledger.windows.count == (isKept ? 1 : 0))
    }

    @Test("a window whose gate is still closed is kept until somebody opens it")
    func keepsWhatIsOpen() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 1) { $0.endsByItself = false }
        Self.pass(Self.days + 5, &world)
        #expect(world.mode(nil) == .hold && world.ledger.windows.count == 1)
        world.set(.open, nil, by: "ann", reason: "done")
        Self.pass(1, &world)
        #expect(world.ledger.windows.isEmpty)
    }

    @Test("what was cancelled before this was kept track of is forgotten too, a bounded number at a time")
    func forgetsOldOnes() {
        var world = WindowWorld()
        let windows = (0..<250).map { index in
            var window = world.window("w_\(index)", at: "10:00", hours: 1)
            window.isCancelled = true
            return window
        }
        world.ledger = WindowLedger(windows: windows)
        world.settle()
        #expect(world.ledger.windows.allSatisfy { $0.endedAt == world.now })
        world.now = world.now.advanced(by: WindowLimits.retention)
        let first = world.ledger.tick(at: world.now, gate: world.gate, world.zones)
        #expect(first.forgotten.count == WindowLimits.forgottenCountMax)
        #expect(first.changes.contains(.forgetWindow(WindowID("w_0"))))
        world.settle()
        #expect(world.ledger.windows.isEmpty)
    }

    @Test("R40: a window whose rule has ended cannot be cancelled, as one that happened once")
    func refusesToCancelWhatIsOver() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 1, rule: "FREQ=DAILY;COUNT=2")
        world.run(until: "2026-12-08T00:00:00Z")
        let error = #expect(throws: WindowLedger.Refusal.self) {
            try world.ledger.cancel(
                WindowID("w_1"), wall: nil, by: Principal("ann"), reason: "why", at: world.now, world.zones)
        }
        #expect(error?.description.contains("is over") == true)
    }
}
