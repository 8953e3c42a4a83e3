import SluiceSimulator
import Testing

/// Seeds that once broke a promise. Each belongs to the code that it was found with, so its bug has a test of its own
/// beside the machine; that they run clean shows that nothing of the kind is back.
@Suite struct KeptSeeds {
    struct Kept: Sendable, CustomStringConvertible {
        var seed: UInt64
        var profile: Profile.Name
        /// What it found, and when.
        var note: String

        var description: String { "seed \(seed) (\(profile.rawValue)): \(note)" }
    }

    static let all: [Kept] = [
        Kept(seed: 10, profile: .disk, note: "0.4: a caller's take was followed only if its commit was announced"),
        Kept(seed: 59, profile: .storm, note: "0.4: the same, after a lost acknowledgement"),
        Kept(seed: 886, profile: .disk, note: "0.4: a late copy of a gate step's question was held"),
        Kept(seed: 1268, profile: .central, note: "0.4: the same"),
        Kept(seed: 211, profile: .ordinary, note: "0.4: a caller's launch that a person released overtakes its key"),
        Kept(seed: 14, profile: .calm, note: "0.4: executions of callers took no place under the ceiling"),
        Kept(seed: 15, profile: .ordinary, note: "0.4: parked executions filled the ceiling and waited for more"),
        Kept(seed: 110, profile: .replicas, note: "0.4: a walk that had to stop went on with the lanes of long ago"),
        Kept(seed: 741, profile: .storm, note: "0.4: what was only intended counted as listed by Central"),
        Kept(seed: 934, profile: .central, note: "0.4: a canary that nothing could be was waited for after a refusal"),
        Kept(seed: 1820, profile: .calm, note: "0.4: lanes read before the opening gave the canary up"),
        Kept(seed: 1232, profile: .calm, note: "0.4: a succession comes before a caller's launch that was released"),
        Kept(seed: 17624, profile: .replicas, note: "0.4: a release that began while paused forgot a canary set since"),
        Kept(seed: 32226, profile: .replicas, note: "0.4: what may not be sent was offered again at once, without end"),
        Kept(seed: 43398, profile: .replicas, note: "0.4: a canary was none any more once its record was read again"),
        Kept(seed: 31439, profile: .crashes, note: "0.4: a crash forgot a canary that had failed"),
        Kept(seed: 67843, profile: .storm, note: "0.4: a clock set back hid a canary from the next process"),
        Kept(seed: 86953, profile: .storm, note: "0.4: a release that was over, but not on record, was checked"),
        Kept(seed: 87706, profile: .central, note: "0.4: the checker waited for an execution that had gone on"),
        Kept(seed: 68711, profile: .storm, note: "0.4: an ended process changed the gate under the next one"),
        Kept(seed: 80555, profile: .storm, note: "0.4: the same"),
        Kept(seed: 31751, profile: .storm, note: "0.4: the same, with a hold"),
        Kept(seed: 53234, profile: .storm, note: "0.4: a hold made by a late copy waits for a report that never comes"),
        Kept(seed: 59331, profile: .storm, note: "0.4: Central forgot an end as unreachable before anybody saw it"),
    ]

    @Test("R25 seeds that broke a promise once keep it", arguments: all)
    func runsClean(kept: Kept) {
        var options = Simulation.Options()
        options.profile = kept.profile
        let outcome = Simulation(options).run(kept.seed)
        #expect(outcome.finding == nil, "\(outcome.finding.map { "\($0)" } ?? "")")
    }
}
