import Logging
import SluiceCentral
import SluiceModel
import SluicePorts
import SluiceSandbox
import Testing

/// Central's schedules over the wire: what the sandbox's switches and faults make of them.
@Suite struct ScheduleTests {
    private static let flow = "a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"

    @Test func fallsBackToTheOlderListWhenThereIsNoAllSchedules() async throws {
        try await withSandbox { client, sandbox, _ in
            sandbox.settings.hasAllSchedules = false
            sandbox.settings.occurrencesAsText = true
            let id = try #require(sandbox.add(schedule: Self.hourly(count: 7)))
            let listed = try await client.schedules()
            #expect(listed.map(\.id.text) == [id])
            #expect(listed.first?.occurrenceCount == 7)
        }
    }

    @Test(arguments: [
        (SandboxFault.Effect.statusAfter(500), CentralError.Code.status, false),
        (.dropAfter, .unreachable, false), (.dropBefore, .unreachable, true),
        (.status(500, text: "no"), .status, true), (.status(401, text: ""), .unauthorized, true),
        (.loginPage(status: 200), .unreadable, true), (.loginPage(status: 302), .unauthorized, true),
        (.status(404, text: ""), .missing, true),
    ])
    func tellsThatASwitchWentWrongAndReadingBackTellsWhatItDid(
        effect: SandboxFault.Effect, code: CentralError.Code, isEnabledAfter: Bool
    ) async throws {
        try await withSandbox { client, sandbox, _ in
            let id = ScheduleID(try #require(sandbox.add(schedule: Self.hourly())))
            sandbox.add(faults: [SandboxFault(effect, method: "PUT", path: "/schedules/**")])
            let error = try await #require(throws: CentralError.self) { try await client.setEnabled(id, false) }
            #expect(error.code == code)
            sandbox.removeFaults()
            #expect(try await client.schedule(id)?.isEnabled == isEnabledAfter)
        }
    }

    @Test func aPersonComesInBetween() async throws {
        try await withSandbox { client, sandbox, _ in
            let id = try #require(sandbox.add(schedule: Self.hourly()))
            try await client.setEnabled(ScheduleID(id), false)
            sandbox.add(faults: [
                SandboxFault(.personSwitches(schedule: id, isEnabled: true), method: "GET", nth: 1),
                SandboxFault(.personCopies(schedule: id), method: "GET", nth: 2),
            ])
            #expect(try await client.schedules().map(\.isEnabled) == [true])
            #expect(try await client.schedules().map(\.name) == ["hourly", "hourly (copy)"])
        }
    }

    @Test func readsTheInputsOfAnExecutionFromItsLog() async throws {
        try await withSandbox { client, sandbox, clock in
            var schedule = Self.hourly()
            schedule.startDate = clock.now + 1000
            schedule.inputs = ["order": "A", "host": "h"]
            _ = try #require(sandbox.add(schedule: schedule))
            clock.advance(byMilliseconds: 2000)
            let execution = try #require(try await client.executions(page: 1, pageSize: 10).first)
            #expect(
                try await client.variables(of: execution.id) == [
                    LaunchInput(name: "host", value: .clear("h")), LaunchInput(name: "order", value: .clear("A")),
                ])
            let error = try await #require(throws: CentralError.self) {
                try await client.variables(of: ExecutionID("999"))
            }
            #expect(error.code == .missing)
        }
    }

    @Test func refusesAListWithoutTruthInIt() async throws {
        try await withSandbox { client, sandbox, _ in
            for (text, part) in [
                (#"[{"id":"1"}]"#, "element 0"), (#"[{"enabled":true}]"#, "element 0"), ("{}", "not a list"),
                (#"[{"id":"1","enabled":"maybe"}]"#, "element 0"), (#"[{"id":"1","enabled":tr"#, "not JSON"),
            ] {
                sandbox.removeFaults()
                sandbox.add(faults: [SandboxFault(.status(200, text: text), method: "GET")])
                let error = try await #require(throws: CentralError.self) { try await client.schedules() }
                #expect(error.code == .unreadable && error.message.contains(part), "\(text): \(error)")
            }
        }
    }

    @Test(arguments: [
        (SandboxSettings.CatchUp.never, "*/60000", Int64(0), 0), (.always, "*/60000", 0, 1),
        (.byQuartz, "*/60000", 0, 0), (.byQuartz, "*/60000", 100, 1), (.byQuartz, "0 * * * * ?", 0, 1),
    ])
    func theSandboxCatchesUpAsItIsTold(
        catchUp: SandboxSettings.CatchUp, expression: String, count: Int64, launches: Int
    ) async throws {
        try await withSandbox { client, sandbox, clock in
            sandbox.settings.catchUpOnEnable = catchUp
            let schedule = SandboxSchedule(
                name: "m", flow: Self.flow, triggerExpression: expression, startDate: clock.now + 30_000,
                occurrenceCount: count)
            let id = ScheduleID(try #require(sandbox.add(schedule: schedule)))
            clock.advance(byMilliseconds: 61_000)
            let fired = sandbox.bodies.count
            #expect(fired == 1)
            try await client.setEnabled(id, false)
            clock.advance(byMilliseconds: 300_000)
            #expect(sandbox.bodies.count == fired, "it fired while it was off")
            try await client.setEnabled(id, true)
            #expect(sandbox.bodies.count == fired + launches)
            clock.advance(byMilliseconds: 60_000)
            #expect(sandbox.bodies.count == fired + launches + 1, "the next time of its grid")
        }
    }

    @Test func theSandboxRefusesWhatItDoesNotUnderstand() async throws {
        try await withSandbox { _, sandbox, _ in
            for expression in ["*/5", "0 0 3 L * ?", "0 0 3 * * ? 2027", "0 0 3 * * *", "nonsense", "0 0 3 ? * 2#1"] {
                let schedule = SandboxSchedule(name: "x", flow: Self.flow, triggerExpression: expression)
                #expect(sandbox.add(schedule: schedule) == nil, "\(expression)")
            }
            let berlin = SandboxSchedule(
                name: "x", flow: Self.flow, triggerExpression: "0 0 3 * * ?", timeZone: "Europe/Berlin")
            #expect(sandbox.add(schedule: berlin) == nil)
        }
    }

    private static func hourly(count: Int64 = 0) -> SandboxSchedule {
        SandboxSchedule(name: "hourly", flow: flow, triggerExpression: "*/3600000", occurrenceCount: count)
    }

    private func withSandbox(
        _ body: (RESTCentralClient, SandboxServer, ManualSandboxClock) async throws -> Void
    ) async throws {
        var configuration = SandboxConfiguration()
        configuration.flows = [SandboxFlow(id: Self.flow)]
        let clock = ManualSandboxClock()
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        let sandbox = SandboxServer(configuration: configuration, clock: clock, logger: logger)
        let running = Task { try await sandbox.run() }
        defer { running.cancel() }
        let port = try await sandbox.port
        try await withClient(
            port: port, dialect: .v2, timeout: .seconds(20),
            adjust: {
                $0.username = "sandbox"
                $0.password = Secret("sandbox")
            }
        ) { client in
            try await body(client, sandbox, clock)
        }
    }
}
