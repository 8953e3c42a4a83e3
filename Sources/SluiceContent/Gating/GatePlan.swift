/// How the gate is put into one flow.
public struct GatePlan: Hashable, Sendable {
    /// What the run does when its launch is held (product.md, "The gate step").
    public enum OnHold: String, Hashable, Sendable, CaseIterable {
        /// It ends at the gate; Sluice launches the flow again later.
        case end
        /// It stays parked at the gate and goes on when released.
        case wait
    }

    /// What becomes of secrets that are given when the flow is started.
    public enum Secrets: String, Hashable, Sendable, CaseIterable {
        /// They never leave the run: it waits at the gate.
        case wait
        /// They travel to Sluice over TLS, in an input that OO encrypts and does not record.
        case send
        /// The flow is not gated.
        case refuse
    }

    public var onHold: OnHold
    /// Why, in one sentence.
    public var reason: String
    public var secrets: Secrets
    /// Whether other flows call it: then it gets no new response, because its callers have no transition for one.
    public var isCalled: Bool
    /// Key for strict order, constant or `${variable}`; nil for none.
    public var orderingKey: String?
    /// Key for coalescing, likewise.
    public var coalesceKey: String?

    /// Ids of the flows that are gated too, lowercased: a step that calls one of them hands the pass over.
    public var passesTo: Set<String> = []
    /// System properties by name, as XML flows read them: what is made of them does not go with the question.
    var properties: Set<String> = []
    /// Once gated: steps that call a gated flow and could not be given the pass, by name.
    public var stepsWithoutPass: [String] = []

    public init(
        onHold: OnHold, reason: String, secrets: Secrets = .wait, isCalled: Bool = false, orderingKey: String? = nil,
        coalesceKey: String? = nil
    ) {
        self.onHold = onHold
        self.reason = reason
        self.secrets = secrets
        self.isCalled = isCalled
        self.orderingKey = orderingKey
        self.coalesceKey = coalesceKey
    }

    /// Whether secrets given at the start go with the question: a run that waits keeps its own.
    var sendsSecrets: Bool { secrets == .send && onHold == .end }

    /// Proposes what fits a flow: `wait` where somebody waits for the run or it was started with secrets, else `end`.
    public static func proposed(for flow: FlowDocument, isCalled: Bool, secrets: Secrets = .wait) -> GatePlan {
        let plan = { (onHold: OnHold, reason: String) in
            GatePlan(onHold: onHold, reason: reason, secrets: secrets, isCalled: isCalled)
        }
        if isCalled { return plan(.wait, "flows call it and would take an early end for its result") }
        if let input = flow.inputs.first(where: { $0.name.uppercased().hasPrefix("CSA_") }) {
            return plan(.wait, "CSA launches it (input \(shown(input.name))): ended early, it would never call back")
        }
        let folders = flow.path.uppercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        if folders.contains("CSA") {
            return plan(.wait, "it lies in a folder of CSA: ended early, it would never call back")
        }
        if secrets == .wait,
            let input = flow.inputs.first(where: { $0.isSecretGivenAtStart && $0.name != "sluicePass" })
        {
            return plan(.wait, "it is started with a secret (input \(shown(input.name))), which must not be kept")
        }
        // A later launch could not be given what no variable holds: the gate step cannot read it.
        if flow.kind == .flow,
            let input = flow.inputs.first(where: {
                $0.isGivenAtStart && $0.toVariable == nil && $0.name != "sluicePass"
            })
        {
            return plan(.wait, "its input \(shown(input.name)) is kept in no variable, so it cannot be handed over")
        }
        return plan(.end, "nobody waits for the run, and its inputs can be kept")
    }
}
