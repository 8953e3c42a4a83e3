import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

@Suite struct FakeCentralTests {
    @Test(arguments: CentralConformance.allCases)
    func obeysTheLaws(law: CentralConformance) async throws {
        let central = FakeCentral()
        let counter = Atomic(100)
        let world = CentralConformance.World(client: central, flow: FlowID("flow")) {
            central.end($0)
        } addSchedule: { wanted in
            let id = ScheduleID(String(counter.add(1, ordering: .relaxed).newValue))
            central.put(CentralSchedule(wanted, id: id, flow: FlowID("flow")))
            return id
        }
        try await law.check(world)
    }

    @Test func doesWhatItWasTold() async {
        let central = FakeCentral()
        central.plan(.notSent, .refuse, .refuseForNow, .loseUnseen, .startUnseen)
        var kinds: [String] = []
        for _ in 0..<6 { kinds.append(await central.start(.fixture).kind) }
        #expect(kinds == ["notSent", "refused", "refusedForNow", "unknown", "unknown", "started 112600002"])
        #expect(central.orders.count == 5)
        #expect(central.executions.map(\.id.text) == ["112600002", "112600001"])
    }

    @Test func letsAGateStepEndAnExecution() async throws {
        let central = FakeCentral()
        central.setOnStart { order, id in order.attempt == 1 ? .resolved : nil }
        guard case .started(let id) = await central.start(.fixture) else { return #expect(Bool(false)) }
        #expect(try await central.summaries(of: [id]).first?.result == .resolved)
    }
}
