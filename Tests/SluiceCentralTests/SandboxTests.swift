import Logging
import SluiceCentral
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceTestKit
import Testing

/// The client and the sandbox read the reference independently; here they meet.
@Suite struct SandboxTests {
    private static let flow = "a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"

    @Test(arguments: CentralConfiguration.Dialect.allCases, CentralConformance.allCases)
    func obeysTheLaws(dialect: CentralConfiguration.Dialect, law: CentralConformance) async throws {
        try await withSandbox(dialect: dialect) { client, sandbox, end in
            try await law.check(Self.world(client, sandbox, end))
        }
    }

    @Test func leavesUnknownIDsOutWhenTheyMakeAll404() async throws {
        try await withSandbox { client, sandbox, end in
            sandbox.settings.leavesOutUnknownIDs = false
            try await CentralConformance.leavesUnknownIDsOut.check(Self.world(client, sandbox, end))
        }
    }

    @Test(arguments: [
        (SandboxFault.Effect.dropAfter, "unknown", 1), (.dropBefore, "unknown", 0),
        (.status(500, text: "boom"), "unknown", 0), (.status(503, text: ""), "unknown", 0),
        (.status(404, text: "no such flow"), "refused", 0), (.status(401, text: ""), "refusedForNow", 0),
        (.loginPage(status: 302), "refusedForNow", 0), (.loginPage(status: 200), "unknown", 0),
    ])
    func tellsWhatAFaultMeans(effect: SandboxFault.Effect, kind: String, executions: Int) async throws {
        try await withSandbox { client, sandbox, _ in
            sandbox.add(faults: [SandboxFault(effect, method: "POST", limit: 1)])
            let outcome = await client.start(.fixture)
            #expect(outcome.kind == kind)
            sandbox.removeFaults()
            let listed = try await client.executions(page: 1, pageSize: 10)
            #expect(listed.count == executions)
        }
    }

    @Test func takesWhatComesTooLateForUnknown() async throws {
        try await withSandbox(timeout: patience) { client, sandbox, _ in
            sandbox.add(faults: [SandboxFault(.delay(milliseconds: 60_000), method: "POST", limit: 1)])
            #expect(await client.start(.fixture).kind == "unknown")
            #expect(sandbox.overview["executions"] == 1)
        }
    }

    @Test func refusesAFlowThatIsNotThereAndAWrongPassword() async throws {
        try await withSandbox { client, _, _ in
            var order = LaunchOrder.fixture
            order.flow = FlowID("00000000-0000-4000-8000-000000000000")
            #expect(await client.start(order).kind == "refused")
        }
        try await withSandbox(password: "wrong") { client, _, _ in
            #expect(await client.start(.fixture).kind == "refusedForNow")
            let error = try await #require(throws: CentralError.self) {
                try await client.executions(page: 1, pageSize: 1)
            }
            #expect(error.code == .unauthorized)
        }
    }

    private static func world(
        _ client: RESTCentralClient, _ sandbox: SandboxServer,
        _ end: @escaping @Sendable (ExecutionID) async throws -> Void
    ) -> CentralConformance.World {
        CentralConformance.World(client: client, flow: FlowID(flow), end: end) { wanted in
            let schedule = SandboxSchedule(
                name: wanted.name, flow: flow, triggerExpression: wanted.triggerExpression,
                startDate: wanted.startDate, isEnabled: wanted.isEnabled, inputs: wanted.inputs,
                sensitiveInputs: wanted.sensitiveInputs)
            return ScheduleID(try #require(sandbox.add(schedule: schedule)))
        }
    }

    private func withSandbox(
        dialect: CentralConfiguration.Dialect = .v2, password: String = "sandbox", timeout: Duration = .seconds(20),
        _ body: (RESTCentralClient, SandboxServer, @escaping @Sendable (ExecutionID) async throws -> Void) async throws
            -> Void
    ) async throws {
        var configuration = SandboxConfiguration()
        configuration.flows = [SandboxFlow(id: Self.flow, durationMilliseconds: 60_000)]
        let clock = ManualSandboxClock()
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        let sandbox = SandboxServer(configuration: configuration, clock: clock, logger: logger)
        let running = Task { try await sandbox.run() }
        defer { running.cancel() }
        let port = try await sandbox.port
        try await withClient(
            port: port, dialect: dialect, timeout: timeout,
            adjust: {
                $0.username = "sandbox"
                $0.password = Secret(password)
            }
        ) { client in
            try await body(client, sandbox) { _ in clock.advance(byMilliseconds: 60_000) }
        }
    }
}
