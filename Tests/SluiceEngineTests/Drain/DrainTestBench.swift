import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit

/// An engine whose gate is closed and whose drain of Central is watched.
struct DrainTestBench: Sendable {
    let bench: EngineBench
    var central: FakeCentral { bench.central }
    var drains: DrainWatch { bench.engine.drains }

    static let order = "m-1/draining-oo"
    static let ann = Principal("ann")

    /// - Parameters:
    ///   - before: Before the drain begins; the gate is closed by then.
    ///   - adjust: Of what is configured: three looks ten seconds apart, a minute to settle.
    static func run(
        _ setup: EngineBench.Setup = EngineBench.Setup(),
        order: DrainOrder = DrainOrder(id: order, systems: [.central]),
        isClosed: Bool = true, adjust: @escaping @Sendable (inout EngineConfiguration) -> Void = { _ in },
        before: @Sendable (EngineBench) async throws -> Void = { _ in },
        _ body: @Sendable (DrainTestBench) async throws -> Void
    ) async throws {
        var setup = setup
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            adjust(&configuration)
        }
        try await EngineBench.run(setup) { bench in
            if isClosed { try await bench.set(.hold, reason: "upgrade") }
            try await before(bench)
            bench.engine.drains.begin(order)
            try await body(DrainTestBench(bench: bench))
        }
    }

    /// A flow that no pack knows.
    static let flow = FlowID("plain.flow")

    @discardableResult
    func add(
        _ flow: FlowID = Self.flow, name: String? = nil, owner: String? = nil, ago seconds: Int64 = 0
    ) -> ExecutionID {
        central.addExecution(
            flow: flow, name: name, owner: owner, at: bench.clocks.now().wall.advanced(by: .seconds(-seconds)))
    }

    /// Ended executions, a second after each other: durations are read once, when a drain begins.
    static func addPast(_ bench: EngineBench, ago seconds: Int64, lasting durations: [Int64]) {
        for (index, duration) in durations.enumerated() {
            let startedAt = bench.clocks.now().wall.advanced(by: .seconds(Int64(index) - seconds))
            bench.central.change(bench.central.addExecution(flow: flow, at: startedAt)) { summary in
                summary.status = .completed
                summary.endedAt = startedAt.advanced(by: .seconds(duration))
            }
        }
    }

    var report: DrainReport? { drains.report() }
    var status: DrainStatus? { report?.systems.first }
    var words: [String] { status?.obstacles.map(\.word) ?? ["none"] }
    var names: [String] { report?.blockers.map(\.item.id.text) ?? [] }

    /// Moves the clock on until something is so.
    func advance(until isSo: @Sendable (DrainTestBench) -> Bool) async throws {
        try await bench.advance(by: .seconds(1)) { isSo(self) }
    }

    func advanceUntilDry() async throws { try await advance { $0.report?.isDry == true } }

    /// Waits for one more look than there was.
    func look() async throws {
        let before = status?.lookedAt
        // The estimate comes right after it.
        try await advance { bench in
            guard let report = bench.report, let at = report.systems.first?.lookedAt else { return false }
            return at != before && (report.eta.map { $0.at >= at } ?? false)
        }
    }

    func waive(_ id: ExecutionID, reason: String = "it may die") -> DrainWatch.WaiveOutcome {
        drains.waive(
            DrainWaiver(id: DrainItemID(id), by: Self.ann, reason: reason, at: bench.clocks.now().wall), in: Self.order)
    }
}
