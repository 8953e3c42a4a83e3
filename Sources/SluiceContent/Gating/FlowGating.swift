public import SluiceModel

/// Puts the gate step into the text of one flow, and takes it out again.
public struct FlowGating: Sendable {
    /// What became of one document.
    public enum Outcome: Hashable, Sendable {
        /// The gate was put in; the new text.
        case gated([UInt8], GatePlan)
        /// It has a gate of ours, and now hands the pass to the gates of flows that it calls; the new text.
        /// Steps that call a gated flow and could not be given the pass are named.
        case passAdded([UInt8], stepsWithoutPass: [String])
        /// It has a gate, and these steps call a gated flow and could not be given the pass; nothing was changed.
        case lacksPass(steps: [String])
        /// It has a gate; nothing was changed.
        case alreadyGated
        /// The gate was taken out, and the text is byte for byte what it was before it was put in.
        case restored([UInt8])
        /// The gate was taken out of a flow that was changed since; what else was changed is still there.
        case removed([UInt8])
        /// It has no gate that gating put in; nothing was changed.
        case notGated
        /// It is no flow, or nothing can be put in or taken out safely; the remark says why and what to do.
        case refused(Diagnostic)
    }

    private let limits: ContentLimits
    private let sensitiveProperties: Set<String>

    /// - Parameter sensitiveProperties: Full names of CloudSlang properties whose values are secrets.
    public init(limits: ContentLimits = ContentLimits(), sensitiveProperties: Set<String> = []) {
        self.limits = limits
        self.sensitiveProperties = Set(sensitiveProperties.map { $0.lowercased() })
    }

    /// Puts the gate in as the flow's first step.
    ///
    /// - Parameters:
    ///   - path: The document's place in the pack; a flow's path in Central follows from it.
    ///   - file: What remarks name.
    ///   - plan: Decides how, from the flow's graph.
    public func gate(
        _ bytes: [UInt8], path: String, file: String, plan: (FlowDocument) -> GatePlan
    ) -> Outcome {
        gate(bytes, path: path, file: file, known: (nil, nil), plan: plan)
    }

    /// What was found out of a flow before: its outline, which is used only for the same bytes, and their CRC-32.
    typealias Known = (outline: FlowOutline?, checksum: UInt?)

    /// The same with what is known of the flow.
    func gate(
        _ bytes: [UInt8], path: String, file: String, known: Known, plan: (FlowDocument) -> GatePlan
    ) -> Outcome {
        edit(bytes, path: path, file: file, known) { outline throws(ContentError) in
            let document = outline.document.withSecretInputs(from: sensitiveProperties)
            var plan = plan(document)
            let flowPath = PackPlace.libraryPath(path)
            let outcome =
                document.kind == .flow
                ? try GateInsertion(limits: limits).gate(bytes, outline, file: file, flowPath: flowPath, plan: plan)
                : try CloudSlangInsertion(limits: limits).gate(
                    bytes, document: document, file: file, flowPath: flowPath, plan: plan)
            switch outcome {
            case .gated(let result, let steps):
                plan.stepsWithoutPass = steps
                return .gated(result, plan)
            case .passAdded(let result, let steps): return .passAdded(result, stepsWithoutPass: steps)
            case .lacksPass(let steps): return .lacksPass(steps: steps)
            case .alreadyGated: return .alreadyGated
            }
        }
    }

    /// Takes out what `gate` put in.
    public func ungate(_ bytes: [UInt8], path: String, file: String) -> Outcome {
        ungate(bytes, path: path, file: file, known: (nil, nil))
    }

    /// The same with what is known of the flow.
    func ungate(_ bytes: [UInt8], path: String, file: String, known: Known) -> Outcome {
        edit(bytes, path: path, file: file, known) { outline throws(ContentError) in
            let document = outline.document
            let outcome =
                document.kind == .flow
                ? try GateRemoval(limits: limits).ungate(
                    bytes, document: document, names: outline.fingerprint.names, file: file)
                : try CloudSlangRemoval(limits: limits).ungate(bytes, document: document, file: file)
            switch outcome {
            case .restored(let result): return .restored(result)
            case .removed(let result): return .removed(result)
            case .notGated: return .notGated
            }
        }
    }

    private func edit(
        _ bytes: [UInt8], path: String, file: String, _ known: Known,
        _ body: (FlowOutline) throws(ContentError) -> Outcome
    ) -> Outcome {
        let (outline, problems) = outline(of: bytes, path: path, file: file, known)
        guard let outline, outline.document.kind == .flow || outline.document.kind == .cloudSlangFlow else {
            let other = ContentError("pack-gate-no-flow", "is no flow", file: file).diagnostic
            return .refused(problems.first { $0.severity == .error } ?? other)
        }
        do throws(ContentError) {
            return try body(outline)
        } catch {
            return .refused(error.diagnostic)
        }
    }

    /// What gating has to know of a flow; nil where it cannot be read, and the remarks say why.
    private func outline(
        of bytes: [UInt8], path: String, file: String, _ known: Known
    ) -> (outline: FlowOutline?, problems: [Diagnostic]) {
        var fingerprint = DocumentFingerprint(length: bytes.count, checksum: known.checksum ?? Checksum(bytes).value)
        if path.lowercased().hasSuffix(".sl") {
            let (document, problems) = CloudSlangDocumentReader()
                .read(bytes: bytes, path: path, file: file, limits: limits)
            if problems.contains(where: { $0.severity == .error }) { return (nil, problems) }
            return (document.map { FlowOutline(document: $0, fingerprint: fingerprint) }, problems)
        }
        if let outline = known.outline, outline.fingerprint.length == fingerprint.length,
            outline.fingerprint.checksum == fingerprint.checksum
        {
            return (outline, [])
        }
        let (document, problems, names) = FlowDocumentReader(limits: limits)
            .readForEditing(bytes: bytes, path: path, file: file)
        fingerprint.names = names
        return (document.map { FlowOutline(document: $0, fingerprint: fingerprint) }, problems)
    }
}
