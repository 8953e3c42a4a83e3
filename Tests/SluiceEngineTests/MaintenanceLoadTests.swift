import SluiceCore
import SluiceEngine
import SluiceModel
import SluiceTestKit
import Synchronization
import Testing

/// What is on record is read while orders are taken: a list that was long on its way changes nothing any more.
@Suite(.timeLimit(.minutes(10)))
struct MaintenanceLoadTests {
    /// The keeper's first list is held up: what the test does comes between its reading and its arrival.
    /// - Parameter isPlanned: Whether there is a plan of an earlier life.
    private func run(
        isPlanned: Bool,
        _ body: @Sendable (EngineBench, MaintenanceID?, _ arrives: @Sendable () -> Void) async throws -> Void
    ) async throws {
        var setup = EngineBench.Setup().ofMaintenances
        var id: MaintenanceID?
        if isPlanned {
            let planned = Mutex<MaintenanceID?>(nil)
            try await EngineBench.run(setup) { bench in
                let id = try await bench.planMaintenance()
                planned.withLock { $0 = id }
            }
            id = planned.withLock { $0 }
        }
        let link = StoreLink(setup.store)
        setup.link = link
        try await EngineBench.run(setup) { [id] bench in
            link.holdNextList()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.maintenance.run() }
                defer { group.cancelAll() }
                try await bench.advance { link.holdsList }
                try await body(bench, id) { link.releaseList() }
            }
        }
    }

    @Test("R34 a list from before a start does not undo it")
    func keepsAStart() async throws {
        try await run(isPlanned: true) { bench, id, arrives in
            let id = try #require(id)
            try await bench.start(id)
            arrives()
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
        }
    }

    @Test("R34 a list from before a plan does not forget it")
    func keepsAPlan() async throws {
        try await run(isPlanned: false) { bench, _, arrives in
            let id = try await bench.planMaintenance()
            arrives()
            await bench.advance(by: .seconds(3), step: .milliseconds(250))
            try await bench.start(id)
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
        }
    }
}
