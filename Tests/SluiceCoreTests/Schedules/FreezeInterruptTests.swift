import SluiceCore
import SluiceModel
import Testing

/// Wishes that come, and answers that are lost, between an effect and its answer.
@Suite struct FreezeInterruptTests {
    private static let four = [
        FreezeWorld.schedule("1"), FreezeWorld.schedule("2", isEnabled: false),
        FreezeWorld.schedule("3", path: "Library/B/y"), FreezeWorld.schedule("4"),
    ]

    /// Freezes and thaws twice in one process, with time for every pause after a lost answer.
    private func play(_ vary: (inout FreezeWorld) -> Void) -> FreezeWorld {
        var world = FreezeWorld(Self.four)
        vary(&world)
        for _ in 0..<2 {
            world.freeze()
            world.settle(seconds: 900)
            #expect(world.machine.phase == .frozen && world.central.allSatisfy { !$0.isEnabled })
            world.thaw()
            world.settle(seconds: 900)
        }
        return world
    }

    private func isAsBefore(_ world: FreezeWorld) -> Bool {
        world.central == Self.four && world.machine.phase == .idle
            && world.settlements.allSatisfy { $0.isOurs && $0.entry.state == .reverted }
    }

    private static let effectCount = 60

    @Test(
        "R31: the same order again, while an effect of it is on its way, changes nothing of the outcome",
        arguments: 1...effectCount)
    func takesAWishAtAnyTime(number: Int) {
        let world = play { world in
            world.wishes[number] = { world in
                world.machine.phase == .thawing ? world.request(thaw: .all) : world.request(freeze: .all)
            }
        }
        #expect(isAsBefore(world), "\(world.settlements)")
    }

    @Test("R31: nor does a commit that is on disk and is not answered", arguments: 1...effectCount)
    func losesAnyCommit(number: Int) {
        let world = play { $0.lostCommits = [number] }
        #expect(isAsBefore(world), "\(world.settlements)")
    }

    @Test(
        "R31: with a seed, wishes and lost answers in any mixture change nothing of the outcome", arguments: 1...100)
    func takesAnyMixture(seed: UInt64) {
        var random = seed
        func next(_ limit: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % limit
        }
        let world = play { world in
            for number in 1...Self.effectCount {
                switch next(6) {
                case 0:
                    world.wishes[number] = { world in
                        world.machine.phase == .thawing ? world.request(thaw: .all) : world.request(freeze: .all)
                    }
                case 1: world.lostCommits.insert(number)
                default: break
                }
            }
        }
        #expect(isAsBefore(world), "\(world.settlements)")
    }

    @Test("R31: a disabling whose answer was lost, and that Central carries out later, is taken back", arguments: 1...9)
    func takesBackALateDisabling(listing: Int) {
        var world = FreezeWorld([FreezeWorld.schedule("1")])
        world.fates = [.fail]
        world.freeze()
        world.thaw()
        world.person[world.listingCount + listing] = { $0.set("1", isEnabled: false) }
        world.settle(seconds: 240)
        #expect(world.isEnabled("1") == true && world.machine.phase == .idle)
    }
}
