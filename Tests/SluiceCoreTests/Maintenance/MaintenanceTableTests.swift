import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Exhaustive over (phase, event): what each event does in each phase.
@Suite struct MaintenanceTableTests {
    /// The phase that a move leads to; nil: it is refused.
    private static let moves: [MaintenancePhase: [String: MaintenancePhase]] = [
        .planned: ["start": .closingCSA, "abort": .aborted, "extend": .planned],
        .closingCSA: ["abort": .reopening, "extend": .closingCSA, "waive": .closingCSA],
        .drainingCSA: ["abort": .reopening, "extend": .drainingCSA, "waive": .drainingCSA],
        .closingOO: ["abort": .reopening, "extend": .closingOO, "waive": .closingOO],
        .drainingOO: ["abort": .reopening, "extend": .drainingOO, "waive": .drainingOO],
        .quiesced: ["abort": .reopening, "extend": .quiesced, "waive": .quiesced, "resume": .verifying],
        .verifying: ["abort": .reopening, "extend": .verifying, "waive": .verifying, "resume": .reopening],
        .reopening: ["abort": .reopening, "extend": .reopening, "waive": .reopening],
        .releasing: ["extend": .releasing, "waive": .releasing],
        .completed: [:],
        .aborted: [:],
    ]

    private static func move(_ name: String, _ state: MaintenanceState) -> MaintenanceMove {
        switch name {
        case "start": .start(available: Set(MaintenancePart.allCases))
        case "resume": .resume
        case "abort": .abort
        case "extend": .extend(expectedEnd: .fixture(20_000), drainSeconds: nil)
        default: .waive(blocker: "x")
        }
    }

