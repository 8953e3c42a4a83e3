import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit

/// The real keeper of windows with the real gate, over a store in memory and clocks that stand still between two steps.
struct WindowBench: Sendable {
    let bench: EngineBench

    private var keeper: WindowKeeper { bench.engine.windows }
    var now: Timestamp { bench.clocks.now().wall }

    /// It is 8 o'clock.
    static func setup() -> EngineBench.Setup {
        var setup = EngineBench.Setup()
        let clocks = ManualClocks(wall: time("08:00"))
        setup.clocks = clocks
        setup.central = FakeCentral(now: { clocks.now().wall })
        setup.central.setOnStart { _, _ in .resolved }
        setup.adjust = { $0.thawInterval = .zero }
        return setup
    }

    /// - Parameter isRunning: Whether the keeper goes by itself; else it moves when `run` says.
    static func run(
        _ setup: EngineBench.Setup, isRunning: Bool = false, _ body: @Sendable (WindowBench) async throws -> Void
    ) async throws {
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if isRunning { group.addTask { try? await bench.engine.windows.run() } }
                defer { group.cancelAll() }
                try await body(WindowBench(bench: bench))
            }
        }
    }

    static func time(_ text: String) -> Timestamp { Timestamp(rfc3339: "2026-12-05T\(text):00Z")! }

    func plan(
        _ id: String, kind: Window.Kind = .maintenance, scope: Scope? = nil, at start: String, hours: Int64
    ) async throws {
        var window = Window(
            id: WindowID(id), kind: kind, summary: "Upgrade", scope: scope, start: Self.time(start), timeZone: "UTC",
            seconds: hours * 3600, by: Principal("ann"), reason: "why", plannedAt: now)
        window.startsByItself = kind == .maintenance
        window.endsByItself = kind == .maintenance
        let zones = keeper.zones
        try await keeper.change { [window] ledger, now throws(WindowLedger.Refusal) in
            try ledger.plan(window, at: now, zones)
        }
    }

    /// Goes from event to event; at each, all is done that is due.
    func run(until text: String) async throws {
        let end = Self.time(text)
        while let next = keeper.ledger.nextEvent(after: now), next <= end { try await go(to: next) }
        try await go(to: end)
    }

    private func go(to time: Timestamp) async throws {
        bench.clocks.advance(by: time.since(now))
        try await keeper.settle()
    }

    // MARK: Looking

    var gate: GateRecord { bench.engine.gatekeeper.snapshot().record }

    func mode(_ scope: Scope?) -> GateMode { gate.entry(for: scope)?.mode ?? gate.whole.mode }

    /// What is stored of a window's one occurrence.
    func occurrence(_ id: String) async throws -> WindowOccurrence? {
        try await bench.store.occurrences(OccurrenceQuery(window: WindowID(id), limit: 9)).first
    }
}
