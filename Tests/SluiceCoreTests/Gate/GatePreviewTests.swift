import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// A forecast's question is answered as the gate itself answers it: the two never differ.
@Suite struct GatePreviewTests {
    private static let modes: [GateMode] = [.open, .hold, .refuse]
    private static let now = Moment(wall: Timestamp(milliseconds: 1_800_000_000_000), monotonic: .init(nanoseconds: 1))

    private func entry(_ scope: Scope?, _ mode: GateMode) -> ScopeMode {
        ScopeMode(scope: scope, mode: mode, since: .zero, by: Principal("ann"), reason: "r")
    }

    private var requests: [LaunchRequest] {
        var scheduled = LaunchRequest(flow: FlowID("nightly"), source: .scheduler)
        scheduled.flowPath = "Library/Backup/Nightly"
        var health = LaunchRequest(flow: FlowID("health"), source: .scheduler)
        health.flowPath = "Library/Health/Check"
        var secret = LaunchRequest(flow: FlowID("nightly"), source: .scheduler)
        secret.inputs = [LaunchInput(name: "password", value: .sealed(SealedBytes([1])))]
        var caller = secret
        caller.launcher = .caller
        var late = scheduled
        late.notBefore = Self.now.wall.advanced(by: .seconds(60))
        return [scheduled, health, secret, caller, late, LaunchRequest(flow: FlowID("other"), source: .csa)]
    }

    @Test(
        "R33 the forecast's answer is the gate's own, for every mode, scope, rule and request", arguments: modes, modes)
    func agreesWithTheGate(whole: GateMode, part: GateMode) throws {
        let scopes: [Scope] = [
            .flow(FlowID("nightly")), .path(try #require(PathGlob("Library/**"))), .contentPack("Pack"),
            .source(.scheduler),
        ]
        let rule = AllowRule(name: "health", path: PathGlob("Library/Health/**"))
        var answers: Set<String> = []
        for scope in scopes {
            for keepsSecrets in [true, false] {
                let policy = GatePolicy(keepsSecrets: keepsSecrets, allowRules: [rule])
                let record = GateRecord(
                    epoch: .first, whole: entry(nil, whole), scopes: [entry(scope, part)])
                for request in requests {
                    let preview = GatePreview.decision(
                        on: request, by: .fixture, gate: record, policy: policy, contentPack: "Pack", at: Self.now.wall)
                    var gate = GateState(record: record, policy: policy)
                    let decided = try #require(decision(&gate, request))
                    #expect(preview == decided, "\(scope), \(request.flow)")
                    answers.insert("\(preview.word) \(preview.code)")
                }
            }
        }
        #expect(answers.contains("proceed allowed-by-rule"))
        #expect(answers.contains("hold not-due"))
        // What cannot be kept is turned away where others are held.
        #expect(answers.contains("reject not-replayable") == (whole == .hold || part == .hold))
    }

    /// What the gate answers, its commits going well.
    private func decision(_ gate: inout GateState, _ request: LaunchRequest) -> Decision? {
        let none = ULID(high: 0, low: 7)
        let ask = Ask(
            ref: Ask.Ref(1), request: request, principal: .fixture, contentPack: "Pack",
            minted: .init(ticket: Ticket(none), passID: PassID(none)))
        var effects = gate.step(.requested(ask), at: Self.now)
        if case .commit = effects.first { effects = gate.step(.committed(ask.ref), at: Self.now) }
        guard case .answer(_, .decided(let answer)) = effects.first else { return nil }
        return answer.decision
    }

    @Test func aPlannedModeChangesWhatItNamesAndNothingElse() throws {
        let path = Scope.path(try #require(PathGlob("Library/CSA/**")))
        let record = GateRecord(
            epoch: Epoch(4), whole: entry(nil, .open), scopes: [entry(.source(.csa), .open), entry(path, .refuse)])
        let whole = record.planned(.hold, for: nil, at: Self.now.wall)
        #expect(whole.whole.mode == .hold && whole.scopes == record.scopes && whole.epoch == record.epoch)
        let part = record.planned(.hold, for: path, at: Self.now.wall)
        #expect(part.whole == record.whole && part.scopes.count == 2)
        #expect(part.entry(for: path)?.mode == .hold && part.entry(for: .source(.csa))?.mode == .open)
    }
}
