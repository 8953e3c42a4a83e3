/// What of a flow's inputs must not travel to Sluice in clear (product.md, "The gate step").
extension FlowBinding {
    /// Whether its value is a secret that whoever starts the flow gives; one bound in the pack, Central resolves again.
    var isSecretGivenAtStart: Bool {
        // A system account: its user or password; only a caller's variable can stand in its place.
        if isIdentity { return fromVariable != nil }
        guard isSecret, kind != "private" else { return false }
        return kind != "staticBinding" || fromVariable != nil || value == nil
    }

    /// Whether it is a system account's user or password, or those of whoever is logged in.
    var isIdentity: Bool { kind == "identityBinding" || kind == "loggedUserIdentityBinding" }

    /// Whether its constant is an expression that names a variable: `${name}` in XML, Python in CloudSlang.
    fileprivate func names(_ variable: String, inCloudSlang: Bool) -> Bool {
        guard let text = value?.exposed, text.contains("${") else { return false }
        guard inCloudSlang else { return text.contains("${\(variable)}") }
        return text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == variable }
    }
}

extension FlowDocument {
    /// Names of the inputs whose values are secrets or are made of secrets by the flow itself.
    ///
    /// What is made of them is left out of a hold as they are: Central makes it again.
    var secretInputs: Set<String> {
        var secrets = inputs.filter { $0.isSecret || $0.isIdentity }
        var rest = inputs.filter { !$0.isSecret && !$0.isIdentity }
        var names = Set(secrets.map(\.name))
        while let secret = secrets.popLast() {
            for variable in Set([secret.name, secret.toVariable ?? secret.name]) {
                let made = rest.filter { $0.names(variable, inCloudSlang: kind != .flow) }
                guard !made.isEmpty else { continue }
                names.formUnion(made.map(\.name))
                rest.removeAll { names.contains($0.name) }
                secrets += made
            }
        }
        return names
    }

    /// Variables that the flow keeps something in, at its start or later.
    var keptVariables: Set<String> {
        var variables = Set(inputs.flatMap { [$0.name, $0.toVariable ?? $0.name] })
        for step in allSteps {
            variables.formUnion(step.assignments.map(\.target))
            variables.formUnion(step.bindings.compactMap(\.toVariable))
        }
        return variables
    }

    /// Why an input `sluicePass` that the flow has already cannot carry the pass; nil when it can, or is not there.
    var passInputFault: String? {
        guard let pass = inputs.first(where: { $0.name == "sluicePass" }) else { return nil }
        if !pass.isSecret { return kind == .flow ? "it is not ENCRYPTED" : "it is not sensitive" }
        if pass.isRequired { return "it is required" }
        guard kind == .flow else { return pass.kind == "private" ? "it is private" : nil }
        if pass.toVariable != "sluicePass" { return "it is not kept in the flow variable sluicePass" }
        let isConstant = pass.kind != "userInputBinding" && pass.fromVariable != "sluicePass"
        return isConstant ? "it is not taken from whoever starts the flow" : nil
    }
}
