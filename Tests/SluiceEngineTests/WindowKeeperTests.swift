import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What a person paused inside a window, with the keeper that goes by itself.
@Suite(.timeLimit(.minutes(2)))
struct WindowKeeperTests {
    private static let id = "w_1"

    private struct Case: Sendable, CustomTestStringConvertible {
        var scope: Scope?
        /// What a person sets the gate to inside the window; nil: nobody does.
        var mode: GateMode?
        var isRestarted = false

        var testDescription: String {
            "\(scope?.description ?? "whole gate"), \(mode?.rawValue ?? "nobody")\(isRestarted ? ", restarted" : "")"
        }
    }

    private static let cases = [Scope?.none, .source(.csa)].flatMap { scope in
        [GateMode?.none, .hold, .refuse].flatMap { mode in
            [false, true].map { Case(scope: scope, mode: mode, isRestarted: $0) }
        }
    }

    private func state(_ bench: WindowBench) async throws -> WindowOccurrence.State? {
        try await bench.occurrence(Self.id)?.state
    }

    @Test(
        "R31: a gate that a person closed inside a window stays closed after it, and what is held stays held",
        arguments: cases)
    private func leavesAGateThatAPersonClosed(pause: Case) async throws {
        let setup = WindowBench.setup()
        let request = LaunchRequest.fixture(source: .csa)
        try await WindowBench.run(setup, isRunning: true) { bench in
            try await bench.plan(Self.id, scope: pause.scope, at: "10:00", hours: 2)
            try await bench.bench.advance(by: .seconds(60)) { bench.mode(pause.scope) == .hold }
            _ = try await bench.bench.hold(request)
            if let mode = pause.mode { try await bench.bench.set(mode, scope: pause.scope, reason: "still broken") }
            if !pause.isRestarted { try await checkEnd(bench, pause) }
        }
        guard pause.isRestarted else { return }
        try await WindowBench.run(setup, isRunning: true) { bench in
            #expect(bench.mode(pause.scope) == pause.mode ?? .hold)
            try await checkEnd(bench, pause)
        }
    }

    private func checkEnd(_ bench: WindowBench, _ pause: Case) async throws {
        #expect(try await state(bench) == .begun)
        try await bench.bench.advance(by: .seconds(60)) { try await state(bench) == .ended }
        #expect(bench.now >= WindowBench.time("12:00") && bench.now < WindowBench.time("12:05"))
        guard let mode = pause.mode else {
            try await bench.bench.advance { bench.mode(pause.scope) == .open }
            return try await bench.bench.advance { bench.bench.central.orders.count == 1 }
        }
        await bench.bench.advance(by: .seconds(600), step: .seconds(5))
        #expect(bench.mode(pause.scope) == mode && bench.gate.entry(for: pause.scope)?.by == Principal("ann"))
        #expect(bench.gate.entry(for: pause.scope)?.reason == "still broken")
        #expect(try await bench.bench.store.counts().total(.held) == 1 && bench.bench.central.orders.isEmpty)
        try await bench.bench.set(.open, scope: pause.scope)
        try await bench.bench.advance { bench.bench.central.orders.count == 1 }
    }

    /// By the hour, so that none fires before the freeze.
    private static func schedule(_ id: String) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: "s\(id)", triggerExpression: "*/3600000", isEnabled: true)
        schedule.flow = FlowID("flow-\(id)")
        schedule.startDate = WindowBench.time("11:00")
        return schedule
    }

    @Test(
        "R31: a schedule that a person paused inside a window stays paused after it, frozen and thawed there or not",
        arguments: [false, true])
    func leavesAScheduleThatAPersonPaused(isFrozen: Bool) async throws {
        let setup = WindowBench.setup()
        for id in ["1", "2"] { setup.central.put(Self.schedule(id)) }
        try await WindowBench.run(setup, isRunning: true) { bench in
            let (central, freezer) = (bench.bench.central, try #require(bench.bench.engine.freezer))
            try await bench.plan(Self.id, at: "10:00", hours: 2)
            try await bench.bench.advance(by: .seconds(60)) { bench.mode(nil) == .hold }
            var paused = Self.schedule("1")
            paused.isEnabled = false
            central.put(paused)
            if isFrozen {
                #expect(await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade") == .accepted)
                try await bench.bench.advance { freezer.status().phase == .frozen }
                await bench.bench.advance(by: .seconds(90 * 60), step: .seconds(30))
                #expect(await freezer.thaw(.all, by: Principal("ann"), reason: "done") == .accepted)
                try await bench.bench.advance { freezer.status().phase == .idle }
            }
            try await bench.bench.advance(by: .seconds(60)) { try await state(bench) == .ended }
            try await bench.bench.advance { bench.mode(nil) == .open }
            await bench.bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await central.schedules().map(\.isEnabled) == [false, true])
            #expect(central.switches.map(\.id) == (isFrozen ? [ScheduleID("2"), ScheduleID("2")] : []))
            let missed = try await bench.bench.store.missed(MissedQuery(schedule: ScheduleID("1"), limit: 9)).times
            #expect(missed.isEmpty, "a schedule that a person paused misses nothing: \(missed)")
        }
    }
}
