import SluiceModel

/// Which flows are gated.
extension PackGating {
    /// Names shown of flows that call each other in a circle, or are called alike.
    private static let nameCountMax = 8

    /// The flows to gate, by path.
    ///
    /// - Parameter mentioned: Keys of flows that a document which could not be read may call.
    func targets(
        _ pack: ContentPack, _ graph: PackGraph, _ mentioned: Set<String>, _ options: Options,
        _ report: inout Report
    ) -> [String: PackFlow] {
        let flows = pack.flows.filter { Self.canBeGated($0.kind) && !PackGate.isGate($0.id) }
        var chosen: [PackFlow]
        if options.all {
            chosen = flows
        } else if options.flows.isEmpty {
            let entries = Set(graph.entryFlows.filter { $0.pack == 0 }.map(\.flow.path))
            chosen = flows.filter { entries.contains($0.path) && !mentioned.contains(PackGraph.key($0.id)) }
            warnOfCircles(graph, &report)
        } else {
            chosen = named(options.flows, flows, pack, &report)
        }
        if options.all || options.flows.isEmpty { leaveUnfinished(&chosen, &report) }
        let ownCalls = partsOfGate(graph)
        for flow in chosen where ownCalls.contains(flow.path) {
            report.diagnostics.append(
                Diagnostic(
                    severity: options.flows.isEmpty || options.all ? .warning : .error, code: "pack-gate-part",
                    message: "is called by the gate itself, which would ask the gate for ever; it is left as it is",
                    file: shown(flow.path)))
        }
        let excepted = Set(named(options.excepted, flows, pack, &report).map(\.path))
        chosen.removeAll { ownCalls.contains($0.path) || excepted.contains($0.path) }
        return Dictionary(chosen.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    static func canBeGated(_ kind: PackFlow.Kind) -> Bool { kind == .flow || kind == .cloudSlangFlow }

    /// Whether a flow that cannot be gated is left as it is, with a warning: when nobody has named it.
    static func isLeft(_ why: Diagnostic, _ flow: PackFlow, _ options: Options) -> Bool {
        guard options.flows.isEmpty || options.all else { return false }
        return options.leavesUnreadable || why.code == "pack-gate-called" && options.all
            || why.code == "pack-gate-secret" && options.secrets == .refuse
    }

    /// The flows that somebody named, each by id, path or name; the surest way counts.
    private func named(
        _ names: [String], _ flows: [PackFlow], _ pack: ContentPack, _ report: inout Report
    ) -> [PackFlow] {
        var chosen: [PackFlow] = []
        for name in names {
            let ways: [(PackFlow) -> Bool] = [
                { $0.id.lowercased() == name.lowercased() },
                { PackPlace.libraryPath($0.path) == PackPlace.libraryPath(name) }, { $0.name == name },
            ]
            let found = ways.lazy.map { flows.filter($0) }.first { !$0.isEmpty } ?? []
            let ids = Set(found.map { $0.id.lowercased() })
            if ids.count == 1 {
                chosen += found
                continue
            }
            let shownIDs = found.prefix(Self.nameCountMax).map { shown($0.id) }.joined(separator: ", ")
            report.diagnostics.append(
                ContentError(
                    "pack-gate-unknown-flow",
                    found.isEmpty
                        ? "has no flow with the id, path or name \(shown(name)); `sluice pack inspect` lists them"
                        : "has \(ids.count) flows called \(shown(name)); name one by its id: \(shownIDs)",
                    file: pack.path
                ).diagnostic)
        }
        return chosen
    }

    private func leaveUnfinished(_ chosen: inout [PackFlow], _ report: inout Report) {
        for flow in chosen where flow.startStep == nil {
            report.diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-gate-no-start",
                    message: "has no start step and is left as it is", file: shown(flow.path)))
        }
        chosen.removeAll { $0.startStep == nil }
    }

