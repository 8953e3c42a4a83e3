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

/// What a text that anyone can read gives away.
enum ClearText: Equatable {
    /// Nothing: there is none, or it is obfuscated, an expression, a truth value, a word for nothing or empty JSON.
    case none
    /// What everybody knows already: the password that Java gives its key stores, and `pwd`, that of examples.
    case publicDefault
    /// A constant, which is a secret where its name says so.
    case constant
    /// A secret whatever its name: what it was told by, such as `a URL with a password`.
    case revealed(String)

    /// - Parameter isCloudSlang: Expressions are Python there, and may be made of nothing but constants.
    init(_ text: String, isCloudSlang: Bool) {
        guard !FlowValue(text).isObfuscated else {
            self = .none
            return
        }
        if let what = RevealedSecret.what(in: text) {
            self = .revealed(what)
            return
        }
        let constant = isCloudSlang ? CloudSlangConstant.text(of: text) : text.contains("${") ? nil : text
        let letters = constant?.lowercased().filter { !$0.isWhitespace } ?? ""
        if letters.isEmpty || Self.saysNothing.contains(letters) || Self.isPlaceholder(letters) {
            self = .none
        } else {
            self = Self.publicDefaults.contains(letters) ? .publicDefault : .constant
        }
    }

    private static let publicDefaults: Set<String> = ["changeit", "pwd"]
    /// CloudSlang content of others writes `None` for no value; the gate's inputs are empty JSON by default.
    private static let saysNothing: Set<String> = ["true", "false", "yes", "no", "none", "null", "{}", "[]"]

    /// Whether a text in JSON or in a query may be a secret, being neither a word for nothing nor a placeholder.
    static func isTelling(_ text: ArraySlice<UInt8>) -> Bool {
        let letters = String(decoding: text, as: UTF8.self).lowercased()
        return !saysNothing.contains(letters) && !isPlaceholder(letters) && !publicDefaults.contains(letters)
    }

    /// `<your-token>`, as examples have it.
    private static func isPlaceholder(_ text: String) -> Bool { text.hasPrefix("<") && text.hasSuffix(">") }
}

extension FlowBinding {
    /// What its constant gives away.
    var clearText: ClearText {
        value.map { ClearText($0.exposed, isCloudSlang: !kind.hasSuffix("Binding")) } ?? .none
    }
}
