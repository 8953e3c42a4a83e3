/// A binding, and in words whose it is.
struct LintBinding {
    let owner: String
    let binding: FlowBinding
}

extension LintSubject {
    /// The document's own inputs, then what its steps hand on.
    var bindings: [LintBinding] {
        let own = document.inputs.map { LintBinding(owner: "the document", binding: $0) }
        return own
            + graph.steps.flatMap { step in
                step.bindings.map { LintBinding(owner: "the step '\(shown(step.name))'", binding: $0) }
            }
    }
}

extension FlowBinding {
    /// What a constant that anyone can read gives away.
    enum ClearConstant {
        /// Nothing: there is none, or it is obfuscated, an expression, a truth value, a word for nothing or empty JSON.
        case none
        /// What everybody knows already: the password that Java gives its key stores.
        case publicDefault
        /// Perhaps a secret.
        case secret
    }

    var clearConstant: ClearConstant {
        guard let value, !value.isObfuscated else { return .none }
        let text = value.exposed.lowercased().filter { !$0.isWhitespace }
        if text.isEmpty || text.contains("${") || Self.saysNothing.contains(text) { return .none }
        return text == "changeit" ? .publicDefault : .secret
    }

    /// CloudSlang content of others writes `None` for no value; the gate's inputs are empty JSON by default.
    private static let saysNothing: Set<String> = ["true", "false", "none", "null", "{}", "[]"]
}
