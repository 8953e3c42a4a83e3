import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// Which of CSA's instances run, asked person by person.
@Suite(.timeLimit(.minutes(10)))
struct CSASurveyTests {
    private static let states = [
        "DEPLOYING", "MODIFYING", "CANCELLING", "EXPIRING", "IN_PROGRESS", "UPGRADING", "RESERVED", "ACTIVE",
        "CANCELLED", "FAILED", "CANCEL_FAILED", "MODIFY_FAILED", "EXPIRE_FAILED", "PUBLIC_ACTION_FAILED",
        "UPGRADE_FAILED", "A_NEW_WORD",
    ]
    private static let running: Set<String> = [
        "DEPLOYING", "MODIFYING", "CANCELLING", "EXPIRING", "IN_PROGRESS", "UPGRADING", "A_NEW_WORD",
    ]

    private func survey(_ world: CSAWorld) -> CSASurvey { CSASurvey(world, clocks: world.clocks) }

    private func error(_ body: () async throws -> Void) async -> CSAError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? CSAError
        }
    }

    @Test(
        "R5 what runs is found in every state, whether the listing says it, and though no counter does",
        arguments: states, [true, false])
    func findsByState(word: String, showsState: Bool) async throws {
        let world = CSAWorld()
        let user = world.addPerson("carol")
        let id = world.addInstance("i-1", word, of: user, showsState: showsState)
        #expect(try await survey(world).runningInstances() == (Self.running.contains(word) ? [id] : []))
        #expect(await survey(world).isRunning(id) == Self.running.contains(word))
    }

    @Test("R5 it spans all persons of all organizations, gives each once, and in order", arguments: [true, false])
    func spansEverybody(showsState: Bool) async throws {
        let world = CSAWorld()
        var expected: [CSAInstanceID] = []
        for organization in [CSAWorld.consumer, CSAWorld.provider] {
            for number in 0..<30 {
                let user = world.addPerson("\(organization.name)-\(number)", in: organization)
                let id = "i-\(organization.name)-\(number)"
                expected.append(world.addInstance(id, "MODIFYING", of: user, showsState: showsState))
                world.change(user) { $0.instances.append((CSAInstanceID("shared"), true)) }
            }
        }
        world.set(CSAInstanceID("shared"), "CANCELLING")
        #expect(try await survey(world).runningInstances() == (expected + [CSAInstanceID("shared")]).sorted())
        #expect(world.activeCountMax <= CSASurveyLimits.parallelCountMax && world.activeCountMax > 1)
    }

    @Test("a user operation on an ACTIVE instance counts by its pending callback, if so configured")
    func findsUserOperations() async throws {
        let world = CSAWorld()
        let user = world.addPerson("carol")
        let id = world.addInstance("i-1", "ACTIVE", of: user)
        world.setRecord(id, isPending: true)
        #expect(try await survey(world).runningInstances() == [id])
        #expect(await survey(world).isRunning(id) == true)
        let byState = CSASurvey(world, clocks: world.clocks, readsRestingRecords: false)
        #expect(try await byState.runningInstances().isEmpty)
        world.setRecord(id, isPending: true, isPaused: true)
        #expect(try await survey(world).runningInstances().isEmpty, "paused: it goes on only when a person acts")
    }

    @Test("who appears while it reads is read, too")
    func readsNewPersons() async throws {
        let world = CSAWorld()
        world.addPerson("carol")
        let isAdded = Mutex(false)
        world.onCall { name in
            let isFirst = isAdded.withLock { isAdded in
                defer { isAdded = isAdded || name == "instances/carol" }
                return !isAdded && name == "instances/carol"
            }
            guard isFirst else { return }
            world.addInstance("i-dave", "DEPLOYING", of: world.addPerson("dave"))
        }
        #expect(try await survey(world).runningInstances() == [CSAInstanceID("i-dave")])
    }

    @Test("persons who keep appearing are an error, not a part")
    func givesUpOnAMovingList() async throws {
        let world = CSAWorld()
        world.addPerson("carol")
        let count = Mutex(0)
        world.onCall { name in
            guard name.hasPrefix("instances/") else { return }
            let number = count.withLock { count in
                count += 1
                return count
            }
            world.addPerson("new-\(number)")
        }
        #expect(await error { _ = try await survey(world).runningInstances() }?.code == .unreadable)
        #expect(count.withLock { $0 } < 100)
    }

    @Test(
        "whatever cannot be read is an error, never left out, but for a person who cannot log in",
        arguments: [
            "organizations", "counts/o-consumer", "counts/o-provider", "instances/carol", "instances/idle", "state/i-1",
            "record/i-2",
        ], [CSAError.Code.unreachable, .unreadable, .status, .missing, .unauthorized])
    func passesErrorsOn(call: String, code: CSAError.Code) async throws {
        let world = CSAWorld()
        let user = world.addPerson("carol")
        world.addPerson("idle", in: CSAWorld.provider)
        world.addInstance("i-1", "DEPLOYING", of: user, showsState: false)
        world.addInstance("i-2", "ACTIVE", of: user)
        world.fail(call, CSAError(code, "told to"))
        let isOfOne = code == .missing && call.hasPrefix("instances/")
        let failure = await error { _ = try await survey(world).runningInstances() }
        #expect(failure?.code == (isOfOne ? nil : code), "who cannot log in is passed over")
        world.fail(call, nil)
        #expect(try await survey(world).runningInstances() == [CSAInstanceID("i-1")])
    }

    @Test("an account that sees no organization sees nothing, which is no answer")
    func refusesAnEmptyCSA() async {
        let clocks = ManualClocks()
        let survey = CSASurvey(FakeCSA(), clocks: clocks)
        #expect(await error { _ = try await survey.runningInstances() }?.code == .unreadable)
    }

    @Test("more instances than a maintenance keeps are an error")
    func boundsInstances() async throws {
        let world = CSAWorld()
        let user = world.addPerson("carol")
        for number in 0...MaintenanceLimits.csaInstanceCountMax {
            let id = CSAInstanceID("i-\(number)")
            world.set(id, "DEPLOYING")
            world.change(user) { $0.instances.append((id, true)) }
        }
        #expect(await error { _ = try await survey(world).runningInstances() }?.code == .unreadable)
    }

    @Test("a refused account is not asked again and again")
    func asksOnceWhenRefused() async throws {
        let world = CSAWorld()
        for number in 0..<50 { world.addPerson("p-\(number)") }
        let survey = survey(world)
        world.fail("instances/p-0", CSAError(.unauthorized, "no", isFinal: true))
        #expect(await error { _ = try await survey.runningInstances() }?.isFinal == true)
        let count = world.callCount
        #expect(world.count("instances") <= 2 * CSASurveyLimits.parallelCountMax)
        for _ in 0..<20 { #expect(await error { _ = try await survey.runningInstances() }?.isFinal == true) }
        #expect(await survey.isRunning(CSAInstanceID("i")) == nil)
        #expect(world.callCount == count, "not one more call")
        world.clocks.advance(by: CSASurveyLimits.refusalPause)
        world.fail("instances/p-0", nil)
        #expect(try await survey.runningInstances().isEmpty)
    }

    @Test("an instance that is not there does not run; one that cannot be read is not known")
    func tellsWhatItKnows() async {
        let world = CSAWorld()
        let user = world.addPerson("carol")
        let id = world.addInstance("i-1", "DEPLOYING", of: user)
        #expect(await survey(world).isRunning(CSAInstanceID("gone")) == false)
        world.fail("state/i-1", CSAError(.unreachable, "told to"))
        #expect(await survey(world).isRunning(id) == nil)
        world.fail("state/i-1", nil)
        world.set(id, "DEPLOYING", isRetired: true)
        #expect(await survey(world).isRunning(id) == false)
    }

    @Test("what is not known in time is nil, whatever CSA does")
    func answersInTime() async {
        let world = CSAWorld()
        let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        world.onCall { _ in
            // As a call that waits for its turn, it does not hear of a cancellation.
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }
        let survey = survey(world)
        async let answer = survey.isRunning(CSAInstanceID("i"), within: .seconds(2))
        while world.clocks.sleeperCount == 0 || waiting.withLock({ $0.isEmpty }) { await Task.yield() }
        world.clocks.advance(by: .seconds(2))
        #expect(await answer == nil)
        waiting.withLock { $0.forEach { $0.resume() } }
    }

    @Test("of many that ask at once, those beyond a limit are told at once that it is not known")
    func boundsWhoWaits() async {
        let world = CSAWorld()
        let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        world.onCall { _ in
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }
        let survey = survey(world)
        await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<CSASurveyLimits.lookupCountMax {
                group.addTask { await survey.isRunning(CSAInstanceID("i")) }
            }
            while waiting.withLock({ $0.count }) < CSASurveyLimits.lookupCountMax { await Task.yield() }
            #expect(await survey.isRunning(CSAInstanceID("i")) == nil)
            world.onCall(nil)
            waiting.withLock { $0.forEach { $0.resume() } }
            for await answer in group { #expect(answer == false, "it is not there") }
        }
    }
}
