/// What of a flow's inputs must not travel to Sluice in clear (product.md, "The gate step").
extension FlowBinding {
    /// Whether its value is a secret that whoever starts the flow gives; one bound in the pack, Central resolves again.
    var isSecretGivenAtStart: Bool {
        // A system account: its user or password; only a caller's variable can stand in its place.
        if isIdentity { return fromVariable != nil }
        guard isSecret, kind != "private" else { return false }
        return kind != "staticBinding" || fromVariable != nil || value == nil
    }

    /// Whether whoever starts the flow can give it.
    var isGivenAtStart: Bool { fromVariable != nil || kind == "userInputBinding" }

    /// Whether it is a system account's user or password, or those of whoever is logged in.
    var isIdentity: Bool { kind == "identityBinding" || kind == "loggedUserIdentityBinding" }

    /// Whether its value is a secret whatever the flow's other inputs are.
    fileprivate var isSecretItself: Bool {
        isSecret || isIdentity || value?.exposed.contains("{OBFUSCATED}") == true
    }

    /// Whether CloudSlang's expression looks a variable or property up by a name that is made: it may be any.
    fileprivate var isUnclear: Bool {
        guard let text = value?.exposed, text.contains("${") else { return false }
        if ["globals(", "locals(", "vars(", "eval(", "exec("].contains(where: text.contains) { return true }
        var rest = text[...]
        while let call = rest.firstRange(of: "get") {
            let before = rest[..<call.lowerBound].last
            rest = rest[call.upperBound...]
            if rest.hasPrefix("_sp") { rest = rest.dropFirst(3) }
            let arguments = rest.drop(while: \.isWhitespace)
            guard arguments.first == "(", before.map({ $0.isLetter || $0.isNumber || $0 == "_" }) != true else {
                continue
            }
            let literal = arguments.dropFirst().drop(while: \.isWhitespace)
            guard let quote = literal.first, quote == "'" || quote == "\"" else { return true }
            let name = literal.dropFirst().prefix { $0 != quote && $0 != "\\" }
            let end = name.endIndex < literal.endIndex && literal[name.endIndex] == quote
            let behind = end ? literal[name.endIndex...].dropFirst().drop(while: \.isWhitespace).first : nil
            guard behind == ")" || behind == "," else { return true }
        }
        return false
    }

    /// Variables that have its secret when it is one: where it is kept, and where a secret is taken from.
    fileprivate var holders: Set<String> {
        var names: Set<String> = [name, toVariable ?? name]
        if isSecretItself, let fromVariable { names.insert(fromVariable) }
        return names
    }

    /// Variables whose values it may show: those it is made of, and the one that is read to keep it.
    fileprivate func sources(inCloudSlang: Bool) -> Set<String> {
        var names: Set<String> = [toVariable ?? name]
        if let fromVariable { names.insert(fromVariable) }
        guard let text = value?.exposed else { return names }
        let isWord = { (character: Character) in character.isLetter || character.isNumber || character == "_" }
        var rest = text[...]
        while let start = rest.firstRange(of: "${")?.upperBound {
            // CloudSlang takes the whole text for Python; in XML a variable's name may have spaces and dots inside.
            let end = inCloudSlang ? rest.endIndex : rest[start...].firstIndex(of: "}") ?? rest.endIndex
            let inside = rest[start..<end]
            names.insert(trimmed(String(inside)))
            for word in inside.split(whereSeparator: { !isWord($0) }) { names.insert(String(word)) }
            rest = rest[end...]
        }
        return names
    }
}

extension FlowDocument {
    /// The flow with those inputs marked as sensitive whose default is one of these CloudSlang properties, lowercased.
    func withSecretInputs(from properties: Set<String>) -> FlowDocument {
        guard kind != .flow, !properties.isEmpty else { return self }
        var document = self
        for index in inputs.indices {
            guard let text = inputs[index].value?.exposed, text.contains("get_sp") else { continue }
            let names = text.lowercased().split { $0 == "'" || $0 == "\"" }.map(String.init)
            if names.contains(where: properties.contains) { document.inputs[index].type = "sensitive" }
        }
        return document
    }

    /// Names of the inputs whose values are secrets, or may be: they are made of a secret, or share a variable with
    /// one.
    ///
    /// What is made of secrets is left out of a hold as they are: Central makes it again.
    ///
    /// - Parameter properties: System properties by name, as flows read them; Central resolves them again.
    func secretInputs(besides properties: Set<String> = []) -> Set<String> {
        // Whether OO tells names apart by case is not known: without it nothing leaks.
        let properties = Set(properties.map { $0.lowercased() })
        var users: [String: [Int]] = [:]
        var isFound: [Bool] = []
        for (index, input) in inputs.enumerated() {
            let sources = Set(input.sources(inCloudSlang: kind != .flow).map { $0.lowercased() })
            for name in sources { users[name, default: []].append(index) }
            isFound.append(
                input.isSecretItself || !sources.isDisjoint(with: properties) || kind != .flow && input.isUnclear)
        }
        var pending = inputs.indices.filter { isFound[$0] }
        var seen: Set<String> = []
        while let secret = pending.popLast() {
            for name in inputs[secret].holders.map({ $0.lowercased() }) where seen.insert(name).inserted {
                for user in users[name] ?? [] where !isFound[user] {
                    isFound[user] = true
                    pending.append(user)
                }
            }
        }
        return Set(inputs.indices.filter { isFound[$0] }.map { inputs[$0].name })
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
