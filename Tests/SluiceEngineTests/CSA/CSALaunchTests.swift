import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// Launches of CSA's that were let through: they are found in Central's logs, and a callback that was lost is told.
@Suite(.timeLimit(.minutes(5)))
struct CSALaunchTests {
    private static let flow = FlowID("deploy")

    private func launch(
        _ process: String, for instance: String = "pool", in site: CSAMaintenanceBench,
        _ state: ProcessInstanceState = .active
    ) -> ExecutionID {
        site.world.fake.put(ProcessInstance(id: CSAProcessID(process), state: state))
        return site.setup.central.addExecution(flow: Self.flow, variables: Self.inputs(process, instance))
    }

    private static func inputs(_ process: String, _ instance: String) -> [LaunchInput] {
        [
            LaunchInput(name: "CSA_PROCESS_ID", value: .clear(process)),
            LaunchInput(name: "CSA_CONTEXT_ID", value: .clear(instance)),
        ]
    }

    private func blockers(_ id: MaintenanceID, _ bench: EngineBench) async throws -> [String: String] {
        let all = try await bench.engine.maintenance.view(id)?.blockers ?? []
        return Dictionary(all.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
    }

    @Test(
        "R12 a let-through launch that ended without CSA being called back blocks by name as a lost callback",
        arguments: [false, true])
    func tellsALostCallback(isOfCSAAlone: Bool) async throws {
        let site = try CSAMaintenanceBench()
        let lost = launch("p-lost", in: site)
        let running = launch("p-runs", in: site)
        let over = launch("p-over", in: site, .completed)
        let unreadable = launch("p-500", in: site)
        site.world.fail("process/p-500", CSAError(.status, "told to"))
        for id in [lost, over, unreadable] { site.setup.central.end(id) }
        try await site.run { bench in
            let id = try await site.start(bench) { if isOfCSAAlone { $0.systems = .csaOnly } }
            try await site.until("it is named", bench, id) {
                let text = try await blockers(id, bench)["process-instance:p-lost"] ?? ""
                return text.contains("callback that was lost") && text.contains("execution \(lost) has ended")
            }
            let found = try await blockers(id, bench)
            #expect(found["process-instance:p-runs"]?.contains("lost") == false, "\(found)")
            #expect(found["process-instance:p-over"] == nil && found["process-instance:p-500"] == nil)
            bench.central.end(running)
            site.world.fake.put(ProcessInstance(id: CSAProcessID("p-runs"), state: .completed))
            await bench.advance(by: .seconds(600), step: .seconds(2))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA)
            #expect(try await blockers(id, bench).keys.sorted() == ["process-instance:p-lost"])
            // As an operator does by hand.
            site.world.fake.put(ProcessInstance(id: CSAProcessID("p-lost"), state: .error))
            try await site.advance(bench, to: .quiesced, id)
        }
    }

