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
    /// Whether it has a constant that anyone can read: not empty, not obfuscated, and no expression.
    var hasClearConstant: Bool {
        guard let value, !value.isObfuscated else { return false }
        let text = value.exposed
        return text.contains { !$0.isWhitespace } && !text.contains("${")
    }
}
