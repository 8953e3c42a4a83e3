import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// What holds for drains whatever goes on.
struct DrainPropertyTests {
    @Test("R13 never dry while anything that was admitted runs, is between two transitions or is on its way")
    func neverDryWhileBusy() {
        var dryCount = 0
        for seed in 0..<600 {
            var world = DrainWorld(seed: UInt64(seed))
            world.setGate(isClosed: true)
            for step in 0..<120 {
                world.live()
                if world.state.isDry(at: world.now) {
                    dryCount += 1
                    let isBusy = world.isBusy
                    #expect(!isBusy, "seed \(seed), step \(step): \(world.running) \(world.pending)")
                }
                _ = world.look()
                if world.state.isDry(at: world.now) {
                    let isBusy = world.isBusy
                    #expect(!isBusy, "seed \(seed), step \(step), after a look")
                }
            }
        }
        #expect(dryCount > 300, "it must get dry, or the law says nothing")
    }

    @Test("R14 after each look exactly what it showed is counted, by name")
    func countsWhatIsShown() {
        for seed in 1000..<1300 {
            var world = DrainWorld(seed: UInt64(seed))
            world.setGate(isClosed: true)
            for step in 0..<60 {
                world.live()
                guard let (shown, _) = world.look() else { continue }
                let names = shown.filter { !world.waived.contains($0.number) }.map(\.number).sorted()
                let told = world.state.blockers(limit: .max, at: world.now).compactMap { Int($0.item.id.text) }.sorted()
                let isSo = told == names && world.state.left == names.count
                #expect(isSo, "seed \(seed), step \(step): \(told), \(names)")
            }
        }
    }

    @Test("R12 in the end it gets dry: whatever happened before, quiet is enough")
    func getsDryInTheEnd() {
        for seed in 2000..<2300 {
            var world = DrainWorld(seed: UInt64(seed))
            world.setGate(isClosed: true)
            for _ in 0..<20 {
                world.live()
                _ = world.look()
            }
            world.running = []
            world.pending = []
            world.onTheirWay = []
            world.letThroughAt = nil
            world.setGate(isClosed: true)
            var lookCount = 0
            while !world.state.isDry(at: world.now), lookCount < 30 {
                world.now = world.now.advanced(by: .seconds(11))
                _ = world.state.step(.inFlight(DrainInFlight()), at: world.now)
                let isFull = world.state.depth(at: world.now) == .full
                let sight = DrainSight(system: .central, isFull: isFull, items: [], ended: world.ended)
                world.ended = []
                _ = world.state.step(.looked(sight, begunAt: world.now.monotonic), at: world.now)
                lookCount += 1
            }
            #expect(world.state.isDry(at: world.now), "seed \(seed): \(world.state.obstacles(at: world.now))")
        }
    }
}
