import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// The published truth table, asked of the gate itself: phase × source × lineage.
@Suite struct MaintenanceAdmissionTests {
    private static let open = GateRecord(
        epoch: .first, whole: ScopeMode(scope: nil, mode: .open, since: .zero, by: .sluice, reason: "first start"))

    /// Sets what a wish wants, as the driver does.
    private func reach(_ wish: PartWish, _ record: MaintenanceRecord, _ gate: inout GateRecord) {
        for _ in 0..<10 {
            guard let setting = MaintenanceGate.settings(for: wish, of: record, in: gate).first else { return }
            let entry = setting.mode.map {
                ScopeMode(scope: setting.scope, mode: $0, since: .evening, by: .sluice, reason: setting.reason)
            }
            gate.epoch = gate.epoch.next
            guard let scope = setting.scope else {
                gate.whole = entry ?? gate.whole
                continue
            }
            gate.scopes.removeAll { $0.scope == scope }
            if let entry { gate.scopes.append(entry) }
        }
        Issue.record("\(wish) is never reached")
    }

    /// The gate as it is when a phase has what it wants, with the maintenance that led there.
    private func gate(
        in phase: MaintenancePhase, _ systems: MaintenancePlan.Systems, from first: GateRecord = open
    ) -> (
        GateRecord, MaintenanceRecord
    ) {
        var gate = first
        var record = MaintenanceRecord.fixture(.closingCSA, systems)
        record.gateBefore = GateModes(whole: first.whole, scopes: first.scopes)
        for next in MaintenancePhase.allCases where next != .aborted {
            record.phase = next
            for wish in MaintenanceScript.steps(of: record).flatMap({ $0 }) {
                // `reopening` is published as it is before CSA is as it was.
                if phase == .reopening, wish == PartWish(.csaSources, .back) { return (gate, record) }
                reach(wish, record, &gate)
            }
            if next == phase { break }
        }
        return (gate, record)
    }

    private func ask(
        _ source: LaunchSource, _ lineage: MaintenanceAdmission.Lineage, _ systems: MaintenancePlan.Systems
    ) -> (Ask, LookupFacts) {
        var request = LaunchRequest.fixture(source: source)
        request.askID = AskID("a")
        var facts = LookupFacts()
        var question = Ask.fixture(7)
        switch lineage {
        case .none: break
        case .pass:
            let claims = PassClaims(
                id: .fixture(1), kind: .admission, flow: request.flow, epoch: .first, expiresAt: .fixture(86_400))
            question.presented = .genuine(claims)
        case .runningParent, .endedParent:
            request.parentRunID = ExecutionID("9")
            facts.parent = Admission(
                executionID: ExecutionID("9"), flow: .fixture, reason: .open, at: .zero,
                endedAt: lineage == .endedParent ? .zero : nil)
            facts.isParentRunning = lineage == .runningParent
        case .runningInstance, .otherInstance:
            request.csaInstanceID = CSAInstanceID("i")
            // Only a maintenance of CSA notes which instances ran when it closed.
            facts.isCSAInstanceContinuing = lineage == .runningInstance && systems.includesCSA
        }
        question.request = request
        return (question, facts)
    }

    @Test("R5 R6 the gate answers every row as the published table says", arguments: MaintenancePhase.allCases)
    func everyRow(phase: MaintenancePhase) {
        for systems in MaintenancePlan.Systems.allCases {
            let (record, _) = gate(in: phase, systems)
            for source in LaunchSource.allCases {
                for lineage in MaintenanceAdmission.Lineage.allCases {
                    var state = GateState(record: record, policy: GatePolicy())
                    let (question, facts) = ask(source, lineage, systems)
                    let answer = state.decide(
                        question, facts, at: Moment(wall: .evening, monotonic: Moment.fixture.monotonic)
                    ).reply?.answer
                    let word = MaintenanceAdmission.word(in: phase, of: systems, source: source, lineage: lineage)
                    #expect(
                        answer?.decision.word == word.rawValue, "\(systems) \(phase) \(source) \(lineage)")
                }
            }
        }
    }

    @Test("R31 modes that a person had set, or sets meanwhile, are as they were afterwards")
    func modesAreAsTheyWere() {
        func entry(_ scope: Scope?, _ mode: GateMode, _ reason: String) -> ScopeMode {
            ScopeMode(scope: scope, mode: mode, since: .zero, by: Principal("ops"), reason: reason)
        }
        let flow = Scope.flow(FlowID("f"))
        let first = GateRecord(
            epoch: .first, whole: entry(nil, .open, "first start"),
            scopes: [entry(.tenant(TenantID("t")), .refuse, "unpaid"), entry(flow, .open, "health")])
        var (gate, record) = gate(in: .quiesced, .both, from: first)
        #expect(!gate.isAnyOpen, "a scope that was open is closed as well")
        #expect(gate.entry(for: .tenant(TenantID("t")))?.reason == "unpaid", "one that was closed is left alone")
        // A person closes something of their own meanwhile.
        gate.scopes.append(entry(.source(.ui), .hold, "theirs"))
        record.phase = .reopening
        for wish in MaintenanceScript.steps(of: record).flatMap({ $0 }) { reach(wish, record, &gate) }
        #expect(gate.whole.mode == .open && gate.whole.reason == "first start")
        #expect(gate.entry(for: flow)?.mode == .open && gate.entry(for: flow)?.reason == "health")
        #expect(gate.entry(for: .source(.ui))?.mode == .hold)
        #expect(gate.entry(for: .source(.csa)) == nil && gate.scopes.count == 3)
    }

    @Test("a gate that a person closed before stays closed after")
    func aClosedGateStaysClosed() {
        var first = Self.open
        first.whole.mode = .hold
        let (gate, _) = gate(in: .completed, .both, from: first)
        #expect(gate.whole == first.whole && gate.scopes.isEmpty)
    }

    @Test("what a person opens meanwhile is told, not fought")
    func whatAPersonOpensIsTold() {
        var (gate, record) = gate(in: .drainingOO, .both)
        #expect(MaintenanceGate.openScopes(for: PartWish(.gate, .made), of: record, in: gate).isEmpty)
        let theirs = ScopeMode(
            scope: .flow(FlowID("f")), mode: .open, since: .evening, by: Principal("ops"), reason: "hotfix")
        gate.scopes.append(theirs)
        #expect(MaintenanceGate.openScopes(for: PartWish(.gate, .made), of: record, in: gate) == [theirs])
        #expect(MaintenanceGate.openScopes(for: PartWish(.csaSources, .made), of: record, in: gate) == [theirs])
        #expect(MaintenanceGate.settings(for: PartWish(.gate, .made), of: record, in: gate).isEmpty)
        #expect(record.plan.scope == nil)
    }
}
