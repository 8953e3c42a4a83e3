import Logging
import SluiceFacade
import SluiceHTTP
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceScenarios

/// What must be so before the facade serves anybody.
@Suite struct FacadeCheckTests {
    private static let logger = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }

    @Test(
        "the facade starts only while Central's newest ids are below half of the virtual ones",
        arguments: [("499999999999", true), ("500000000000", false), ("9000000000000001", false)])
    func compares(id: String, starts: Bool) async throws {
        var facade = FacadeConfiguration(centralURL: "https://central.example:8443/oo")
        facade.virtualIDs = VirtualIDs(base: 1_000_000_000_000)
        let central = FakeCentral()
        let made = central.addExecution(flow: FlowID("f"))
        central.change(made) { $0.id = ExecutionID(id) }
        if starts {
            try await FacadeCheck.check(facade, central: central, logger: Self.logger)
        } else {
            let error = await #expect(throws: ServiceError.self) {
                try await FacadeCheck.check(facade, central: central, logger: Self.logger)
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("facade.virtualIdBase"))
            #expect("\(error.map { "\($0)" } ?? "")".contains(id))
        }
    }

    @Test("a Central that is down keeps the facade from nothing; an address that is Sluice's own does")
    func starts() async throws {
        let central = FakeCentral()
        central.failReads(CentralError(.unreachable, "down"))
        try await FacadeCheck.check(
            FacadeConfiguration(centralURL: "https://central.example:8443/oo"), central: central, logger: Self.logger)
        for url in ["ftp://central.example/oo", "https://central.example/v1/oo", "https://central.example/metrics"] {
            await #expect(throws: ServiceError.self) {
                try await FacadeCheck.check(
                    FacadeConfiguration(centralURL: url), central: central, logger: Self.logger)
            }
        }
    }
}
