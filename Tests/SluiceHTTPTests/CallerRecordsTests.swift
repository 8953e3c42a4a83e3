import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// What is kept of callers in memory and in the store, and who is trusted by which of the two.
@Suite(.timeLimit(.minutes(3)))
struct CallerRecordsTests {
    private static let caller = CallerWorld.caller
    private static let stranger = CallerWorld.stranger

    @Test("R34 a caller that Central knew is trusted by a process that starts while Central is down")
    func outlivesTheProcess() async throws {
        let world = CallerWorld()
        await world.grant(world.replica())
        world.pass(900)
        let restarted = world.replica()
        #expect(await world.trusts(restarted))
        #expect(await !world.trusts(restarted, Self.stranger))
        // Its trust does not begin anew, and Central is asked as soon as it is back.
        #expect(!restarted.isVerified(Self.caller))
        world.pass(99)
        #expect(await world.trusts(restarted))
        world.pass(1)
        #expect(await !world.trusts(restarted))
        #expect(await !world.trusts(world.replica()))
    }

    @Test("a busy caller costs a commit for each quarter of its trust, and a stranger none")
    func writesSeldom() async throws {
        let world = CallerWorld()
        let records = world.replica()
        await world.grant(records)
        #expect(world.calls() == [1, 1])
        for _ in 0..<4 {
            world.pass(60)
            await world.grant(records)
        }
        #expect(world.calls() == [0, 4])
        #expect(try await world.known() == world.now.advanced(by: .seconds(-240)))
        world.pass(10)
        await world.grant(records)
        #expect(world.calls() == [1, 1])
        #expect(try await world.known() == world.now)
        for _ in 0..<9 { await world.refuse(records, Self.stranger) }
        #expect(world.calls() == [0, 9])
    }

    @Test("a grant counts as of when Central was asked, and not when it was refused since")
    func datesWhatIsSaid() async throws {
        let world = CallerWorld()
        let records = world.replica()
        let asked = world.clocks.now()
        world.pass(10)
        await records.granted(Self.caller, asked: asked)
        #expect(try await world.known() == asked.wall)
        world.pass(5)
        let before = world.clocks.now()
        world.pass(5)
        await world.refuse(records)
        let heard = world.now
        world.pass(5)
        await records.granted(Self.caller, asked: before)
        #expect(try await world.refused() == heard)
        #expect(!records.isVerified(Self.caller))
        #expect(await !world.trusts(records))
        // By a replica that did not hear the refusal, neither.
        let other = world.replica()
        await other.granted(Self.caller, asked: before)
        #expect(try await world.refused() == heard)
        #expect(!other.isVerified(Self.caller))
        #expect(await !world.trusts(other))
        // Nor where the store does not tell.
        world.store.setBroken(true)
        let lone = world.replica()
        await world.refuse(lone)
        await lone.granted(Self.caller, asked: before)
        #expect(!lone.isVerified(Self.caller))
        #expect(await !world.trusts(lone))
    }

    @Test("while the store is down callers are known in memory, which is logged once, and tries are few")
    func livesWithoutAStore() async throws {
        let world = CallerWorld()
        let records = world.replica()
        world.store.setBroken(true)
        await world.grant(records)
        #expect(world.calls() == [0, 1])
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
        #expect(try await world.known() == world.now)
        // Known and on record, and then it cannot be read.
        world.store.setBroken(true)
        world.pass(10)
        #expect(await world.trusts(records))
    }

    @Test("after a failure the store is left alone for a while, which runs from the failure")
    func backsOffFromTheFailure() async throws {
        let world = CallerWorld()
        let records = world.replica()
        world.store.setLookUps { _ in .hanging }
        async let granted: Void = world.grant(records)
        await world.waitForHangingLookUps(1)
        await world.waitForSleeper()
        world.clocks.advance(by: FacadeLimits.callerStoreTime)
        await granted
        // Its commit fails long after it began.
        world.pass(60)
        world.store.failCommit { _ in true }
        world.store.answerLookUps()
        while !world.log.lines.contains(where: { $0.hasPrefix("warning") }) { await letOthersRun(turns: 1) }
        _ = world.calls()
        await world.grant(records)
        #expect(world.calls() == [0, 0])
        world.pass(5)
        await world.grant(records)
        #expect(world.calls() == [1, 1])
    }

