import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// What is kept of verified callers in memory and in the store, and who is trusted by which of the two.
@Suite(.timeLimit(.minutes(3)))
struct CallerRecordsTests {
    private static let caller = Fingerprint([1])
    private static let stranger = Fingerprint([2])

    /// One store, one time, and any number of replicas.
    private struct World {
        let base = InMemoryStore()
        let store: FlakyStore
        let clocks = ManualClocks()
        let log = LogRecorder()

        init() { store = FlakyStore(base) }

        /// A process that knows nothing yet; trusts for 1000 s.
        func replica(on store: (any Store)? = nil) -> CallerRecords {
            CallerRecords(
                trust: CallerTrust(verifiedFor: .seconds(60), trustedFor: .seconds(1000)), store: store ?? self.store,
                clocks: clocks, fence: { Fence(timeline: 1) }, logger: log.logger())
        }

        func pass(_ seconds: Int64) { clocks.advance(by: .seconds(seconds)) }

        func grant(_ records: CallerRecords, _ caller: Fingerprint = caller) async {
            await records.granted(caller, at: clocks.now())
        }

        func trusts(_ records: CallerRecords, _ caller: Fingerprint = caller) async -> Bool {
            await records.isTrusted(caller, at: clocks.now())
        }

        func recorded(_ caller: Fingerprint = caller) async throws -> Timestamp? { try await base.caller(caller)?.at }

        /// Commits and reads of callers since the last look.
        func calls() -> [Int] {
            defer { store.resetCalls() }
            return ["commit(_:fence:)", "caller(_:)"].map { store.calls[$0] ?? 0 }
        }
    }

    @Test("R34 a caller that Central knew is trusted by a process that starts while Central is down")
    func outlivesTheProcess() async throws {
        let world = World()
        await world.grant(world.replica())
        world.pass(900)
        let restarted = world.replica()
        #expect(await world.trusts(restarted))
        #expect(await !world.trusts(restarted, Self.stranger))
        // Its trust does not begin anew.
        world.pass(99)
        #expect(await world.trusts(restarted))
        world.pass(1)
        #expect(await !world.trusts(restarted))
        #expect(await !world.trusts(world.replica()))
    }

    @Test("a busy caller costs a commit for each quarter of its trust, and a stranger none")
    func writesSeldom() async throws {
        let world = World()
        let records = world.replica()
        await world.grant(records)
        #expect(world.calls() == [1, 0])
        for _ in 0..<4 {
            world.pass(60)
            await world.grant(records)
        }
        #expect(world.calls() == [0, 4])
        #expect(try await world.recorded() == world.clocks.now().wall.advanced(by: .seconds(-240)))
        world.pass(10)
        await world.grant(records)
        #expect(world.calls() == [1, 0])
        #expect(try await world.recorded() == world.clocks.now().wall)
        for _ in 0..<9 { await records.refused(Self.stranger, at: world.clocks.now()) }
        #expect(world.calls() == [0, 9])
    }

    @Test("a caller that Central refuses is trusted by nobody any more: no replica that knew it, and no later start")
    func forgetsTheRefused() async throws {
        let world = World()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        await world.grant(other)
        world.pass(10)
        #expect(await world.trusts(other))
        await one.refused(Self.caller, at: world.clocks.now())
        #expect(try await world.recorded() == nil)
        #expect(await !world.trusts(one))
        // What was read is believed for a moment.
        world.pass(5)
        #expect(await !world.trusts(other))
        #expect(await !world.trusts(world.replica()))
        // By a process that never knew it, too.
        await world.grant(one)
        await world.replica().refused(Self.caller, at: world.clocks.now())
        #expect(try await world.recorded() == nil)
    }

    @Test("what another replica deleted is on record again as soon as Central knows the caller again")
    func recordsAgain() async throws {
        let world = World()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        await world.grant(other)
        await one.refused(Self.caller, at: world.clocks.now())
        world.pass(60)
        await world.grant(other)
        #expect(try await world.recorded() == world.clocks.now().wall)
        #expect(await world.trusts(other))
    }

    @Test("while the store is down callers are known in memory, which is logged once, and tries are few")
    func livesWithoutAStore() async throws {
        let world = World()
        let records = world.replica()
        world.store.setBroken(true)
        await world.grant(records)
        #expect(world.calls() == [1, 0])
        await world.grant(records)
        #expect(world.calls() == [0, 0])
        #expect(await world.trusts(records))
        #expect(await !world.trusts(records, Self.stranger))
        world.pass(5)
        await world.grant(records)
        #expect(world.log.lines.filter { $0.hasPrefix("warning") }.count == 1)
        world.store.setBroken(false)
        world.pass(5)
        await world.grant(records)
        #expect(try await world.recorded() == world.clocks.now().wall)
        // Known and on record, and then it cannot be read.
        world.store.setBroken(true)
        world.pass(10)
        #expect(await world.trusts(records))
    }

