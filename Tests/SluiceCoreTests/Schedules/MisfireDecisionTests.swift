import SluiceCore
import SluiceModel
import Testing

/// What each policy makes of missed times.
@Suite struct MisfireDecisionTests {
    private static func minutes(_ numbers: [Int]) -> [Timestamp] {
        numbers.map { Timestamp(milliseconds: Int64($0) * 60_000) }
    }

    @Test(
        "R27: skip, one, all, not older than; six missed with skip launch none",
        arguments: [
            (MisfirePolicy.skip, [1, 2, 3, 4, 5, 6], [Int]()), (.latest, [1, 2, 3, 4, 5, 6], [6]),
            (.all, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
            (.notOlderThan(seconds: 180), [1, 2, 3, 4, 5, 6], [4, 5, 6]),
            (.notOlderThan(seconds: 0), [6, 7], [7]), (.latest, [], []), (.all, [], []), (.latest, [3], [3]),
        ])
    func launchesWhatThePolicySays(policy: MisfirePolicy, missed: [Int], launched: [Int]) {
        let verdicts = MisfireDecision.decide(Self.minutes(missed), policy, at: Timestamp(milliseconds: 7 * 60_000))
        #expect(verdicts.count == missed.count, "R26: a verdict for each")
        #expect(zip(missed, verdicts).filter { $0.1 == .launch }.map(\.0) == launched)
        for case .coalesce(let index) in verdicts { #expect(index == missed.count - 1) }
    }

    @Test("R28: a thousand missed are one launch, or a thousand, as the policy says")
    func isNotMovedByNumbers() {
        let times = Self.minutes(Array(1...1000))
        let now = Timestamp(milliseconds: 1000 * 60_000)
        #expect(MisfireDecision.decide(times, .latest, at: now).filter { $0 == .launch }.count == 1)
        #expect(MisfireDecision.decide(times, .all, at: now).filter { $0 == .launch }.count == 1000)
        #expect(MisfireDecision.decide(times, .skip, at: now).allSatisfy { $0 == .skip })
    }

    @Test func takesTheFirstRuleThatMatches() {
        let policies = MisfirePolicies(
            standard: .latest,
            rules: [
                MisfireRule(policy: .skip), MisfireRule(id: ScheduleID("7"), policy: .all, isUnsafeToMiss: true),
                MisfireRule(name: PathGlob("night*"), flow: FlowID("f"), policy: .skip),
                MisfireRule(path: PathGlob("Library/**"), policy: .notOlderThan(seconds: 60)),
            ])
        let table: [(String, String?, String?, String?, MisfirePolicy, Bool)] = [
            ("1", nil, nil, nil, .latest, false), ("7", nil, nil, "Library/x", .all, true),
            ("1", "nightly", "f", nil, .skip, false), ("1", "nightly", "g", nil, .latest, false),
            ("1", nil, nil, "Library/x", .notOlderThan(seconds: 60), false),
        ]
        for (id, name, flow, path, policy, isUnsafe) in table {
            let found = policies.choice(id: ScheduleID(id), name: name, flow: flow.map { FlowID($0) }, path: path)
            #expect(found.policy == policy && found.isUnsafeToMiss == isUnsafe, "\(id) \(name ?? "")")
        }
    }
}