    @Test("R10 each move in each phase leads where the table says, or is refused", arguments: MaintenancePhase.allCases)
    func movesFollowTheTable(phase: MaintenancePhase) throws {
        for name in ["start", "resume", "abort", "extend", "waive"] {
            var world = MaintenanceWorld(.fixture(phase))
            world.block("x")
            let event = MaintenanceEvent.ordered(.fixture(Self.move(name, world.state)))
            let effects = world.state.step(event, at: world.now)
            guard let next = try #require(Self.moves[phase])[name] else {
                #expect(effects.map(\.text) == ["refused wrongPhase(SluiceModel.MaintenancePhase.\(phase))"], "\(name)")
                continue
            }
            guard case .commit(let record, let revision) = effects.first, effects.count == 1 else {
                Issue.record("\(name) in \(phase): \(effects.map(\.text))")
                continue
            }
            #expect(record.phase == next && record.revision == revision + 1, "\(name) in \(phase)")
            #expect(record.isAborting == (name == "abort"), "\(name) in \(phase)")
        }
    }

    /// What the machine says when all that a phase wants is so.
    private static let follows: [MaintenancePhase: MaintenancePhase] = [
        .closingCSA: .drainingCSA, .drainingCSA: .closingOO, .closingOO: .drainingOO, .drainingOO: .quiesced,
        .verifying: .reopening, .reopening: .releasing, .releasing: .completed,
    ]

    @Test(arguments: MaintenancePhase.allCases)
    func aPhaseIsLeftOnlyWhenEveryPartIsReached(phase: MaintenancePhase) {
        let record = MaintenanceRecord.fixture(phase)
        let wishes = MaintenanceScript.steps(of: record).flatMap { $0 }
        // Each part but one, and all.
        for missing in wishes.map(Optional.some) + [nil] {
            for way in ["unseen", "working", "other goal", "blocked", "unnamed"] {
                var state = MaintenanceState(record: record)
                var facts = MaintenanceFacts()
                for wish in wishes { facts.facts[wish.part] = .init(goal: wish.goal, isReached: true) }
                if let missing {
                    facts.facts[missing.part] =
                        switch way {
                        case "working": .init(goal: missing.goal, isReached: false)
                        case "other goal": .init(goal: missing.goal == .back ? .made : .back, isReached: true)
                        case "blocked": .init(goal: missing.goal, isReached: true, blockers: [.fixture("b")])
                        case "unnamed": .init(goal: missing.goal, isReached: true, unnamedBlockerCount: 1)
                        default: nil
                        }
                }
                let effects = state.step(.observed(facts, in: phase), at: .evening).map(\.text)
                let next = missing == nil ? Self.follows[phase] : nil
                #expect(effects == (next.map { ["commit \($0.rawValue)"] } ?? []), "\(phase) \(way) \(missing as Any)")
            }
        }
    }

    @Test(arguments: MaintenancePhase.allCases)
    func whatWasSeenInAnotherPhaseDoesNotCount(phase: MaintenancePhase) {
        for other in MaintenancePhase.allCases where other != phase {
            var state = MaintenanceState(record: .fixture(phase))
            var facts = MaintenanceFacts()
            for wish in MaintenanceScript.steps(of: state.record).flatMap({ $0 }) {
                facts.facts[wish.part] = .init(goal: wish.goal, isReached: true)
            }
            #expect(state.step(.observed(facts, in: other), at: .evening).isEmpty)
        }
    }

    @Test("one commit at a time: everything else waits or is told so", arguments: MaintenancePhase.allCases)
    func nothingOvertakesACommit(phase: MaintenancePhase) {
        guard MaintenanceRules.allows(.extend(expectedEnd: nil, drainSeconds: nil), in: phase) else { return }
        let extend = MaintenanceMove.extend(expectedEnd: .fixture(20_000), drainSeconds: nil)
        func waiting() -> MaintenanceState {
            var state = MaintenanceState(record: .fixture(phase))
            _ = state.step(.ordered(.fixture(extend)), at: .evening)
            return state
        }
        var facts = MaintenanceFacts()
        for wish in MaintenanceScript.steps(of: .fixture(phase)).flatMap({ $0 }) {
            facts.facts[wish.part] = .init(goal: wish.goal, isReached: true)
        }
        var state = waiting()
        #expect(state.step(.observed(facts, in: phase), at: .fixture(50_000)).isEmpty)
        #expect(state.step(.ticked, at: .fixture(50_000)).isEmpty)
        #expect(state.step(.learnt(.csaInstances([CSAInstanceID("i")])), at: .evening).isEmpty)
        #expect(state.step(.ordered(.fixture(.abort, number: 2)), at: .evening).map(\.text) == ["refused busy"])
        #expect(state.step(.committed, at: .evening).first?.text == "moved \(phase.rawValue)")
        var failed = waiting()
        #expect(
            failed.step(.commitFailed(cause: "disk full"), at: .evening).map(\.text)
                == ["refused notWritten(cause: \"disk full\")"])
        #expect(failed.record == .fixture(phase), "nothing was changed")
        var lost = waiting()
        var stored = MaintenanceRecord.fixture(phase)
        stored.revision = 2
        stored.plan.expectedEnd = .fixture(30_000)
        #expect(lost.step(.reloaded(stored), at: .evening).first?.text == "refused busy")
        #expect(lost.record == stored, "another wrote it")
    }

    @Test func aCommitWhoseAnswerWasLostCountsWhenItIsFound() {
        var state = MaintenanceState(record: .fixture())
        let effects = state.step(.ordered(.fixture(.start(available: [.gate]))), at: .evening)
        guard case .commit(let record, _) = effects.first else {
            Issue.record("no commit")
            return
        }
        #expect(state.step(.reloaded(record), at: .evening).first?.text == "moved closing-csa")
    }
}

extension MaintenanceWorld {
    /// Reports a blocker for the first part that is wished; in a phase without parts there is none.
    mutating func block(_ name: String) {
        guard let wish = state.wishes.first else { return }
        let facts = MaintenanceFacts([
            wish.part: .init(goal: wish.goal, isReached: false, blockers: [.fixture(name, wish.part)])
        ])
        _ = state.step(.observed(facts, in: state.record.phase), at: now)
    }
}
