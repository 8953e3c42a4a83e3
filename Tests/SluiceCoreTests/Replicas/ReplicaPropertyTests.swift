import Testing

/// The promises of SLU-0007, over many seeds.
@Suite struct ReplicaPropertyTests {
    @Test("R1 R2 nothing proceeds after an acknowledged close, and there is one leader", arguments: 0..<8)
    func promisesHoldWhateverIsLostLateOrFrozen(block: Int) throws {
        var acknowledgedCount = 0
        var proceedCount = 0
        var effectCount = 0
        var leaderCount = 0
        for seed in 0..<4 {
            let world = try ReplicaWorld(seed: UInt64(block * 1000 + seed), replicaCount: 2 + seed % 3)
            do { try world.run() } catch {
                throw ReplicaWorld.Violation(description: "seed \(block * 1000 + seed): \(error)")
            }
            acknowledgedCount += world.acknowledgedCount
            proceedCount += world.proceedCount
            effectCount += world.effectCount
            leaderCount += world.leaderCount
        }
        // It would prove nothing if nothing happened.
        #expect(acknowledgedCount > 20 && proceedCount > 500 && effectCount > 60 && leaderCount > 6)
    }

    @Test("without faults each close is acknowledged within a renewal, and the gate decides all the time")
    func isLiveWithoutFaults() throws {
        for seed: UInt64 in 0..<3 {
            var faults = ReplicaWorld.Faults()
            faults.lostPercent = 0
            faults.slowPercent = 0
            faults.freezes = false
            faults.restarts = false
            let world = try ReplicaWorld(seed: seed, faults: faults)
            try world.run()
            #expect(world.acknowledgedCount > 5 && world.proceedCount > 500 && world.leaderCount == 1, "seed \(seed)")
        }
    }
}
