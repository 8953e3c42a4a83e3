import Logging
import SluiceModel
import SluicePorts
import SluiceSQLite
import Synchronization

/// Adds holds to a fresh store, from many callers at the same time, each waiting for its own acknowledgement.
struct StoreRound {
    let callers: Int
    let limit: RoundLimit

    func run(path: String, isGrouped: Bool) async throws -> Measurement {
        var options = SQLiteStoreOptions()
        options.groupsCommits = isGrouped
        return try await run(SQLiteStore(path: path, options: options, logger: Self.quiet))
    }

    static let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Closes the store at the end.
    func run(_ store: any DurableStore) async throws -> Measurement {
        let clock = ContinuousClock()
        let numbers = Numbers()
        let before = try ProcessUsage.now()
        let start = clock.now
        let end = start + limit.duration
        let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var latencies: [Duration] = []
                    while clock.now < end {
                        let number = numbers.next()
                        guard number <= limit.count else { break }
                        let hold = Self.hold(UInt64(number))
                        let began = clock.now
                        try await store.commit([.addHold(hold)], fence: Fence(timeline: 1, term: 1))
                        latencies.append(clock.now - began)
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let duration = clock.now - start
        let after = try ProcessUsage.now()
        let kept = try await store.counts().total(.held)
        try await store.close()
        guard kept == latencies.count else {
            throw BenchError("\(latencies.count) holds were acknowledged, \(kept) are in the store")
        }
        return Measurement(
            count: kept, duration: duration, latencies: latencies, cpu: after.cpu - before.cpu,
            byteCountWritten: after.byteCountWritten - before.byteCountWritten)
    }

    /// A launch as a scheduler asks for it: three inputs, a schedule, a run name.
    static func hold(_ number: UInt64) -> Hold {
        let time = Timestamp(milliseconds: 1_764_500_000_000 + Int64(number))
        var request = LaunchRequest(flow: FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"), source: .scheduler)
        request.askID = AskID("bench-\(number)")
        request.flowPath = "Library/Backup/Nightly"
        request.inputs = [
            LaunchInput(name: "host", value: .clear("db\(number).example.com")),
            LaunchInput(name: "mode", value: .clear("incremental")),
            LaunchInput(name: "retention", value: .clear("14")),
        ]
        request.start = StartOptions(runName: "nightly-\(number)", logLevel: "STANDARD", inputPromptUseBlank: false)
        request.scheduleID = ScheduleID("s-17")
        request.nominalTime = time
        request.requestedBy = "svc-backup"
        return Hold(
            ticket: Ticket(ULID(at: time, random: (high: 0, low: number))), request: request,
            principal: Principal("gate"), reason: .maintenance, epoch: Epoch(2), arrivedAt: time)
    }
}

/// Counts up from 1 for all callers together.
private final class Numbers: Sendable {
    private let last = Atomic(0)

    func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
