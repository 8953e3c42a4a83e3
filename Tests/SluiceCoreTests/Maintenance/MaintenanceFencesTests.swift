import SluiceCore
import SluiceModel
import Testing

/// Where CSA's doors stand, over every phase, in both modes.
struct MaintenanceFencesTests {
    @Test(
        "R5 CSA's doors are shut before it may be stopped, and open only after its policies are back",
        arguments: MaintenancePhase.allCases, [true, false])
    func doors(_ phase: MaintenancePhase, areShut: Bool) {
        for mode in [MaintenancePlan.CSAMode.refuse, .accept] {
            var record = MaintenanceRecord.fixture(phase) { $0.csaMode = mode }
            record.doorsShutAt = areShut ? .evening : nil
            let state = MaintenanceFences.standings(of: record).first { $0.system == .csa }?.state ?? .open
            let expected: FenceState =
                switch phase {
                case .planned, .releasing, .completed, .aborted: .open
                case .closingCSA, .drainingCSA, .closingOO, .drainingOO:
                    mode == .accept && !areShut ? .open : .draining
                case .quiesced: .closed
                case .verifying, .reopening: .draining
                }
            #expect(state == expected, "\(mode)")
        }
    }

    @Test(
        "R10 an abort leaves Central's doors open unless OO was being closed",
        arguments: [
            (MaintenancePhase.closingCSA, false), (.drainingCSA, false), (.closingOO, true), (.drainingOO, true),
        ])
    func abort(from phase: MaintenancePhase, isShut: Bool) {
        var record = MaintenanceRecord.fixture(phase)
        record.steps = [MaintenanceStep(phase: phase, at: .evening, by: .sluice, cause: "x")]
        record.isAborting = true
        record.phase = .reopening
        let states = Dictionary(
            MaintenanceFences.standings(of: record).map { ($0.system, $0.state) },
            uniquingKeysWith: { first, _ in first })
        #expect(states[.csa] == .draining && states[.portal] == .draining)
        #expect((states[.central] == .draining) == isShut)
    }

    @Test("R5 only an abort in the mode accept shuts doors that were open", arguments: [true, false])
    func shutByReopening(areShut: Bool) {
        for mode in [MaintenancePlan.CSAMode.refuse, .accept] {
            for phase in MaintenancePhase.allCases {
                var record = MaintenanceRecord.fixture(phase) { $0.csaMode = mode }
                record.doorsShutAt = areShut ? .evening : nil
                let isShut = phase == .reopening && mode == .accept && !areShut
                #expect(MaintenanceFences.isShutByReopening(record) == isShut, "\(phase), \(mode)")
                record.available = []
                #expect(!MaintenanceFences.isShutByReopening(record))
            }
        }
    }

    @Test("R5 once they are to be shut, that is waited for before the drain counts", arguments: [true, false])
    func doorsFirst(_ areShut: Bool) {
        var record = MaintenanceRecord.fixture(.drainingOO) { $0.csaMode = .accept }
        record.doorsShutAt = areShut ? .evening : nil
        let first = MaintenanceScript.steps(of: record).first ?? []
        #expect(first.contains(PartWish(.csaFence, .made)) == areShut)
        #expect(first.contains(PartWish(.csaDrain, .watched)) != areShut)
    }
}
