import SluiceJSON
import SluiceModel
import Testing

/// A maintenance that is aborted, from each phase from which it can be.
@Suite(.timeLimit(.minutes(6)), .serialized)
struct CSAMaintenanceAbortTests {
    private static let phases: [MaintenancePhase] = [
        .planned, .closingCSA, .drainingCSA, .closingOO, .drainingOO, .quiesced, .verifying, .reopening,
    ]
    /// Sites at a time.
    private static let siteCountMax = 4

    @Test("R10 aborted from each phase everything is as it was, and all orders come to their end")
    func aborts() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, phase) in Self.phases.enumerated() {
                if index >= Self.siteCountMax { try await group.next() }
                group.addTask {
                    do { try await abort(from: phase) } catch {
                        Issue.record("aborted from \(phase.rawValue): \(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func abort(from phase: MaintenancePhase) async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200) { site in
            let (business, brakes) = (MaintenanceBusiness(site), MaintenanceBrakes(site))
            try business.begin()
            try await site.start()
            try await site.startFence()
            let before = try site.picture()
            try site.order(["server": 1])
            try await site.plan()
            if !MaintenanceBrakes.late.contains(phase) { try await brakes.arm(phase) }
            try site.order(["server": 3, "gated": 2])
            if phase != .planned { try await site.move("start", [("acceptWarnings", true)]) }
            if MaintenanceBrakes.late.contains(phase) {
                try await site.wait(for: .quiesced)
                try await brakes.arm(phase)
                try await site.move("resume")
            }
            try await brakes.reached(phase)
            try await business.ask("asked")
            let aborted = try await site.program("maintenance", "abort", "--reason", "not tonight")
            #expect(aborted.status == 0, "\(phase): \(aborted.errors)")
            try await brakes.release(phase)
            try await site.wait(for: .aborted)
            let history = try await site.history()
            let place = try #require(history.firstIndex { $0.cause == "not tonight" }, "\(history)")
            #expect(history[place - 1].phase == phase, "it was aborted from there: \(history)")
            #expect(try site.picture() == before, "\(phase): everything is as it was")
            try await site.checkLaunches(business, orders: 6)
            try await site.until("the doors are open", within: .seconds(60)) {
                try await site.throughFence("POST", MaintenanceSite.orderDoor) != 503
            }
        }
    }
}
