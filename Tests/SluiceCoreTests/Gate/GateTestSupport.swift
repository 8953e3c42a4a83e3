import SluiceModel
import SluiceTestKit

@testable import SluiceCore

extension GateEffect {
    /// Its case's name, for tables.
    var kind: String {
        switch self {
        case .lookUp: "lookUp"
        case .annotate: "annotate"
        case .commit: "commit"
        case .answer(_, .refused(let refusal)): "refused \(refusal)"
        case .answer(_, .decided(let answer)): answer.decision.word
        case .commitMode: "commitMode"
        case .reloadMode: "reloadMode"
        case .modeChanged: "modeChanged"
        case .modeRefused: "modeRefused"
        }
    }

    var reply: Reply? { if case .answer(_, let reply) = self { reply } else { nil } }
    var changes: [Change]? { if case .commit(_, let changes) = self { changes } else { nil } }
    var modeChanges: [Change]? { if case .commitMode(let changes) = self { changes } else { nil } }
}

extension GateState {
    /// Everything that an event may change, in a comparable form.
    var fingerprint: String {
        let pendingParts = pending.keys.map(\.number).sorted().map { number in
            let entry = pending[Ask.Ref(number)]!
            return "\(number):\(entry.stage):\(entry.conflictCount)"
        }
        return [
            "\(pendingParts)", "\(keysInProgress.count)", "\(orderingKeysWatched.count)", "\(record)",
            "\(String(describing: closing))", "\(closedEpoch)", "\(String(describing: changeInProgress))",
            "\(changesWaiting)", "\(isStoreUsable)",
        ].joined(separator: "\n")
    }

    /// Asks, answers its look-up with these facts, commits what it wants, and returns the answer.
    mutating func decide(
        _ ask: Ask, _ facts: LookupFacts = LookupFacts(), at now: Moment = .fixture
    ) -> (reply: Reply?, changes: [Change]) {
        var effects = step(.requested(ask), at: now)
        if case .lookUp = effects.first { effects = step(.lookedUp(ask.ref, facts), at: now) }
        let changes = effects.first?.changes ?? []
        if case .commit = effects.first { effects = step(.committed(ask.ref), at: now) }
        return (effects.first?.reply, changes)
    }
}

extension Reply {
    /// `proceed open`, `refused keyReused` and the like.
    var text: String {
        switch self {
        case .decided(let answer): "\(answer.decision.word) \(answer.decision.code)"
        case .refused(let refusal): "refused \(refusal)"
        }
    }

    var answer: Answer? { if case .decided(let answer) = self { answer } else { nil } }
}

extension LaunchRequest {
    static func fixture(_ edit: (inout LaunchRequest) -> Void) -> LaunchRequest {
        var request = LaunchRequest.fixture()
        edit(&request)
        return request
    }
}

extension GatePolicy {
    static func fixture(_ edit: (inout GatePolicy) -> Void) -> GatePolicy {
        var policy = GatePolicy()
        edit(&policy)
        return policy
    }
}
