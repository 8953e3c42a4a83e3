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

        /// What is left of the document; nil where nothing was taken out.
        var bytes: [UInt8]? {
            switch self {
            case .restored(let bytes), .removed(let bytes): bytes
            case .notGated: nil
            }
        }
    }

    let limits: ContentLimits

    func ungate(
        _ bytes: [UInt8], document: FlowDocument, names: XMLNameSequence, file: String
    ) throws(ContentError) -> Outcome {
        let gate = document.allSteps.first { $0.called.map(PackGate.isGate) == true && GateMark($0.id) != nil }
        guard gate != nil || GateMark.mayOccur(in: bytes) else { return .notGated }
        let spans = try XMLSpans(bytes, sequence: names, file: file)
        let parts = ["inputs", "possibleResponses", "steps"].compactMap { (name: StaticString) in
            spans.child(name, of: 0)
        }
        // Without a gate step of ours there may still be parts of one: somebody began to take it out.
        let marks = parts.lazy.flatMap { spans.children(of: $0) }.compactMap { spans.id(of: $0).flatMap(GateMark.init) }
        guard let mark = gate.flatMap({ GateMark($0.id) }) ?? marks.first else { return .notGated }
        var edits = XMLEdits()
        var removed: [Range<Int>] = []
        for part in parts {
            let ours = spans.children(of: part).filter { spans.id(of: $0).flatMap(GateMark.init) == mark }
            edits.removeChildren(ours, of: part, in: spans)
            removed += ours.map { spans.elements[$0].range }
        }
        removed.sort { $0.lowerBound > $1.lowerBound }
        for bindings in spans.elements.indices where spans.isNamed("bindings", bindings) {
            // Inside what is taken out there is nothing more to take out.
            let start = spans.elements[bindings].startTag.lowerBound
            while let next = removed.last, next.upperBound <= start { removed.removeLast() }
            guard removed.last?.contains(start) != true else { continue }
            let ours = spans.children(of: bindings).filter { spans.id(of: $0).flatMap(GateMark.init) == mark }
            edits.removeChildren(ours, of: bindings, in: spans)
        }
        if let start = document.startStep, GateMark(start) == mark {
            guard let old = gate?.transitions.first(where: { $0.response == "proceed" })?.destination,
                document.allSteps.contains(where: { $0.id == old && GateMark($0.id) != mark })
            else {
                throw ContentError(
                    "pack-ungate-no-start",
                    "no gate step's response proceed leads to a step of the flow, so its old start is not known: "
                        + "connect it, or set the start step, in Studio, then try again", file: file,
                    line: gate?.line ?? document.startStepLine)
            }
            guard let starts = spans.child("startSteps", of: 0) else { return .notGated }
            edits.replace(spans.text(of: starts).range, with: GateFragments.escaped(old))
        }
        let result = try edits.applied(to: bytes, file: file)
        if mark.isOriginal(result) { return .restored(result) }
        try verify(result, mark: mark, document: document, file: file)
        return .removed(result)
    }

    /// A changed flow must still be whole: nothing may point at a step that was taken out, or end as a response that
    /// was.
    private func verify(
        _ result: [UInt8], mark: GateMark, document: FlowDocument, file: String
    ) throws(ContentError) {
        let (left, problems, names) = FlowDocumentReader(limits: limits)
            .readForEditing(bytes: result, path: document.path, file: file)
        guard let left else {
            throw ContentError(
                problems.first
                    ?? Diagnostic(
                        severity: .error, code: "pack-ungate-unreadable", message: "would not read without its gate",
                        file: file))
        }
        let responses = Set(left.responses.map(\.name))
        let lost = Set(document.responses.map(\.name)).subtracting(responses)
        // The line is that of the flow with its gate, which is the file that the reader of this has.
        for step in document.allSteps where GateMark(step.id) != mark {
            for transition in step.transitions where GateMark(transition.destination) == mark {
                throw Self.inUse("the step \(shown(step.name)) leads to a step of the gate", file, transition.line)
            }
            for transition in step.transitions where step.kind == .returnStep && lost.contains(transition.response) {
                throw Self.inUse(
                    "the step \(shown(step.name)) ends as \(shown(transition.response)), a response of the gate's",
                    file,
                    transition.line)
            }
        }
        let spans = try XMLSpans(result, sequence: names, file: file)
        let pointer = spans.elements.indices.first {
            spans.isNamed("refId", $0) && GateMark(spans.text(of: $0).text) == mark
        }
        if pointer != nil { throw Self.inUse("something, such as a callout, points at a step of the gate", file, nil) }
    }

    private static func inUse(_ what: String, _ file: String, _ line: Int?) -> ContentError {
        ContentError(
            "pack-ungate-in-use", what + ": lead it elsewhere in Studio, then try again", file: file, line: line)
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
