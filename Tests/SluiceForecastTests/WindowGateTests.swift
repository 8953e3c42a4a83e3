import SluiceForecast
import SluiceModel
import Testing

@Suite struct WindowGateTests {
    @Test(
        "a stop after the gate was opened and before that was on record is caught up with",
        arguments: [nil, Scope.source(.csa)] as [Scope?])
    func catchesUpWithAnOpening(scope: Scope?) throws {
        var world = WindowWorld()
        world.plan("w_1", scope: scope, at: "09:00", hours: 1)
        world.run(until: "09:30")
        world.now = world.time("10:00")
        world.take(world.ledger.tick(at: world.now, gate: world.gate, world.zones))
        let work = try #require(world.ledger.gateWork.first)
        guard case .set(let mode, let scope, let reason, _) = world.ledger.gateMove(for: work, gate: world.gate) else {
            Issue.record("nothing is to be set")
            return
        }
        world.set(mode, scope, by: "sluice", reason: reason)
        // The process stops here, and starts again.
        world.ledger = WindowLedger(windows: world.ledger.windows, occurrences: world.records)
        world.settle()
        let last = try #require(world.records.first)
        #expect(last.gate?.step == .opened, "\(last)")
        #expect(!last.cause.contains("changed by"), "\(last.cause)")
    }
}
