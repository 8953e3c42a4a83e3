extension LaunchRequest {
    /// Takes over the ids of CSA's service instance and process from the two inputs that each launch of CSA's carries
    /// (csa-api.md section 7, PROVEN), where they are not given otherwise and are no secrets.
    public mutating func takeCSAInputs() {
        csaInstanceID = csaInstanceID ?? inputs.csaInstanceID
        csaProcessID = csaProcessID ?? inputs.csaProcessID
    }
}

extension [LaunchInput] {
    /// CSA's process instance, for a launch of its own; nil where it is a secret.
    public var csaProcessID: CSAProcessID? { clear("CSA_PROCESS_ID").flatMap { CSAProcessID(checking: $0) } }

    /// What a launch of CSA's is for: a service instance, a pool; nil where it is a secret.
    public var csaInstanceID: CSAInstanceID? { clear("CSA_CONTEXT_ID").flatMap { CSAInstanceID(checking: $0) } }

    /// The value of an input that is no secret; nil when it has none.
    private func clear(_ name: String) -> String? {
        guard let input = first(where: { $0.name == name }), case .clear(let text) = input.value, !text.isEmpty
        else { return nil }
        return text
    }

    /// Whether they are those of a flow that CSA started: each has the id of its process instance (csa-api.md
    /// section 7, PROVEN). One that is a secret counts too.
    public var areOfCSA: Bool {
        contains { input in
            guard input.name == "CSA_PROCESS_ID" || input.name == "CSA_CONTEXT_ID" else { return false }
            if case .clear(let text) = input.value { return !text.isEmpty }
            return true
        }
    }
}
