import Glibc
public import SluiceModel

/// Puts the gate into the flows of a whole pack, and takes it out again; writes a new jar or project tree.
public struct PackGating: Sendable {
    /// Which flows are gated, and how.
    public struct Options: Sendable {
        /// Ids of the flows to gate, in any case; empty: all entry flows.
        public var flows: [String] = []
        /// Gates every flow, called ones too.
        public var all = false
        /// For every flow; nil: as proposed for each.
        public var onHold: GatePlan.OnHold?
        public var secrets = GatePlan.Secrets.wait
        /// Gives up the signature of a signed pack, which any change breaks.
        public var dropsSignature = false
        /// Packs whose flows may call those of this one: what they call is no entry flow.
        public var callers: [String] = []

        public init() {}
    }

    /// What became of one flow.
    public struct Change: Hashable, Sendable {
        public var id: String
        public var path: String
        /// One of `gated`, `already-gated`, `restored`, `removed`.
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

    /// Names shown of flows that call each other in a circle.
    private static let circleNameCountMax = 8

    let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Gates the pack at `path` and writes it to `output`: a jar when `path` is an archive, else a folder.
    public func gate(path: String, output: String, options: Options) -> Report {
        let (pack, outlines) = outlines(of: path)
        var report = Report(diagnostics: pack.diagnostics.filter { $0.severity == .error })
        let others = options.callers.map { ContentPackReader(limits: limits).read(path: $0) }
        report.diagnostics += others.flatMap(\.diagnostics).filter { $0.severity == .error }
        guard !report.hasErrors else { return report }
        let graph = PackGraph([pack] + others)
        let targets = targets(pack, graph, options, &report)
        let gatedBefore = ([pack] + others).flatMap(\.flows).filter(\.isGated)
        let gated = Set((gatedBefore + targets.values).map { $0.id.lowercased() })
        guard !report.hasErrors, let edit = signatureEdit(pack, path, options.dropsSignature, &report) else {
            return report
        }
        write(
            path, output, edit, flows: targets, &report,
            flow: { file, bytes, place in
                FlowGating(limits: limits).gate(
                    bytes, path: file.path, file: place,
                    known: (outlines[file.path], file.entry.map { UInt($0.checksum) })
                ) { plan($0, graph, options, passesTo: gated) }
            },
            take: { outcome, flow, report in
                if case .refused(let why) = outcome, options.all, why.code == "pack-gate-called" {
                    report.diagnostics.append(
                        Diagnostic(
                            severity: .warning, code: why.code, message: why.message + "; it is left as it is",
                            file: why.file, line: why.line))
                } else {
                    report.take(outcome, of: flow)
                }
            },
            pom: { bytes, place throws(ContentError) in try PomGating.gate(bytes, file: place, limits: limits) })
        return report
    }

    /// Takes the gate out of every flow of the pack at `path` and writes the rest to `output`.
    public func ungate(path: String, output: String, dropsSignature: Bool = false) -> Report {
        let (pack, outlines) = outlines(of: path)
        var report = Report(diagnostics: pack.diagnostics.filter { $0.severity == .error })
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
        _ document: FlowDocument, _ graph: PackGraph, _ options: Options, passesTo gated: Set<String>
    ) -> GatePlan {
        // A flow that calls itself is called: that step, too, has no transition for a new response.
        let isCalled = !graph.callers(of: document.id).isEmpty
        var plan = GatePlan.proposed(for: document, isCalled: isCalled, secrets: options.secrets)
        plan.passesTo = gated
        if let onHold = options.onHold, onHold != plan.onHold {
            plan.onHold = onHold
            plan.reason = "asked for; proposed was \(onHold == .end ? "wait" : "end"): \(plan.reason)"
        }
        return plan
    }

    private func targets(
        _ pack: ContentPack, _ graph: PackGraph, _ options: Options, _ report: inout Report
    ) -> [String: PackFlow] {
        let flows = pack.flows.filter { Self.canBeGated($0.kind) && !PackGate.isGate($0.id) }
        var chosen: [PackFlow]
        if options.all {
            chosen = flows
        } else if options.flows.isEmpty {
            let entries = Set(graph.entryFlows.filter { $0.pack == 0 }.map(\.flow.path))
            chosen = flows.filter { entries.contains($0.path) }
            let unfinished = chosen.filter { $0.startStep == nil }
            for flow in unfinished {
                report.diagnostics.append(
                    Diagnostic(
                        severity: .warning, code: "pack-gate-no-start",
                        message: "has no start step and is left as it is", file: shown(flow.path)))
            }
            chosen.removeAll { $0.startStep == nil }
            for circle in graph.entryCircles {
                guard let first = circle.first(where: { $0.pack == 0 }) else { continue }
                let names = circle.prefix(Self.circleNameCountMax).map { shown($0.flow.name) }.joined(separator: ", ")
                report.diagnostics.append(
                    Diagnostic(
                        severity: .warning, code: "pack-gate-circle",
                        message: "and others call each other in a circle, and nobody else calls them: \(names); no "
                            + "entry flow is among them, so name those that are started with --flow",
                        file: shown(first.flow.path)))
            }
        } else {
            let wanted = Set(options.flows.map { $0.lowercased() })
            chosen = flows.filter { wanted.contains($0.id.lowercased()) }
            let found = Set(chosen.map { $0.id.lowercased() })
            for id in options.flows where !found.contains(id.lowercased()) {
                report.diagnostics.append(
                    ContentError(
                        "pack-gate-unknown-flow",
                        "has no flow with the id \(shown(id)); `sluice pack inspect` "
                            + "lists the ids", file: pack.path
                    ).diagnostic)
            }
        }
        let ownCalls = partsOfGate(pack, graph)
        for flow in chosen where ownCalls.contains(flow.path) {
            report.diagnostics.append(
                Diagnostic(
                    severity: options.flows.isEmpty || options.all ? .warning : .error, code: "pack-gate-part",
                    message: "is called by the gate itself, which would ask the gate for ever; it is left as it is",
                    file: shown(flow.path)))
        }
        chosen.removeAll { ownCalls.contains($0.path) }
        return Dictionary(chosen.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Paths of this pack's flows that the gate calls, however far.
    private func partsOfGate(_ pack: ContentPack, _ graph: PackGraph) -> Set<String> {
        let ids = [PackGate.flowID, PackGate.cloudSlangName] + PackGate.callees
        let isReached = graph.isReached(from: ids)
        return Set(
            graph.nodes.indices.filter { isReached[$0] && graph.nodes[$0].pack == 0 }.map {
                graph.nodes[$0].flow.path
            })
    }

    private static func canBeGated(_ kind: PackFlow.Kind) -> Bool { kind == .flow || kind == .cloudSlangFlow }

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
