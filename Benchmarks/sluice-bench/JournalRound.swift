import Logging
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSQLite
import Synchronization

/// Changes of an outside system that answers after a time: made, verified, and put back, with the embedded store.
struct JournalRound {
    let path: String
    let count: Int
    let answerDuration: Duration
    let callCountMax: Int

    /// - Returns: JSON: seconds there and back, and what the process took of the processor.
    func run() async throws -> String {
        let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        let store = try SQLiteStore(path: path, options: SQLiteStoreOptions(), logger: quiet)
        let system = DelayedSystem(count: count, answerDuration: answerDuration, callCountMax: callCountMax)
        let keeper = try await JournalKeeper.alone(
            systems: [system], lateDuration: .zero, store: store, clocks: SystemClocks(), logger: quiet)
        let before = try ProcessUsage.now()
        let begun = ContinuousClock.now
        let running = Task { try await keeper.run() }  // why: the round ends it by hand, whatever is thrown.
        defer { running.cancel() }
        let maintenance = MaintenanceID("m_bench")
        let plan = (0..<count).map {
            PlannedChange(
                system: system.system, object: "\($0)", title: "policy \($0)",
                wanted: [JournalField("automatic", "false")], step: 0, returnStep: 0)
        }
        let applied = await keeper.apply(plan, of: maintenance, by: .sluice, reason: "bench")
        guard applied == .accepted else { throw BenchError("the plan was not taken: \(applied)") }
        try await wait { keeper.status().isMade }
        let made = ContinuousClock.now
        guard system.closedCount == count else { throw BenchError("\(system.closedCount) of \(count) were made") }
        let reverted = await keeper.revert(maintenance, by: .sluice, reason: "bench")
        guard reverted == .accepted else { throw BenchError("the way back was not taken: \(reverted)") }
        try await wait { keeper.status().isSettled }
        let back = ContinuousClock.now
        guard system.closedCount == 0 else { throw BenchError("\(system.closedCount) were not put back") }
        let usage = try ProcessUsage.now()
        try await store.close()
        return #"{"count":\#(count),"thereSeconds":\#((made - begun).inSeconds),"#
            + #""backSeconds":\#((back - made).inSeconds),"calls":\#(system.callCount),"#
            + #""cpuSeconds":\#((usage.cpu - before.cpu).inSeconds)}"#
    }

    private func wait(_ isMet: () -> Bool) async throws {
        while !isMet() { try await Task.sleep(for: .milliseconds(50)) }
    }
}

/// An outside system in this process: each call waits, then it is done.
private final class DelayedSystem: OutsideSystem {
    let system = "csa"
    let callDuration: Duration = .seconds(5)
    let callCountMax: Int
    let writeCountMax = 1
    private let answerDuration: Duration
    private let state: Mutex<(automatic: [String: String], calls: Int)>

    init(count: Int, answerDuration: Duration, callCountMax: Int) {
        self.answerDuration = answerDuration
        self.callCountMax = callCountMax
        state = Mutex((Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)", "true") }), 0))
    }

    var closedCount: Int { state.withLock { $0.automatic.values.count { $0 == "false" } } }
    var callCount: Int { state.withLock { $0.calls } }

    /// A template of CSA has about so many fields (csa-api.md 4.1).
    private static func image(_ automatic: String) -> OutsideImage {
        OutsideImage(
            fields: [JournalField("automatic", automatic)]
                + (0..<12).map { JournalField("field \($0)", "a value of some length \($0)") },
            record: SealedBytes(Array(repeating: 0x5A, count: 2000)))
    }

    func read(_ object: String) async throws -> OutsideImage? {
        try await Task.sleep(for: answerDuration)
        return state.withLock { state in
            state.calls += 1
            return state.automatic[object].map(Self.image)
        }
    }

    func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome] {
        try? await Task.sleep(for: answerDuration)
        return state.withLock { state in
            state.calls += 1
            for write in writes { state.automatic[write.object] = write.fields.value(of: "automatic") }
            return writes.map { OutsideOutcome($0.object, .taken(nil)) }
        }
    }
}
