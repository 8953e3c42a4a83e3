import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// What becomes of a caller that Central refuses: here, in other replicas, and after a restart.
@Suite(.timeLimit(.minutes(3)))
struct CallerRefusalTests {
    private static let caller = CallerWorld.caller
    private static let stranger = CallerWorld.stranger

    @Test("a caller that Central refuses is trusted by nobody any more: no replica that knew it, and no later start")
    func isTrustedByNobody() async throws {
        let world = CallerWorld()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        await world.grant(other)
        world.pass(10)
        #expect(await world.trusts(other))
        await world.refuse(one)
        #expect(try await world.refused() == world.now)
        _ = world.calls()
        #expect(await !world.trusts(one))
        #expect(world.calls() == [0, 0])
        // What was read is believed for a moment.
        world.pass(5)
        #expect(await !world.trusts(other))
        #expect(await !world.trusts(world.replica()))
        // By a process that never knew it, too.
        await world.grant(one)
        #expect(try await world.known() == world.now)
        world.pass(1)
        await world.refuse(world.replica())
        #expect(try await world.refused() == world.now)
    }

    @Test("one that another replica heard refused is known again as soon as Central knows it again")
    func isKnownAgain() async throws {
        let world = CallerWorld()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        await world.grant(other)
        await world.refuse(one)
        world.pass(60)
        await world.grant(other)
        #expect(try await world.known() == world.now)
        #expect(await world.trusts(other))
        #expect(await world.trusts(world.replica()))
        // Here it was refused; Central decides.
        #expect(await !world.trusts(one))
        await world.grant(one)
        #expect(await world.trusts(one))
    }

    @Test("a refusal of before Central knew the caller again is none", arguments: [0, 300])
    func isOutlived(step: Int64) async throws {
        let world = CallerWorld()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        world.pass(10)
        await world.refuse(one)
        world.pass(61)
        // It knows the caller, and cannot say so.
        world.store.failCommit { _ in true }
        await world.grant(other)
        #expect(try await world.refused() != nil)
        world.pass(10)
        world.clocks.stepWall(by: .seconds(step))
        #expect(await world.trusts(other))
    }

    @Test("a refusal counts though the clock of who heard it is half a minute behind", arguments: [0, 3600])
    func countsWithClocksApart(step: Int64) async throws {
        let world = CallerWorld()
        let ahead = ManualClocks()
        ahead.stepWall(by: .seconds(30))
        let (one, other) = (world.replica(), world.replica(by: ahead))
        func pass(_ seconds: Int64) {
            world.pass(seconds)
            ahead.advance(by: .seconds(seconds))
        }
        await other.granted(Self.caller, asked: ahead.now())
        pass(20)
        await world.refuse(one)
        #expect(try await world.refused() != nil)
        ahead.stepWall(by: .seconds(step))
        pass(75)
        #expect(await !world.trusts(other))
    }

    @Test("a refusal that the store did not take counts at once, and is written after the next call of the store")
    func isOwed() async throws {
        for next in 0..<3 {
            let world = CallerWorld()
            let records = world.replica()
            await world.grant(records)
            world.pass(1)
            world.store.setBroken(true)
            await world.refuse(records)
            let heard = world.now
            #expect(await !world.trusts(records))
            world.store.setBroken(false)
            #expect(await !world.trusts(records))
            #expect(try await world.known() != nil)
            world.pass(5)
            switch next {
            case 0: await world.grant(records, Self.stranger)
            case 1: await world.refuse(records, Self.stranger)
            default: #expect(await !world.trusts(records, Self.stranger))
            }
            try await world.waitForRefusal()
            #expect(try await world.refused() == heard)
            #expect(await !world.trusts(world.replica()))
            // It is told once.
            _ = world.calls()
            await world.grant(records, Fingerprint([8]))
            await world.grant(records, Fingerprint([9]))
            #expect(world.calls() == [2, 2])
        }
    }

    @Test("one that is on record and was not known here is refused for good though it could not be looked up")
    func isOwedUnseen() async throws {
        let world = CallerWorld()
        await world.grant(world.replica())
        world.pass(1)
        let records = world.replica()
        world.store.setBroken(true)
        await world.refuse(records, Self.stranger)
        await world.refuse(records)
        world.store.setBroken(false)
        world.pass(5)
        await world.grant(records, Fingerprint([8]))
        try await world.waitForRefusal()
        // A stranger is on no record for that.
        #expect(try await world.base.caller(Self.stranger) == nil)
    }