    @Test("a store that does not answer holds a call up for a second, for its read and its commit together")
    func doesNotWait() async throws {
        let world = CallerWorld()
        let records = world.replica()
        world.base.pauseCommits()
        world.store.setLookUps { _ in .hanging }
        async let granted: Void = world.grant(records)
        await world.waitForHangingLookUps(1)
        await world.waitForSleeper()
        world.clocks.advance(by: FacadeLimits.callerStoreTime - .milliseconds(400))
        world.store.answerLookUps()
        await world.base.waitForPausedCommits(1)
        world.clocks.advance(by: .milliseconds(400))
        await granted
        #expect(try await world.known() == nil)
        #expect(await world.trusts(records))
        world.base.resumeCommits()
        while try await world.known() == nil { await letOthersRun(turns: 1) }
    }

    @Test("a storm of calls while the store hangs has so many of them under way, and no more")
    func boundsWhatHangs() async throws {
        let world = CallerWorld()
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
        #expect(try await world.known() != nil)
    }

    @Test("one replica writes so many records within a minute, and counts none that had no place")
    func boundsTheRate() async throws {
        let world = CallerWorld()
        let records = world.replica()
        func fingerprint(_ number: Int) -> Fingerprint { Fingerprint([UInt8(number >> 8), UInt8(number & 255), 9]) }
        world.store.setLookUps { _ in .hanging }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<FacadeLimits.callerStoreCountMax {
                group.addTask { await world.grant(records, fingerprint(number)) }
            }
            await world.waitForHangingLookUps(FacadeLimits.callerStoreCountMax)
            for number in 0..<9 { await world.grant(records, fingerprint(2000 + number)) }
            world.store.answerLookUps()
        }
        for number in FacadeLimits.callerStoreCountMax..<FacadeLimits.callerWriteCountMax + 5 {
            await world.grant(records, fingerprint(number))
        }
        #expect(world.calls() == [FacadeLimits.callerWriteCountMax, FacadeLimits.callerWriteCountMax + 5])
        world.pass(60)
        await world.grant(records)
        #expect(world.calls() == [1, 1])
    }

    @Test("nobody is looked up each time during an outage, neither a stranger nor one that is known")
    func looksSeldom() async throws {
        let world = CallerWorld()
        let records = world.replica()
        await world.grant(records)
        _ = world.calls()
        for caller in [Self.caller, Self.stranger] {
            for _ in 0..<2 {
                for _ in 0..<20 { #expect(await world.trusts(records, caller) == (caller == Self.caller)) }
                #expect(world.calls() == [0, 1])
                world.pass(5)
            }
        }
        // One that does not answer, too: the others do not wait for it.
        world.store.setLookUps { _ in .hanging }
        async let first = world.trusts(records)
        await world.waitForHangingLookUps(1)
        #expect(await world.trusts(records))
        #expect(world.calls() == [0, 1])
        world.store.answerLookUps()
        #expect(await first)
    }

    @Test("a record that is gone says nothing: what the memory knows stands, however long the outage is")
    func survivesPruning() async throws {
        let world = CallerWorld()
        let records = world.replica()
        await world.grant(records)
        world.store.setLookUps { _ in .absent }
        for _ in 0..<9 {
            world.pass(100)
            #expect(await world.trusts(records))
        }
        #expect(await !world.trusts(world.replica()))
        world.pass(100)
        #expect(await !world.trusts(records))
        // And it is written again as soon as Central knows the caller again.
        world.store.answerLookUps()
        await world.grant(records)
        #expect(try await world.known() == world.now)
    }

    @Test("a flood of wrong passwords during an outage takes no known caller's place", arguments: [false, true])
    func keepsPlaces(isRefusedElsewhere: Bool) async throws {
        let world = CallerWorld()
        let (records, other) = (world.replica(), world.replica())
        await world.grant(records)
        world.pass(5)
        if isRefusedElsewhere {
            await world.grant(other)
            world.pass(5)
            await world.refuse(other)
        }
        world.store.setLookUps { $0 == Self.caller ? .answered : .hanging }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<FacadeLimits.callerStoreCountMax {
                group.addTask { await world.trusts(records, Fingerprint([4, UInt8(number)])) }
            }
            await world.waitForHangingLookUps(FacadeLimits.callerStoreCountMax)
            #expect(await !world.trusts(records, Self.stranger))
            #expect(await world.trusts(records) == !isRefusedElsewhere)
            world.store.answerLookUps()
        }
    }
}
