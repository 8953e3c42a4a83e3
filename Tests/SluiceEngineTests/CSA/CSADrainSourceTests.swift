import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What a look at CSA shows: busy persons, known instances, process instances, holds, and what cannot be read.
@Suite(.timeLimit(.minutes(10)))
struct CSADrainSourceTests {
    private struct Bench {
        let world = CSAWorld()
        let store = InMemoryStore()
        let carol: CSAUser
        let source: CSADrainSource

        init() {
            carol = world.addPerson("carol")
            source = CSADrainSource(CSASurvey(world, clocks: world.clocks), store: store)
        }

        func standings(_ depth: DrainDepth = .changes) async throws -> [String: DrainStanding] {
            world.clocks.advance(by: .seconds(10))
            let sight = try await source.look(depth)
            #expect(sight.system == .csa && sight.gaps.isEmpty, "\(sight.gaps)")
            return Dictionary(uniqueKeysWithValues: sight.items.map { ($0.id.description, $0.standing) })
        }

        func hold(
            _ number: UInt64, process: String? = nil, instance: String? = nil, state: HoldState = .held
        ) async throws {
            var request = LaunchRequest.fixture(source: .csa)
            request.csaProcessID = process.map { CSAProcessID($0) }
            request.csaInstanceID = instance.map { CSAInstanceID($0) }
            var hold = Hold.fixture(number, state: .held, request: request)
            hold.arrival = 0
            try await store.commit([.addHold(hold)], fence: Fence(timeline: 1))
        }
    }