    @Test("R12 a launch is told with its instance as long as it runs, and apart once its callback is lost")
    func tellsARunningOneOnce() async throws {
        let site = try CSAMaintenanceBench()
        site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("carol"))
        let execution = launch("p-1", for: "i-1", in: site)
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.until("it is named", bench, id) { try await !blockers(id, bench).isEmpty }
            await bench.advance(by: .seconds(200), step: .seconds(2))
            #expect(try await blockers(id, bench).keys.sorted() == ["service-instance:i-1"])
            bench.central.end(execution)
            try await site.until("the callback is lost", bench, id) {
                try await blockers(id, bench)["process-instance:p-1"]?.contains("callback that was lost") ?? false
            }
            #expect(try await blockers(id, bench)["service-instance:i-1"] != nil)
        }
    }

    @Test("R12 one that ended at its gate step and is held has lost no callback")
    func waitsForItsHold() async throws {
        let site = try CSAMaintenanceBench()
        site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("carol"))
        site.setup.central.end(launch("p-1", for: "i-1", in: site))
        site.setup.mode = .hold
        try await site.run { bench in
            var request = LaunchRequest.fixture(source: .csa)
            request.inputs = Self.inputs("p-1", "i-1")
            request.takeCSAInputs()
            let ticket = try await bench.hold(request)
            let id = try await site.start(bench)
            try await site.until("it is named", bench, id) {
                try await blockers(id, bench)["service-instance:i-1"]?.contains("\(ticket)") ?? false
            }
            await bench.advance(by: .seconds(300), step: .seconds(2))
            #expect(try await blockers(id, bench).keys.sorted() == ["service-instance:i-1"])
        }
    }

    @Test("R12 CSA's drain ends while Central cannot be read: what it tells is in addition")
    func doesWithoutCentral() async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            bench.central.failReads(CentralError(.unreachable, "told to"))
            let id = try await site.start(bench)
            try await site.until("it is drained", bench, id) {
                let phase = try await bench.store.maintenance(id)?.phase
                return phase == .closingOO || phase == .drainingOO
            }
        }
    }

    // MARK: The reader

    private static func source(_ central: FakeCentral, _ clocks: ManualClocks) -> CSALaunchSource {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return CSALaunchSource(
            central: central, pause: CentralPause("executions", clocks: clocks, logger: logger), pageSize: 20)
    }

    @Test("each execution is asked once, those that run first, so many in a look; beyond so many pages none is")
    func isBounded() async throws {
        let clocks = ManualClocks()
        let central = FakeCentral(now: { clocks.now().wall })
        let source = Self.source(central, clocks)
        let pageCount = CSALaunchLimits.pageCountMax
        central.addExecution(flow: Self.flow, variables: Self.inputs("p-old", "i"))
        let foreign = [LaunchInput(name: "who", value: .clear("ann"))]
        func add(_ count: Int) {
            for _ in 0..<count {
                clocks.advance(by: .seconds(1))
                central.addExecution(flow: Self.flow, status: .completed, variables: foreign)
            }
        }
        clocks.advance(by: .seconds(1))
        add(20 * pageCount - 31)
        let running = central.addExecution(flow: Self.flow, variables: Self.inputs("p-1", "i"))
        add(30)
        var reader = CSALaunchReader()
        var read = await reader.read(source)
        #expect(read.launches.keys.map(\.text) == ["p-1"] && read.trouble == nil, "the old one is beyond")
        #expect(read.launches.values.first?.execution.id == running)
        #expect(central.variableCallCount == CSALaunchLimits.callCountMax && central.listedPageCount == pageCount)
        for _ in 0..<10 { read = await reader.read(source) }
        #expect(central.variableCallCount == 20 * pageCount && central.listedPageCount == pageCount + 10)
        #expect(read.launches.keys.map(\.text) == ["p-1"])
        // Further down by now, so it is asked for by its id.
        let callCount = central.summaryCallCount
        add(40)
        central.end(running)
        read = await reader.read(source)
        #expect(read.launches[CSAProcessID("p-1")]?.isRunning == false && central.summaryCallCount == callCount + 1)
        reader.settle(CSAProcessID("p-1"))
        read = await reader.read(source)
        #expect(read.launches.isEmpty)
    }

    @Test("of several executions of one process instance the one that runs counts, else the newest")
    func takesTheOneThatRuns() async throws {
        let clocks = ManualClocks()
        let central = FakeCentral(now: { clocks.now().wall })
        let source = Self.source(central, clocks)
        var ids: [ExecutionID] = []
        for _ in 0..<3 {
            clocks.advance(by: .seconds(1))
            ids.append(central.addExecution(flow: Self.flow, variables: Self.inputs("p", "i")))
        }
        var reader = CSALaunchReader()
        let process = CSAProcessID("p")
        for (ended, expected) in [(ids[2], ids[1]), (ids[1], ids[0]), (ids[0], ids[2])] {
            central.end(ended)
            let launch = await reader.read(source).launches[process]
            #expect(launch?.execution.id == expected && launch?.isRunning == (ended != ids[0]))
        }
    }

    @Test("one whose log cannot be read is asked a few times, told of, and keeps nobody else from reading Central")
    func givesUpOnALog() async throws {
        let clocks = ManualClocks()
        let central = FakeCentral(now: { clocks.now().wall })
        let source = Self.source(central, clocks)
        central.addExecution(flow: Self.flow)
        central.addExecution(flow: Self.flow, variables: Self.inputs("p", "i"))
        var reader = CSALaunchReader()
        for count in 1...CSALaunchLimits.tryCountMax {
            let read = await reader.read(source)
            #expect(read.trouble != nil && read.launches.count == 1 && central.variableCallCount == count + 1)
            _ = try await source.pause.read(for: .sluice) { try await central.version() }
        }
        let read = await reader.read(source)
        #expect(read.trouble == nil && central.variableCallCount == CSALaunchLimits.tryCountMax + 1)
        central.failReads(CentralError(.unauthorized, "no"))
        #expect(await reader.read(source).trouble?.contains("no") == true)
        let pages = central.failedExecutionCallCount
        let last = await reader.read(source)
        #expect(last.launches.count == 1 && central.failedExecutionCallCount == pages, "accounts lock out")
    }
}