    @Test("a refusal that is tried again takes back nothing that Central said since")
    func isTriedAgainInOrder() async throws {
        let world = CallerWorld()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        world.pass(1)
        world.store.setBroken(true)
        await world.refuse(one)
        world.store.setBroken(false)
        world.pass(400)
        await world.grant(other)
        let known = world.now
        #expect(try await world.known() == known)
        world.store.resetCalls()
        await world.refuse(one, Self.stranger)
        while world.store.calls["caller(_:)"] != 2 { await letOthersRun(turns: 1) }
        await world.grant(other, Fingerprint([8]))
        #expect(try await world.known() == known)
        #expect(await world.trusts(other))
    }

    @Test("wrong passwords in any number make no refusal of a known caller forgotten")
    func isNotCrowdedOut() {
        let trust = CallerTrust(verifiedFor: .seconds(60), trustedFor: .seconds(1000))
        let clocks = ManualClocks()
        var memory = CallerMemory(trust: trust)
        _ = memory.granted(Self.caller, asked: clocks.now())
        let refusal = memory.refused(Self.caller, heard: clocks.now())
        #expect(refusal.wasKnown)
        for number in 0..<FacadeLimits.callerRefusalCountMax + 9 {
            clocks.advance(by: .seconds(1))
            _ = memory.refused(Fingerprint([UInt8(number >> 8), UInt8(number & 255), 7]), heard: clocks.now())
        }
        let owed = memory.owed(limit: .max)
        #expect(owed.count == FacadeLimits.callerRefusalCountMax)
        #expect(owed.first?.caller == Self.caller)
        #expect(owed.last?.refusal.heard == clocks.now())
        #expect(memory.owed(limit: 3).map(\.caller) == owed.prefix(3).map(\.caller))
    }

    @Test("a refusal counts after the clock was set back, over a record from the future", arguments: [1, 30, 5000])
    func countsOverTheFuture(step: Int64) async throws {
        let world = CallerWorld()
        let (one, other) = (world.replica(), world.replica())
        await world.grant(one)
        await world.grant(other)
        world.pass(10)
        world.clocks.stepWall(by: .seconds(-10 - step))
        await world.refuse(other)
        #expect(try await world.refused() == world.now)
        #expect(await !world.trusts(one))
        #expect(await !world.trusts(world.replica()))
    }

    @Test("a record from the future is trusted from now, is not verified, and gives way to what Central says")
    func mistrustsTheFuture() async throws {
        let world = CallerWorld()
        await world.grant(world.replica())
        world.clocks.stepWall(by: .seconds(-500))
        let records = world.replica()
        #expect(await world.trusts(records))
        #expect(!records.isVerified(Self.caller))
        world.pass(999)
        #expect(await world.trusts(records))
        world.pass(1)
        #expect(await !world.trusts(records))
        // To whoever starts now it is as old as it says.
        #expect(await world.trusts(world.replica()))
        world.pass(500)
        #expect(await !world.trusts(world.replica()))

        for isRefused in [false, true] {
            let caller = Fingerprint([7, isRefused ? 1 : 0])
            let first = world.replica()
            await world.grant(first, caller)
            world.pass(1)
            if isRefused { await world.refuse(first, caller) }
            world.clocks.stepWall(by: .seconds(-5000))
            let records = world.replica()
            #expect(await !world.trusts(records, caller))
            await world.grant(records, caller)
            #expect(try await world.known(caller) == world.now)
            #expect(await world.trusts(records, caller))
        }
    }

    @Test("the memory's trust runs by the clock that does not step, and is not given anew by an old record")
    func runsByTheSteadyClock() async throws {
        let world = CallerWorld()
        let records = world.replica()
        await world.grant(records)
        world.clocks.stepWall(by: .seconds(5000))
        world.pass(10)
        #expect(await world.trusts(records))
        world.clocks.stepWall(by: .seconds(-5400))
        world.pass(980)
        #expect(await world.trusts(records))
        world.pass(10)
        #expect(await !world.trusts(records))
    }
}
