import Logging
import ServiceLifecycle
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import Synchronization

/// Holds launches in a fresh store, opens the gate, and waits until all have ended.
struct ReleaseRound {
    let holdCount: Int
    let tenantCount: Int
    let central: any CountedCentral

    /// Closes the store at the end.
    func run(_ store: any DurableStore) async throws -> Measurement {
        let logger = StoreRound.quiet
        let clock = ContinuousClock()
        var configuration = EngineConfiguration(
            release: ReleasePolicy(
                ratePerMinute: ReleaseSettings.Limits.ratePerMinute.upperBound,
                ceiling: ReleaseSettings.Limits.ceiling.upperBound, pollInterval: .milliseconds(500)),
            initialMode: .hold)
        configuration.listPageSize = 200
        let engine = try await Engine.make(
            configuration: configuration, store: store, central: central, sealer: AESSealer(MasterKey()),
            inventory: Inventory(), clocks: SystemClocks(), random: SystemRandomSource(), logger: logger)
        for start in stride(from: 0, to: holdCount, by: 500) {
            let changes = (start..<min(start + 500, holdCount)).map { Change.addHold(hold(UInt64($0))) }
            try await store.commit(changes, fence: Fence(timeline: 1, term: 1))
        }
        let before = try ProcessUsage.now()
        let services = engine.services
        let duration = try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try? await service.run() } }
            let start = clock.now
            _ = await engine.gatekeeper.change(
                ModeChange(
                    ref: ModeChange.Ref(engine.gatekeeper.nextRef()), mode: .open, by: Principal("bench"), reason: "go")
            )
            while try await store.counts().total(.ended) < holdCount {
                guard clock.now - start < .seconds(300) else {
                    throw BenchError(
                        "not released within 300 s: \(try await store.counts()), \(engine.releaser.status())")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            let duration = clock.now - start
            group.cancelAll()
            return duration
        }
        let after = try ProcessUsage.now()
        try await store.close()
        let launches = central.launches
        guard launches.count == holdCount, launches.distinctCount == holdCount else {
            throw BenchError(
                "\(holdCount) were held, \(launches.count) launched, \(launches.distinctCount) of them different")
        }
        return Measurement(
            count: holdCount, duration: duration, latencies: [], cpu: after.cpu - before.cpu,
            byteCountWritten: after.byteCountWritten - before.byteCountWritten)
    }

    private func hold(_ number: UInt64) -> Hold {
        let time = Timestamp(milliseconds: 1_764_500_000_000 + Int64(number))
        var request = LaunchRequest(flow: FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"), source: .scheduler)
        request.flowPath = "Library/Backup/Nightly"
        request.inputs = [
            LaunchInput(name: "host", value: .clear("db\(number).example.com")),
            LaunchInput(name: "mode", value: .clear("incremental")),
        ]
        request.start = StartOptions(runName: "nightly-\(number)", logLevel: "STANDARD", inputPromptUseBlank: false)
        if tenantCount > 1 { request.tenant = TenantID("tenant-\(number % UInt64(tenantCount))") }
        return Hold(
            ticket: Ticket(ULID(at: time, random: (high: 0, low: number))), request: request,
            principal: Principal("gate"), reason: .maintenance, epoch: Epoch(1), arrivedAt: time)
    }
}

/// A Central whose launches can be looked at afterwards.
protocol CountedCentral: CentralClient {
    /// How many launches it was asked for, and how many different ones these were.
    var launches: (count: Int, distinctCount: Int) { get }
}

/// A Central that starts everything at once; each execution has ended when it is asked about.
final class InstantCentral: CountedCentral {
    private let started = Mutex<[Ticket]>([])

    var launches: (count: Int, distinctCount: Int) { started.withLock { ($0.count, Set($0).count) } }

    func start(_ order: LaunchOrder, ifStill mayStart: @escaping @Sendable () -> Bool) async -> LaunchOutcome {
        let number = started.withLock { started in
            started.append(order.ticket)
            return started.count
        }
        return .started(ExecutionID("\(number)"))
    }

    func summaries(of ids: [ExecutionID]) async throws -> [ExecutionSummary] {
        ids.map { id in
            var summary = ExecutionSummary(id: id, status: .completed)
            summary.resultType = "RESOLVED"
            summary.resultName = "success"
            return summary
        }
    }

    func executions(page: Int, pageSize: Int) async throws -> [ExecutionSummary] { [] }
    func variables(of id: ExecutionID) async throws -> [LaunchInput] { [] }
    func stepCount(of id: ExecutionID) async throws -> Int { 0 }
    func version() async throws -> String { "bench" }
    func schedules() async throws -> [CentralSchedule] { [] }
    func setEnabled(_ id: ScheduleID, _ isEnabled: Bool) async throws {}
}
