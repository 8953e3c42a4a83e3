import FoundationEssentials
import ServiceLifecycle
import Synchronization
import Testing

@testable import SluiceSandbox

@Suite(.timeLimit(.minutes(10))) struct StateKeeperTests {
    /// A number that is kept, and changed with its bell.
    private final class Kept: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "kept-\(UInt64.random(in: 0 ... .max))").path
        let saves = StateSaves()
        private let number = Mutex<UInt64>(0)

        func set(_ value: UInt64) {
            number.withLock { $0 = value }
            saves.changed.wake()
        }

        func keeper(at path: String? = nil) -> StateKeeper<UInt64> {
            StateKeeper(file: StateFile(path ?? self.path), saves: saves) {
                let value = self.number.withLock { $0 }
                return (value, value)
            }
        }

        var stored: UInt64? { get throws { try StateFile(path).load(UInt64.self) } }
    }

    private func withKeeper(_ body: (Kept) async throws -> Void) async throws {
        let kept = Kept()
        defer { try? FileManager.default.removeItem(atPath: kept.path) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await kept.keeper().run() }
            try await body(kept)
            group.cancelAll()
        }
    }

    @Test func whoeverWaitsFindsItWritten() async throws {
        try await withKeeper { kept in
            for value: UInt64 in 1...50 {
                kept.set(value)
                await kept.saves.isWritten(value)
                #expect(try kept.stored == value)
            }
            await kept.saves.isWritten(7)
            let rights = try FileManager.default.attributesOfItem(atPath: kept.path)[.posixPermissions] as? Int
            #expect(rights == 0o600)
        }
    }

    @Test func whatNobodyWaitsForIsWrittenSoon() async throws {
        try await withKeeper { kept in
            kept.set(1)
            let start = ContinuousClock.now
            while kept.saves.written < 1, start.duration(to: .now) < .seconds(60) { await Task.yield() }
            let stored = try kept.stored
            #expect(stored == 1)
        }
    }

    @Test func aStopWritesOnceMoreAndLetsEverybodyGo() async throws {
        let kept = Kept()
        defer { try? FileManager.default.removeItem(atPath: kept.path) }
        kept.set(3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await kept.keeper().run() }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try kept.stored == 3)
        await kept.saves.isWritten(99)
    }

    @Test func aFileThatCannotBeWrittenStopsIt() async throws {
        let kept = Kept()
        kept.set(1)
        await #expect(throws: SandboxServerError.self) { try await kept.keeper(at: "/nowhere/state").run() }
        await kept.saves.isWritten(1)
    }

    /// The file is there at any moment: between two states it is one of the two.
    @Test func theFileIsNeverMissing() async throws {
        let kept = Kept()
        let file = StateFile(kept.path)
        defer { try? FileManager.default.removeItem(atPath: kept.path) }
        try file.save(0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                for value in 1...500 { try file.save(value) }
                return 0
            }
            group.addTask {
                var missing = 0
                for _ in 0..<2_000 where try file.load(Int.self) == nil { missing += 1 }
                return missing
            }
            for try await missing in group { #expect(missing == 0) }
        }
    }
}