    private func warnOfCircles(_ graph: PackGraph, _ report: inout Report) {
        for circle in graph.entryCircles {
            guard let first = circle.first(where: { $0.pack == 0 }) else { continue }
            let names = circle.prefix(Self.nameCountMax).map { shown($0.flow.name) }.joined(separator: ", ")
            report.diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-gate-circle",
                    message: "and others call each other in a circle, and nobody else calls them: \(names); no "
                        + "entry flow is among them, so name those that are started with --flow",
                    file: shown(first.flow.path)))
        }
    }

    /// Warns of flows that stand between two gated ones and have no gate, which would hand the pass on.
    ///
    /// - Parameter gated: Ids of the gated flows, lowercased.
    func warnOfLostPasses(_ graph: PackGraph, _ gated: Set<String>, _ report: inout Report) {
        let isReached = graph.isReached(from: gated.filter { !PackGate.isGate($0) }.sorted())
        let ownCalls = partsOfGate(graph)
        for (node, isReached) in zip(graph.nodes, isReached) where isReached && node.pack == 0 {
            guard Self.canBeGated(node.flow.kind), !gated.contains(node.flow.id.lowercased()),
                !ownCalls.contains(node.flow.path), !PackGate.isGate(node.flow.id),
                let called = node.flow.references.first(where: {
                    gated.contains($0.id.lowercased()) && !PackGate.isGate($0.id)
                })
            else { continue }
            report.diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-gate-no-pass",
                    message: "stands between gated flows and has no gate: the pass ends here, and the gate of "
                        + "\(shown(graph[called.id]?.flow.name ?? called.id)) asks anew in the middle of a run. Gate "
                        + "this one too (--flow \(shown(node.flow.id)))",
                    file: shown(node.flow.path)))
        }
    }

    /// Paths of this pack's flows that the gate calls, however far.
    private func partsOfGate(_ graph: PackGraph) -> Set<String> {
        let ids = [PackGate.flowID, PackGate.cloudSlangName] + PackGate.callees
        let isReached = graph.isReached(from: ids)
        return Set(
            graph.nodes.indices.filter { isReached[$0] && graph.nodes[$0].pack == 0 }.map {
                graph.nodes[$0].flow.path
            })
    }

    /// Keys of the flows whose ids, or CloudSlang names, stand in the text of documents that could not be read: those
    /// may call them, and a flow that is called gets no new response.
    func mentionedInUnread(_ pack: ContentPack) -> Set<String> {
        guard !pack.unread.isEmpty, let source = try? ContentPackReader(limits: limits).source(pack.path) else {
            return []
        }
        var words: Set<String> = []
        var remarks = DiagnosticList(countMax: 1)
        let unread = Set(pack.unread)
        for file in source.files(limits: limits, diagnostics: &remarks) where unread.contains(file.path) {
            guard let bytes = try? source.bytes(file, limits: limits) else { continue }
            let isWord = { (byte: UInt8) in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x5F
                    || byte == 0x2D || byte == 0x2E
            }
            for word in bytes.split(whereSeparator: { !isWord($0) }) {
                words.insert(String(decoding: word, as: UTF8.self).lowercased())
            }
        }
        // An alias or nothing may stand before a CloudSlang name.
        let names = Set(words.compactMap { $0.split(separator: ".").last.map(String.init) })
        return Set(
            pack.flows.filter { flow in
                flow.kind == .cloudSlangFlow
                    ? names.contains(flow.name.lowercased()) : words.contains(flow.id.lowercased())
            }.map { PackGraph.key($0.id) })
    }

    /// Beginnings of the codes of single documents that cannot be read.
    private static let documentCodes = [
        "xml-", "yaml-", "cloudslang-", "pack-no-id", "pack-too-many-parts",
    ]

    /// Errors of reading; those of single documents as warnings where they are left as they are.
    static func remarks(of packs: [ContentPack], _ leavesUnreadable: Bool) -> [Diagnostic] {
        packs.flatMap(\.diagnostics).filter { $0.severity == .error }.map { error in
            guard documentCodes.contains(where: error.code.hasPrefix) else { return error }
            var remark = error
            if leavesUnreadable {
                remark.severity = .warning
                remark.message += ". It is left as it is; flows whose ids or names stand in it count as called"
            } else {
                remark.message += ". Mend it, or go on past such documents with --leave-unreadable"
            }
            return remark
        }
    }
}