    @Test("a refusal that the store did not take counts at once, and is written with the next commit")
    func owesARefusal() async throws {
        let world = World()
        let records = world.replica()
        await world.grant(records)
        world.store.setBroken(true)
        await records.refused(Self.caller, at: world.clocks.now())
        world.store.setBroken(false)
        #expect(await !world.trusts(records))
        #expect(try await world.recorded() != nil)
        world.pass(5)
        await world.grant(records, Self.stranger)
        #expect(try await world.recorded() == nil)
        #expect(try await world.recorded(Self.stranger) != nil)
    }

    @Test("a store that does not answer holds a call up for a second, and a caller is written once all the same")
    func doesNotWait() async throws {
        let world = World()
        let records = world.replica(on: world.base)
        world.base.pauseCommits()
        async let granted: Void = world.grant(records)
        await world.base.waitForPausedCommits(1)
        while world.clocks.sleeperCount < 1 { await letOthersRun(turns: 1) }
        world.clocks.advance(by: FacadeLimits.callerStoreTime)
        await granted
        await world.grant(records)
        #expect(world.base.pausedCommitCount == 1)
        // Not on record yet, so nobody can have taken it from there.
        #expect(await world.trusts(records))
        world.base.resumeCommits()
        while try await world.recorded() == nil { await letOthersRun(turns: 1) }
    }

    @Test("a storm of calls while the store hangs has so many of them under way, and no more")
    func boundsWhatHangs() async throws {
        let world = World()
        let records = world.replica(on: world.base)
        world.base.pauseCommits()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<FacadeLimits.callerStoreCountMax {
                group.addTask { await world.grant(records, Fingerprint([3, UInt8(number)])) }
            }
            await world.base.waitForPausedCommits(FacadeLimits.callerStoreCountMax)
            // It has no place, and so does not wait.
            await world.grant(records)
            #expect(await world.trusts(records))
            #expect(await !world.trusts(records, Self.stranger))
            #expect(world.base.pausedCommitCount == FacadeLimits.callerStoreCountMax)
            world.base.resumeCommits()
        }
        world.pass(60)
        await world.grant(records)
        #expect(try await world.recorded() != nil)
    }

    @Test("one replica records so many callers within a minute, however many headers an account has")
    func boundsTheRate() async throws {
        let world = World()
        let records = world.replica()
        for number in 0..<FacadeLimits.callerRecordCountMax + 5 {
            await world.grant(records, Fingerprint([UInt8(number >> 8), UInt8(number & 255), 9]))
        }
        #expect(world.calls() == [FacadeLimits.callerRecordCountMax, 0])
        world.pass(60)
        await world.grant(records)
        #expect(world.calls() == [1, 0])
    }

    @Test("strangers that come again during an outage are not looked up each time")
    func remembersMisses() async throws {
        let world = World()
        let records = world.replica()
        for _ in 0..<20 { #expect(await !world.trusts(records, Self.stranger)) }
        #expect(world.calls() == [0, 1])
        world.pass(5)
        for _ in 0..<20 { #expect(await !world.trusts(records, Self.stranger)) }
        #expect(world.calls() == [0, 1])
        // One that is on record is looked up as seldom.
        await world.grant(records)
        for _ in 0..<20 { #expect(await world.trusts(records)) }
        #expect(world.calls() == [1, 0])
        world.pass(5)
        for _ in 0..<20 { #expect(await world.trusts(records)) }
        #expect(world.calls() == [0, 1])
    }

    @Test("a record from the future is trusted for its time from now, however often Sluice starts")
    func mistrustsTheFuture() async throws {
        let world = World()
        await world.grant(world.replica())
        world.clocks.stepWall(by: .seconds(-5000))
        #expect(await world.trusts(world.replica()))
        #expect(try await world.recorded() == world.clocks.now().wall)
        world.pass(999)
        let late = world.replica()
        #expect(await world.trusts(late))
        world.pass(1)
        #expect(await !world.trusts(late))
        #expect(await !world.trusts(world.replica()))
    }

    @Test("the memory's trust runs by the clock that does not step, and is not given anew by an old record")
    func runsByTheSteadyClock() async throws {
        let world = World()
        let records = world.replica()
        await world.grant(records)
        world.clocks.stepWall(by: .seconds(5000))
        world.pass(10)
        #expect(await world.trusts(records))
        world.clocks.stepWall(by: .seconds(-9000))
        world.pass(990)
        #expect(await !world.trusts(records))
    }
}
