import Glibc
public import SluiceModel

/// Puts the gate into the flows of a whole pack, and takes it out again; writes a new jar or project tree.
public struct PackGating: Sendable {
    /// Which flows are gated, and how.
    public struct Options: Sendable {
        /// The flows to gate, each by id, path or name; empty: all entry flows.
        public var flows: [String] = []
        /// Flows to leave as they are, likewise; they count before all others.
        public var excepted: [String] = []
        /// Gates every flow, called ones too.
        public var all = false
        /// For every flow; nil: as proposed for each.
        public var onHold: GatePlan.OnHold?
        public var secrets = GatePlan.Secrets.wait
        /// Goes on past documents that cannot be read: they stay as they are, and flows whose ids or names stand in
        /// them count as called.
        public var leavesUnreadable = false
        /// Key for strict order among the holds of each flow, constant or `${variable}`; nil for none.
        public var orderingKey: String?
        /// Key for coalescing, likewise.
        public var coalesceKey: String?
        /// Gives up the signature of a signed pack, which any change breaks.
        public var dropsSignature = false
        /// Packs beside this one: a flow that they call is no entry flow, and calls to their gated flows hand on the
        /// pass.
        public var callers: [String] = []

        public init() {}
    }

    /// What became of one flow.
    public struct Change: Hashable, Sendable {
        public var id: String
        public var path: String
        /// One of `gated`, `pass-added`, `already-gated`, `restored`, `removed`.
        public var outcome: String
        /// How it waits, and why; nil where nothing was put in.
        public var plan: GatePlan?
    }

    /// What was done to the pack.
    public struct Report: Sendable {
        /// In the order of the flows' paths.
        public var changes: [Change] = []
        /// Remarks; with an error among them nothing was written.
        public var diagnostics: [Diagnostic] = []

        public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Gates the pack at `path` and writes it to `output`: a jar when `path` is an archive, else a folder.
    public func gate(path: String, output: String, options: Options) -> Report {
        let (pack, outlines) = outlines(of: path)
        let others = options.callers.map { ContentPackReader(limits: limits).read(path: $0) }
        var report = Report(diagnostics: Self.remarks(of: [pack] + others, options.leavesUnreadable))
        guard !report.hasErrors else { return report }
        let graph = PackGraph([pack] + others)
        let mentioned = options.leavesUnreadable ? mentionedInUnread(pack) : []
        let targets = targets(pack, graph, mentioned, options, &report)
        let gatedBefore = ([pack] + others).flatMap(\.flows).filter(\.isGated)
        let sensitive = Set(([pack] + others).flatMap(\.items).flatMap(\.sensitiveProperties))
        let properties = Set(([pack] + others).flatMap(\.items).compactMap(PackPlace.systemProperty))
        let gated = Set((gatedBefore + targets.values).map { $0.id.lowercased() })
        guard !report.hasErrors, let edit = signatureEdit(pack, path, options.dropsSignature, &report) else {
            return report
        }
        warnOfLostPasses(graph, gated, &report)
        write(
            path, output, edit, flows: targets, &report,
            flow: { file, bytes, place in
                FlowGating(limits: limits, sensitiveProperties: sensitive).gate(
                    bytes, path: file.path, file: place,
                    known: (outlines[file.path], file.entry.map { UInt($0.checksum) })
                ) { plan($0, graph, mentioned, options, passesTo: gated, properties) }
            },
            take: { outcome, flow, report in
                if case .refused(let why) = outcome, Self.isLeft(why, flow, options) {
                    report.diagnostics.append(
                        Diagnostic(
                            severity: .warning, code: why.code, message: why.message + ". It is left as it is",
                            file: why.file, line: why.line))
                } else if case .refused(var why) = outcome {
                    why.message += ". To gate the others only, leave it out with --except"
                    report.diagnostics.append(why)
                } else {
                    report.take(outcome, of: flow)
                }
            },
            pom: { bytes, place throws(ContentError) in try PomGating.gate(bytes, file: place, limits: limits) })
        return report
    }

    /// Takes the gate out of every flow of the pack at `path` and writes the rest to `output`.
    ///
    /// - Parameter leavesUnreadable: Goes on past documents that cannot be read; they stay as they are.
    public func ungate(
        path: String, output: String, dropsSignature: Bool = false, leavesUnreadable: Bool = false
    ) -> Report {
        let (pack, outlines) = outlines(of: path)
        var report = Report(diagnostics: Self.remarks(of: [pack], leavesUnreadable))
        guard !report.hasErrors, let edit = signatureEdit(pack, path, dropsSignature, &report) else { return report }
        let flows = Dictionary(
            pack.flows.filter { Self.canBeGated($0.kind) }.map { ($0.path, $0) },
            uniquingKeysWith: { first, _ in first })
        let limits = limits
        write(
            path, output, edit, flows: flows, &report,
            flow: { file, bytes, place in
                FlowGating(limits: limits).ungate(
                    bytes, path: file.path, file: place,
                    known: (outlines[file.path], file.entry.map { UInt($0.checksum) }))
            },
            take: { outcome, flow, report in report.take(outcome, of: flow) },
            pom: { bytes, place throws(ContentError) in try PomGating.ungate(bytes, file: place, limits: limits) })
        return report
    }

    /// The pack, and its XML flows by path: reading each once is what gating a large pack takes longest for.
    private func outlines(of path: String) -> (pack: ContentPack, outlines: [String: FlowOutline]) {
        var outlines: [String: FlowOutline] = [:]
        let pack = ContentPackReader(limits: limits).outlines(path: path) { outlines[$0.document.path] = $0 }
        return (pack, outlines)
    }

    // MARK: What is done

    /// What is proposed for a flow, or was asked for.
    private func plan(
        _ document: FlowDocument, _ graph: PackGraph, _ mentioned: Set<String>, _ options: Options,
        passesTo gated: Set<String>, _ properties: Set<String>
    ) -> GatePlan {
        // A flow that calls itself is called: that step, too, has no transition for a new response.
        let isCalled = !graph.callers(of: document.id).isEmpty || mentioned.contains(PackGraph.key(document.id))
        var plan = GatePlan.proposed(for: document, isCalled: isCalled, secrets: options.secrets)
        plan.passesTo = gated
        plan.properties = properties
        plan.orderingKey = options.orderingKey
        plan.coalesceKey = options.coalesceKey
        if let onHold = options.onHold, onHold != plan.onHold {
            plan.onHold = onHold
            plan.reason = "asked for; proposed was \(onHold == .end ? "wait" : "end"): \(plan.reason)"
        }
        return plan
    }

    /// Whether signature files are left out; nil when the pack is signed and may not be changed.
    private func signatureEdit(_ pack: ContentPack, _ path: String, _ drops: Bool, _ report: inout Report) -> Bool? {
        guard pack.isSigned else { return false }
        guard drops else {
            report.diagnostics.append(
                ContentError(
                    "pack-signed",
                    "is signed, and any change breaks the signature: ask its vendor for a gated one, or "
                        + "give the signature up with --drop-signature", file: path
                ).diagnostic)
            return nil
        }
        report.diagnostics.append(
            Diagnostic(
                severity: .warning, code: "pack-signature-dropped",
                message: "the signature is given up: nobody can check any more that the pack is its vendor's",
                file: path))
        return true
    }
}
