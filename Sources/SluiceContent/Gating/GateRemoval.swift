import SluiceModel

/// Takes out of an XML flow what `GateInsertion` put in.
struct GateRemoval {
    /// What taking out did.
    enum Outcome {
        /// The flow is, byte for byte, what it was before it was gated.
        case restored([UInt8])
        /// The gate is out; the rest is as somebody changed it since.
        case removed([UInt8])
        /// There was no gate of ours.
        case notGated
    }

    let limits: ContentLimits

    func ungate(
        _ bytes: [UInt8], document: FlowDocument, names: XMLNameSequence, file: String
    ) throws(ContentError) -> Outcome {
        guard
            let gate = document.allSteps.first(where: {
                $0.called.map(PackGate.isGate) == true && GateMark($0.id) != nil
            }),
            let mark = GateMark(gate.id)
        else { return .notGated }
        let spans = try XMLSpans(bytes, sequence: names, file: file)
        var edits = XMLEdits()
        for part in [
            spans.child("inputs", of: 0), spans.child("possibleResponses", of: 0), spans.child("steps", of: 0),
        ] {
            guard let part else { continue }
            let ours = spans.children(of: part).filter { spans.id(of: $0).flatMap(GateMark.init) == mark }
            edits.removeChildren(ours, of: part, in: spans)
        }
        if let start = document.startStep, GateMark(start) == mark {
            guard let old = gate.transitions.first(where: { $0.response == "proceed" })?.destination,
                document.allSteps.contains(where: { $0.id == old && GateMark($0.id) != mark })
            else {
                throw ContentError(
                    "pack-ungate-no-start",
                    "the gate step's response proceed leads to no step of the flow, so its old start is not known: "
                        + "connect it in Studio, then try again", file: file, line: gate.line)
            }
            guard let starts = spans.child("startSteps", of: 0) else { return .notGated }
            edits.replace(spans.text(of: starts).range, with: GateFragments.escaped(old))
        }
        let result = edits.applied(to: bytes)
        if mark.isOriginal(result) { return .restored(result) }
        try verify(result, mark: mark, document: document, file: file)
        return .removed(result)
    }

    /// A changed flow must still be whole: no step may lead to one that was taken out.
    private func verify(
        _ result: [UInt8], mark: GateMark, document: FlowDocument, file: String
    ) throws(ContentError) {
        let (left, problems) = FlowDocumentReader(limits: limits).read(bytes: result, path: document.path, file: file)
        guard let left else {
            throw ContentError(
                problems.first
                    ?? Diagnostic(
                        severity: .error, code: "pack-ungate-unreadable", message: "would not read without its gate",
                        file: file))
        }
        for step in left.allSteps {
            for transition in step.transitions where GateMark(transition.destination) == mark {
                throw ContentError(
                    "pack-ungate-in-use",
                    "the step \(shown(step.name)) leads to a step of the gate: lead it elsewhere in Studio, then try "
                        + "again",
                    file: file, line: transition.line)
            }
        }
    }
}

extension FlowDocument {
    /// The gate step that every run of the flow comes to first; nil when there is none.
    ///
    /// It is the first step, or the one behind our encoder step.
    public var gateStep: FlowStep? {
        guard let first = steps.first(where: { $0.id == startStep }) else { return nil }
        if first.called.map(PackGate.isGate) == true { return first }
        guard GateMark(first.id) != nil || first.called == PackGate.cloudSlangEncoderName,
            let next = first.transitions.first(where: { $0.response.uppercased() == "SUCCESS" })?.destination,
            let step = steps.first(where: { $0.id == next })
        else { return nil }
        return step.called.map(PackGate.isGate) == true ? step : nil
    }
}
