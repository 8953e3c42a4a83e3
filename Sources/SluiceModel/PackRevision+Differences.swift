extension PackRevision {
    /// Most differences that are told of two revisions; one more then says how many there are besides.
    public static let differenceCountMax = 200

    /// What tells this revision from an earlier one, each as a sentence; empty when nothing that Sluice looks at does.
    ///
    /// Flows are the same when their ids are, inputs when their names are. First what is gone, then the rest in the
    /// order of this revision.
    public func differences(since earlier: PackRevision) -> [String] {
        var found: [String] = []
        if version != earlier.version {
            found.append("its version is \(version ?? "none") now; it was \(earlier.version ?? "none")")
        }
        let known = flows
        let present = Self.byID(known)
        let past = Self.byID(earlier.flows)
        for flow in earlier.flows where present[flow.id] == nil { found.append("\(flow.label) is gone") }
        for flow in known {
            if let before = past[flow.id] {
                found += flow.differences(since: before)
            } else {
                found.append("\(flow.label) is new; it \(flow.isGated ? "asks" : "does not ask") the gate")
            }
        }
        let restCount = found.count - Self.differenceCountMax
        guard restCount > 0 else { return found }
        return found.prefix(Self.differenceCountMax) + ["and \(restCount) more differences"]
    }

    private static func byID(_ known: [KnownFlow]) -> [FlowID: KnownFlow] {
        Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension KnownFlow {
    /// `flow Library/Backup/Nightly (a98c…)`.
    fileprivate var label: String { "flow \(path.shortened) (\(id.text.shortened))" }

    fileprivate func differences(since before: KnownFlow) -> [String] {
        var found: [String] = []
        if path != before.path { found.append("\(label) was at \(before.path.shortened) before") }
        if isGated != before.isGated {
            found.append("\(label) \(isGated ? "asks the gate now" : "does not ask the gate any more")")
        }
        let present = Self.byName(inputs)
        let past = Self.byName(before.inputs)
        for input in before.inputs where present[input.name] == nil {
            found.append("\(label): the input \(input.name.shortened) is gone")
        }
        for input in inputs {
            found += input.differences(since: past[input.name]).map {
                "\(label): the input \(input.name.shortened) is \($0)"
            }
        }
        return found
    }

    private static func byName(_ inputs: [KnownInput]) -> [String: KnownInput] {
        Dictionary(inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension KnownInput {
    fileprivate func differences(since before: KnownInput?) -> [String] {
        guard let before else {
            return ["new" + (isRequired ? ", and required" : "") + (isEncrypted ? ", and ENCRYPTED" : "")]
        }
        var found: [String] = []
        if isRequired != before.isRequired { found.append(isRequired ? "required now" : "no longer required") }
        return found + changedReading(since: before)
    }
}
