import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What a person paused inside a window, with the keeper that goes by itself.
@Suite(.timeLimit(.minutes(10)))
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
        try await bench.bench.advance(by: .seconds(15)) { try await state(bench) == .ended }
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

    // MARK: What an opening would strand

    private enum Mending: CaseIterable, Sendable {
        case packLoaded, discarded, forced, restarted, closedByAPerson

        var isAPersons: Bool { self == .forced || self == .closedByAPerson }
    }

    private static func pack(_ version: String, requires input: String? = nil) -> PackShelf.Content {
        let inputs = input.map { [KnownInput(name: $0, isRequired: true, isEncrypted: false)] } ?? []
        return PackShelf.Content(
            name: "Pack", version: version, digest: nil,
            flows: [
                KnownFlow(
                    id: .fixture, name: "F", path: "Library/F", contentPack: "Pack", isGated: false, inputs: inputs)
            ])
    }

    private func notes(_ bench: WindowBench, _ kind: String) async throws -> [HoldEvent] {
        try await bench.bench.store.events(of: nil, after: 0, limit: 1000).filter { $0.kind == kind }
    }

    @Test(
        "R36: a window leaves the gate closed while opening it would strand held launches, says so, and goes on",
        arguments: Mending.allCases, [Scope?.none, .source(.csa)])
    private func strandsNothing(mending: Mending, scope: Scope?) async throws {
        let setup = WindowBench.setup()
        let ticket = try await strand(setup, scope)
        guard mending == .restarted else { return }
        try await WindowBench.run(setup, isRunning: true) { bench in
            await bench.bench.advance(by: .seconds(120), step: .seconds(5))
            #expect(bench.mode(scope) == .hold)
            try await mend(bench, .packLoaded, ticket, scope)
        }

        func strand(_ setup: EngineBench.Setup, _ scope: Scope?) async throws -> Ticket {
            let ticket = Mutex<Ticket?>(nil)
            try await WindowBench.run(setup, isRunning: true) { bench in
                let packs = bench.bench.engine.packs
                _ = try await packs.load(Self.pack("1"), by: .fixture)
                try await bench.plan(Self.id, scope: scope, at: "10:00", hours: 2)
                try await bench.bench.advance(by: .seconds(60)) { bench.mode(scope) == .hold }
                let held = try await bench.bench.hold(.fixture(source: .csa))
                ticket.withLock { $0 = held }
                _ = try await packs.load(Self.pack("2", requires: "zone"), by: .fixture)
                try await bench.bench.advance(by: .seconds(60)) { try await state(bench) == .ended }
                await bench.bench.advance(by: .seconds(5 * 3600 / 2), step: .seconds(60))
                #expect(bench.mode(scope) == .hold, "nobody looked on, and the gate was opened")
                #expect(try await bench.bench.state(held) == .held)
                let occurrence = try #require(try await bench.occurrence(Self.id))
                #expect(occurrence.isOpeningLate)
                #expect(occurrence.cause.contains("\(held): the input zone is required now"), "\(occurrence.cause)")
                // At first, and once in each of the two hours that follow.
                #expect(try await notes(bench, "window-would-strand").count == 3)
                if mending != .restarted { try await mend(bench, mending, held, scope) }
            }
            return try #require(ticket.withLock { $0 })
        }
    }

    private func mend(_ bench: WindowBench, _ mending: Mending, _ ticket: Ticket, _ scope: Scope?) async throws {
        switch mending {
        case .packLoaded, .restarted: _ = try await bench.bench.engine.packs.load(Self.pack("3"), by: .fixture)
        case .discarded: _ = try await bench.bench.engine.desk.move(ticket, .discard, by: .fixture, reason: "a test")
        case .forced: try await bench.bench.set(.open, scope: scope)
        case .closedByAPerson: try await bench.bench.set(.hold, scope: scope, reason: "still broken")
        }
        try await bench.bench.advance(by: .seconds(1)) {
            try await bench.occurrence(Self.id)?.gate?.step == (mending.isAPersons ? .left : .opened)
        }
        #expect(bench.mode(scope) == (mending == .closedByAPerson ? .hold : .open))
        #expect(try await bench.occurrence(Self.id)?.cause.contains("strand") == false)
        #expect(try await notes(bench, "window-opened").count == (mending.isAPersons ? 0 : 1))
        if mending == .packLoaded { try await bench.bench.advance { bench.bench.central.orders.count == 1 } }
    }
}
