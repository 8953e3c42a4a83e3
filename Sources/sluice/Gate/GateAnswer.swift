import SluiceJSON

/// A decision as the gate sent it.
struct GateAnswer: Sendable {
    let decision: Word
    /// The whole answer.
    let object: JSONObject

    /// The three decisions.
    enum Word: String, Sendable {
        case proceed
        case hold
        case reject
    }

    /// Seconds a `proceed` is good for, counted from when its question was sent, unless it says.
    private static let standardValiditySeconds = 2.0

    /// - Returns: nil when the object carries no decision.
    init?(_ object: JSONObject) {
        guard let word = object["decision"]?.string, let decision = Word(rawValue: word) else { return nil }
        self.decision = decision
        self.object = object
    }

    var reasonCode: String? { object["reason"]?["code"]?.string }
    var reasonMessage: String? { object["reason"]?["message"]?.string }
    /// The hold's state.
    var state: String? { object["state"]?.string }
    var ticket: String? { object["ticket"]?.string }
    var position: Int64? { object["position"]?.number?.int64 }
    var expectedStart: String? { object["expectedStart"]?.string }
    var maintenance: String? { object["maintenance"]?.string }
    var pass: String? { object["pass"]?.string }
    /// What the gate found odd about the question.
    var warnings: [String] { (object["warnings"]?.array ?? []).compactMap(\.string) }

    /// Code and message together.
    var reasonText: String? {
        [reasonCode, reasonMessage].compactMap { $0 }.joined(separator: ": ")
    }

    /// How long after its question was sent a `proceed` may still be used; nil for other answers.
    var validity: Duration? {
        guard decision == .proceed else { return nil }
        let seconds = object["validForSeconds"]?.number?.double ?? Self.standardValiditySeconds
        return .milliseconds(Int64(min(max(seconds, 0), 86_400) * 1000))
    }

    /// The exit code that is the decision.
    var status: ExitStatus {
        switch decision {
        case .proceed: .done
        case .hold: .held
        case .reject: .rejected
        }
    }

    /// The answer without its pass: for everything but the result.
    var withoutPass: JSONObject {
        var object = object
        object["pass"] = nil
        return object
    }
}