    @Test("R12 the first look is at everybody: what no counter shows is found, later by its id alone")
    func findsWhatNoCounterShows() async throws {
        let bench = Bench()
        let id = bench.world.addInstance("i-1", "MODIFYING", of: bench.carol)
        #expect(try await bench.standings() == ["service-instance:i-1": .running])
        let count = bench.world.count("instances")
        bench.world.setRecord(id, isPending: true, isPaused: true)
        #expect(
            try await bench.standings() == ["service-instance:i-1": .paused(.other("Transition paused"))])
        #expect(bench.world.count("instances") == count, "carol has nothing pending")
        bench.world.setRecord(id, isPending: false)
        bench.world.set(id, "ACTIVE")
        let sight = try await bench.source.look(.changes)
        #expect(sight.items.isEmpty && sight.ended.map(\.id) == [DrainItemID(.serviceInstance, "i-1")])
        #expect(sight.ended.first?.flow == FlowID("csa:MODIFYING"))
        // Another MODIFY of somebody who seems quiet: the sweep finds it.
        bench.world.addInstance("i-2", "MODIFYING", of: bench.carol)
        #expect(try await bench.standings().isEmpty)
        let found = try await bench.standings(.full)
        #expect(found == ["service-instance:i-2": .running])
    }

    @Test("R12 an instance in a running state without a pending callback runs; at rest it is followed on")
    func followsGaps() async throws {
        let bench = Bench()
        let id = bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        bench.world.setRecord(id, isPending: false)
        #expect(try await bench.standings() == ["service-instance:i-1": .running])
        // CSA shows nothing between two transitions, and no counter either.
        bench.world.set(id, "ACTIVE")
        #expect(try await bench.standings().isEmpty)
        bench.world.set(id, "MODIFYING")
        #expect(try await bench.standings() == ["service-instance:i-1": .running])
        bench.world.set(id, "ACTIVE")
        bench.world.setRecord(id, isPending: true)
        #expect(try await bench.standings() == ["service-instance:i-1": .running], "by its callback")
    }

    @Test("R12 parked requests, reserved and failed instances are shown and do not block")
    func showsWhatDoesNotBlock() async throws {
        let bench = Bench()
        let world = bench.world
        world.setRequest("r-1", "PENDING_APPROVAL", of: bench.carol)
        world.setSubscription("s-1", "PENDING", of: bench.carol)
        let reserved = world.addInstance("i-res", "RESERVED", of: bench.carol)
        world.setSubscription("s-2", "PENDING", of: bench.carol, instance: reserved)
        world.setSubscription(
            "s-3", "PENDING", of: bench.carol, startsAt: world.clocks.now().wall.advanced(by: .seconds(86_400)))
        world.addInstance("i-bad", "MODIFY_FAILED", of: world.addPerson("quiet"))
        let expected: [String: DrainStanding] = [
            "request:r-1": .needsPerson("PENDING_APPROVAL"), "service-instance:i-res": .dueLater,
            "subscription:s-3": .dueLater, "service-instance:i-bad": .needsPerson("MODIFY_FAILED"),
        ]
        for depth in [DrainDepth.full, .changes, .changes, .full, .changes] {
            let found = try await bench.standings(depth)
            #expect(found == expected, "\(found)")
            #expect(!found.values.contains { $0.blocks })
        }
        world.set(reserved, "DEPLOYING")
        #expect(try await bench.standings()["service-instance:i-res"] == .running, "its date came")
    }

    @Test("R12 a paused subscription is one thing, under its own name")
    func foldsPaused() async throws {
        let bench = Bench()
        let id = bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        bench.world.setRecord(id, isPending: true, isPaused: true)
        bench.world.setSubscription("s-1", "PAUSED", of: bench.carol, instance: id)
        #expect(try await bench.standings() == ["subscription:s-1": .paused(.other("PAUSED"))])
        bench.world.setSubscription("s-1", "PENDING", of: bench.carol, instance: id)
        bench.world.setRecord(id, isPending: true)
        #expect(try await bench.standings() == ["service-instance:i-1": .running], "it was resumed")
    }

    @Test("R12 counters that say more than what is listed block by the person's name")
    func namesThePerson() async throws {
        let bench = Bench()
        bench.world.change(bench.carol) { $0.hiddenRequestCount = 1 }
        #expect(try await bench.standings() == ["person:CONSUMER/carol": .running])
        bench.world.change(bench.carol) { $0.hiddenRequestCount = 0 }
        bench.world.change(bench.carol) { $0.hiddenSubscriptionCount = 2 }
        #expect(try await bench.standings() == ["person:CONSUMER/carol": .running])
    }

    @Test(
        "R12 a person or an instance that cannot be read is an item that blocks, look after look",
        arguments: ["instances/carol", "requests/carol", "subscriptions/carol", "state/i-1", "record/i-1"],
        [CSAError.Code.missing, .unreadable, .status])
    func namesWhatCannotBeRead(call: String, code: CSAError.Code) async throws {
        let bench = Bench()
        bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        bench.world.setRequest("r-1", "SUBMITTED", of: bench.carol)
        bench.world.fail(call, CSAError(code, "told to"))
        let isPerson = call.hasSuffix("carol")
        for _ in 0..<3 {
            let found = try await bench.standings()
            let name = isPerson ? "person:CONSUMER/carol" : "service-instance:i-1"
            #expect(found[name] == .unknown("unreadable"), "\(found)")
        }
    }

    @Test("R12 a quiet person whose instances cannot be read is asked for on each look, until it can be")
    func keepsAskingForTroubles() async throws {
        let bench = Bench()
        bench.world.fail("instances/carol", CSAError(.status, "told to"))
        for _ in 0..<4 { #expect(try await bench.standings() == ["person:CONSUMER/carol": .unknown("unreadable")]) }
        bench.world.fail("instances/carol", nil)
        #expect(try await bench.standings().isEmpty)
    }

    @Test(
        "R12 CSA as a whole that cannot be read is an error, and what is known stays",
        arguments: [
            "organizations", "counts/o-consumer", "counts/o-provider", "instances/carol", "state/i-1",
        ])
    func passesErrorsOn(call: String) async throws {
        let bench = Bench()
        bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        bench.world.setRequest("r-1", "SUBMITTED", of: bench.carol)
        _ = try await bench.standings()
        bench.world.fail(call, CSAError(.unreachable, "told to"))
        await #expect(throws: CSAError.self) { _ = try await bench.source.look(.changes) }
        await #expect(throws: CSAError.self) { _ = try await bench.source.look(.full) }
        bench.world.fail(call, nil)
        #expect(try await bench.standings()["service-instance:i-1"] == .running)
    }

    @Test("too many troubles are one of the whole")
    func boundsTroubles() async throws {
        let bench = Bench()
        for number in 0...CSASurveyLimits.troubleCountMax {
            bench.world.addPerson("p-\(number)")
            bench.world.fail("instances/p-\(number)", CSAError(.status, "500"))
        }
        await #expect(throws: CSAError.self) { _ = try await bench.source.look(.changes) }
    }

    @Test("a refused account is asked once, then left alone for a while")
    func leavesARefusedAccountAlone() async throws {
        let bench = Bench()
        bench.world.fail("organizations", CSAError(.unauthorized, "no", isFinal: true))
        for _ in 0..<5 { await #expect(throws: CSAError.self) { _ = try await bench.source.look(.changes) } }
        #expect(bench.world.callCount == 1)
    }

    @Test("R12 an instance that CSA does not know any more is gone only after several looks; a retired one at once")
    func forgetsWhatIsGone() async throws {
        let bench = Bench()
        let id = bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        let other = bench.world.addInstance("i-2", "DEPLOYING", of: bench.carol)
        _ = try await bench.standings()
        bench.world.set(id, nil)
        bench.world.set(other, "DEPLOYING", isRetired: true)
        for _ in 1..<CSASurveyLimits.missCountMax {
            #expect(try await bench.standings() == ["service-instance:i-1": .unknown("not found")])
        }
        let sight = try await bench.source.look(.changes)
        #expect(sight.items.isEmpty && sight.notes.contains { $0.contains("i-1") })
    }

    @Test(
        "R12 an instance that waits for a held launch blocks as that; a pool's synchronisation is shown, and does not")
    func showsWaitingForHolds() async throws {
        let bench = Bench()
        bench.world.addInstance("i-1", "DEPLOYING", of: bench.carol)
        bench.world.fake.put(ProcessInstance(id: CSAProcessID("p-1"), state: .active))
        bench.world.fake.put(ProcessInstance(id: CSAProcessID("p-2"), state: .active))
        bench.world.fake.setArtifact(
            "pool", ArtifactState(type: "RESOURCE_POOL", isRetired: false, state: nil, status: nil))
        try await bench.hold(1, process: "p-1", instance: "i-1")
        try await bench.hold(2, process: "p-2", instance: "pool")
        try await bench.hold(3)
        for depth in [DrainDepth.changes, .changes, .full] {
            let found = try await bench.standings(depth)
            #expect(
                found == [
                    "service-instance:i-1": .waitsForHold(.fixture(1)),
                    // No lifecycle stands still for it.
                    "process-instance:p-2": .dueLater,
                ], "\(found)")
        }
        bench.world.fake.put(ProcessInstance(id: CSAProcessID("p-2"), state: .completed))
        #expect(try await bench.standings() == ["service-instance:i-1": .waitsForHold(.fixture(1))])
    }

    @Test("R12 a process instance whose held launch came to nothing is stuck: its callback is lost")
    func tellsLostCallbacks() async throws {
        let bench = Bench()
        bench.world.fake.put(ProcessInstance(id: CSAProcessID("p-1"), state: .active))
        try await bench.hold(1, process: "p-1")
        _ = try await bench.standings()
        let move = HoldMove(
            ticket: .fixture(1), from: [.held], to: .discarded, at: bench.world.clocks.now().wall,
            by: Principal("ann"), cause: "a test")
        try await bench.store.commit([.moveHold(move)], fence: Fence(timeline: 1))
        bench.world.clocks.advance(by: .seconds(1))
        var sight = try await bench.source.look(.changes)
        #expect(sight.items.map(\.standing) == [.running] && sight.items.first?.stuck == nil, "it may be on its way")
        bench.world.clocks.advance(by: CSASurveyLimits.callbackGrace)
        sight = try await bench.source.look(.changes)
        #expect(sight.items.map(\.stuck) == [.callbackLost])
        bench.world.fake.put(ProcessInstance(id: CSAProcessID("p-1"), state: .error))
        sight = try await bench.source.look(.changes)
        #expect(sight.items.isEmpty && sight.ended.map(\.id.text) == ["p-1"])
    }

    @Test("a new drain begins anew, with everybody")
    func begins() async throws {
        let bench = Bench()
        bench.world.addInstance("i-1", "MODIFYING", of: bench.carol)
        #expect(try await bench.source.look(.changes).isFull)
        #expect(try await !bench.source.look(.changes).isFull)
        bench.source.reset(for: [])
        #expect(try await bench.source.look(.changes).isFull)
    }
}
