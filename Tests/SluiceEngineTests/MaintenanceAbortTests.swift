import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What stands against the way back of a maintenance that is aborted, and against two starts at once.
@Suite(.timeLimit(.minutes(3)))
struct MaintenanceAbortTests {
    private static func pack(_ version: String, requires input: String? = nil) -> PackShelf.Content {
        let inputs = input.map { [KnownInput(name: $0, isRequired: true, isEncrypted: false)] } ?? []
        return PackShelf.Content(
            name: "Pack", version: version, digest: nil,
            flows: [
                KnownFlow(
                    id: .fixture, name: "F", path: "Library/F", contentPack: "Pack", isGated: false, inputs: inputs)
            ])
    }

    /// What ends a wait for holds that would be stranded.
    enum Mending: CaseIterable, Sendable {
        case waived, packLoaded, discarded
    }

    /// How it comes to be aborted.
    enum Cause: CaseIterable, Sendable {
        case quiesced, draining, deadline, verifying
    }

    @Test(
        "R36 an abort does not open the gate while that would strand held launches, says so, and goes on",
        arguments: Cause.allCases, Mending.allCases)
    func strandsNothing(cause: Cause, mending: Mending) async throws {
        try await EngineBench.runMaintenances { bench in
            let packs = bench.engine.packs
            _ = try await packs.load(Self.pack("1"), by: .fixture)
            let isDraining = cause == .draining || cause == .deadline
            let running = bench.central.addExecution(flow: FlowID("plain"), at: bench.clocks.now().wall)
            let id = try await bench.planMaintenance { plan in
                guard cause == .deadline else { return }
                plan.drainSeconds = 600
                plan.onDeadline = .abort
            }
            try await bench.start(id)
            try await bench.advance { try await bench.phase(id) == .drainingOO }
            let ticket = try await bench.hold()
            _ = try await packs.load(Self.pack("2", requires: "zone"), by: .fixture)
            if !isDraining {
                bench.central.end(running)
                try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
            }
            if cause == .verifying {
                try await bench.move(.resume, id)
                try await bench.advance { try await stranding(id, bench) != nil }
                #expect(try await bench.phase(id) == .verifying)
            }
            if cause != .deadline { try await bench.move(.abort, id) }
            try await bench.advance(by: .seconds(1)) {
                let isBack = try await bench.phase(id) == .reopening
                return try await stranding(id, bench) != nil && isBack
            }
            await bench.advance(by: .seconds(600), step: .seconds(5))
            let blocker = try #require(try await stranding(id, bench))
            #expect(blocker.canBeWaived && blocker.text.contains("\(ticket): the input zone is required now"))
            #expect(!bench.engine.gatekeeper.snapshot().record.isAnyOpen)
            #expect(try await bench.state(ticket) == .held)
            switch mending {
            case .waived: try await bench.move(.waive(blocker: blocker.name), id)
            case .packLoaded: _ = try await packs.load(Self.pack("3"), by: .fixture)
            case .discarded: _ = try await bench.engine.desk.move(ticket, .discard, by: .fixture, reason: "a test")
            }
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .aborted }
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .open)
            let wanted: HoldState =
                switch mending {
                case .waived: .awaitingOperator
                case .packLoaded: .ended
                case .discarded: .discarded
                }
            try await bench.advance { try await bench.state(ticket) == wanted }
        }
    }

    private func stranding(_ id: MaintenanceID, _ bench: EngineBench) async throws -> MaintenanceBlocker? {
        try await bench.engine.maintenance.view(id)?.blockers.first { $0.name == "would-strand" }
    }

    @Test("R36 whoever resumes from verifying all the same is not asked once more")
    func asksOnce() async throws {
        try await EngineBench.runMaintenances { bench in
            _ = try await bench.engine.packs.load(Self.pack("1"), by: .fixture)
            let id = try await bench.planMaintenance()
            try await bench.start(id)
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
            let ticket = try await bench.hold()
            _ = try await bench.engine.packs.load(Self.pack("2", requires: "zone"), by: .fixture)
            try await bench.move(.resume, id)
            try await bench.advance { try await stranding(id, bench) != nil }
            try await bench.move(.resume, id)
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .completed }
            try await bench.advance { try await bench.state(ticket) == .awaitingOperator }
        }
    }

    @Test("of many starts at once one is carried out")
    func startsOne() async throws {
        try await EngineBench.runMaintenances { bench in
            let parts = bench.engine.maintenance.parts
            var ids: [MaintenanceID] = []
            for _ in 0..<16 { ids.append(try await bench.planMaintenance()) }
            let outcomes = await withTaskGroup(of: MoveOutcome?.self) { group in
                for id in ids {
                    group.addTask {
                        try? await bench.engine.maintenance.order(
                            .start(available: parts), of: id, by: EngineBench.ann, reason: "go")
                    }
                }
                return await group.reduce(into: [MoveOutcome?]()) { $0.append($1) }
            }
            let moved = outcomes.filter { if case .moved = $0 { true } else { false } }
            #expect(moved.count == 1)
            for case .refused(let refusal) in outcomes {
                guard case .invalid(let problems) = refusal else {
                    Issue.record("\(refusal)")
                    continue
                }
                #expect(problems.first?.contains("one at a time") == true)
            }
            let records = try await bench.store.maintenances(limit: 100)
            #expect(records.count == ids.count && records.count(where: \.isUnderWay) == 1)
        }
    }
}
