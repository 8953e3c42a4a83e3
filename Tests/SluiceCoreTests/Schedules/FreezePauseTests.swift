import SluiceCore
import SluiceModel
import Testing

/// What a freeze makes of a Central that refuses the account, or is away for long.
@Suite struct FreezePauseTests {
    private static let three = [
        FreezeWorld.schedule("1"), FreezeWorld.schedule("2", isEnabled: false), FreezeWorld.schedule("3"),
    ]

    @Test(
        "a listing that fails is asked for after longer and longer waits, and the trouble is shown",
        arguments: [(RetryPause.Kind.refusal, 7), (.failure, 64)])
    func waitsLongerForListings(kind: RetryPause.Kind, countMax: Int) {
        var world = FreezeWorld(Self.three)
        world.listFailure = kind
        world.freeze()
        #expect(world.answers == [.accepted], "it is on disk")
        world.settle(seconds: 3600)
        #expect((5...countMax).contains(world.listingCount), "\(world.listingCount) listings in an hour")
        let trouble = world.machine.troubleCause ?? ""
        #expect(trouble.contains("login refused") && trouble.contains("tried again at 20"), "\(trouble)")
        world.listFailure = nil
        world.settle(seconds: 1800)
        #expect(world.machine.phase == .frozen && world.machine.troubleCause == nil)
    }

    @Test("R31: a new order, or a configuration that is read again, tries a refused Central at once")
    func triesAtOnceWhenAsked() {
        for isOrder in [true, false] {
            var world = FreezeWorld(Self.three)
            world.freeze()
            world.listFailure = .refusal
            world.thaw()
            world.settle(seconds: 1200)
            #expect(world.machine.phase == .thawing)
            world.listFailure = nil
            if isOrder { world.thaw() } else { world.run(.hurried) }
            world.settle(seconds: 60)
            #expect(world.central == Self.three && world.machine.phase == .idle, "order \(isOrder)")
        }
    }

    @Test("an order is written while Central refuses, also when a listing is on its way")
    func writesOrdersMeanwhile() {
        var world = FreezeWorld(Self.three)
        world.freeze()
        world.listFailure = .refusal
        world.settle(seconds: 60)
        var machine = world.machine
        let now = world.now.advanced(by: .seconds(3600))
        #expect(machine.step(.ticked, at: now) == [.list])
        let request = FreezeRequest(ref: .init(9), selection: .all, by: Principal("ann"), reason: "done")
        #expect(machine.step(.thawRequested(request), at: now) == [])
        let effects = machine.step(.listFailed(cause: "login refused", .refusal), at: now)
        guard case .commit? = effects.first else {
            Issue.record("\(effects)")
            return
        }
        #expect(machine.step(.committed, at: now).contains(.answer(.init(9), .accepted)))
    }

    @Test("a Central that refuses every switch is asked a few times an hour, not once a minute")
    func waitsLongerWhenAllSwitchesAreRefused() {
        var world = FreezeWorld((1...20).map { FreezeWorld.schedule("\($0)") })
        world.isOut = true
        world.switchFailure = .refusal
        world.freeze()
        world.settle(seconds: 3600)
        #expect((4...9).contains(world.switches.count), "\(world.switches.count) switches in an hour")
        world.isOut = false
        world.freeze()
        world.settle(seconds: 60)
        #expect(world.machine.phase == .frozen)
    }

    @Test("one schedule that our account may not switch does not keep the others waiting")
    func goesPastOneThatIsRefused() {
        var world = FreezeWorld((1...20).map { FreezeWorld.schedule("\($0)") })
        world.refused = ["7"]
        world.switchFailure = .refusal
        world.freeze()
        world.settle(seconds: 30)
        #expect(world.central.filter(\.isEnabled).map(\.id.text) == ["7"])
        world.settle(seconds: 3600)
        #expect(world.switches.count { $0.id.text == "7" } <= 8)
    }

    @Test("missed times that cannot be settled since Central refuses are tried after longer and longer waits")
    func waitsLongerForSettlements() {
        var world = FreezeWorld(Self.three, policy: FreezePolicy(catchUpWindow: .zero))
        world.freeze()
        world.settleFailure = .refusal
        world.thaw()
        world.settle(seconds: 3600)
        #expect((4...8).contains(world.settleCount), "\(world.settleCount) tries in an hour")
        #expect(world.machine.troubleCause?.contains("login refused") == true)
        world.settleFailure = nil
        world.settle(seconds: 1800)
        #expect(world.machine.phase == .idle && world.machine.troubleCause == nil && world.central == Self.three)
    }
}
