import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// The release and the gate in a hostile world: see `ReleaseWorld`.
@Suite struct ReleaseSimulationTests {
    private static let chunkCount: UInt64 = 8
    /// The optimised simulator runs many more (`scripts/test`, `make sim`).
    private static let seedsPerChunk: UInt64 = 60

    @Test("R25 each hold's work runs at most once and none is lost", arguments: 0..<chunkCount)
    func everyHoldComesToItsEndOnce(chunk: UInt64) {
        var failures = 0
        for seed in (chunk * Self.seedsPerChunk + 1)...((chunk + 1) * Self.seedsPerChunk) {
            let world = ReleaseWorld(seed: seed)
            for _ in 0..<Int.random(in: 50...350, using: &world.random) { world.step() }
            world.settle()
            guard !world.findings.isEmpty else { continue }
            failures += 1
            if failures <= 4 {
                let list = Set(world.findings).sorted().prefix(4).joined(separator: "; ")
                Issue.record("seed \(seed): \(list)")
            }
        }
        #expect(failures == 0, "\(failures) of \(Self.seedsPerChunk) seeds")
    }
}
