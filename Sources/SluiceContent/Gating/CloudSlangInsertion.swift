import SluiceModel

/// Puts the gate into a CloudSlang flow: whole lines at three or four places, and every other byte as it was.
///
/// The new first steps encode the flow's inputs and call `sluice.maintenance_gate`. `PROCEED` leads to the old first
/// step, `HELD` to the result `DEFERRED`, `REJECTED` and `UNREACHABLE` to `FAILURE`, or to `REJECTED` where the flow
/// has no `FAILURE`. Each block of lines stands between two comments that carry length and CRC of the original.
struct CloudSlangInsertion {
    let limits: ContentLimits

    func gate(
        _ bytes: [UInt8], document: FlowDocument, file: String, flowPath: String, plan: GatePlan
    ) throws(ContentError) -> GateInsertion.Outcome {
        if document.gateStep != nil { return try handOn(bytes, document, file: file, passesTo: plan.passesTo) }
        let site = try CloudSlangSite(bytes, document: document, file: file, limits: limits)
        let parts = try CloudSlangParts(document, plan: plan, flowPath: flowPath, file: file)
        var lines = CloudSlangLines(bytes)
        let mark = GateMark(original: bytes, flowID: document.id)
        if !document.inputs.contains(where: { $0.name == "sluicePass" }) {
            lines.insert(site.inputs(["- sluicePass: {required: false, sensitive: true}"]), at: site.inputsLine, mark)
        }
        if !parts.newResults.isEmpty {
            lines.insert(site.results(parts.newResults), at: site.resultsLine, mark)
        }
        lines.insert(parts.steps(before: site.firstStep).map { site.stepIndent + $0 }, at: site.workflowLine, mark)
        let calls = site.callsWithoutPass(of: plan.passesTo, in: document, lines)
        lines.insert(passTo: calls.places, mark)
        let result = lines.joined()
        try verify(result, original: bytes, path: document.path, file: file)
        return .gated(result, stepsWithoutPass: calls.others)
    }

    /// Hands the pass to gated flows that a gated flow calls and that were gated later.
    private func handOn(
        _ bytes: [UInt8], _ document: FlowDocument, file: String, passesTo ids: Set<String>
    ) throws(ContentError) -> GateInsertion.Outcome {
        var lines = CloudSlangLines(bytes)
        guard !ids.isEmpty, let mark = lines.mark else { return .alreadyGated }
        let site = try CloudSlangSite(bytes, document: document, file: file, limits: limits)
        let calls = site.callsWithoutPass(of: ids, in: document, lines)
        guard !calls.places.isEmpty else {
            return calls.others.isEmpty ? .alreadyGated : .lacksPass(steps: calls.others)
        }
        lines.insert(passTo: calls.places, mark)
        let result = lines.joined()
        // It must come out as what the flow was without its gate.
        let removal = CloudSlangRemoval(limits: limits)
        let before = try removal.ungate(bytes, document: document, file: file)
        let read = CloudSlangDocumentReader().read(bytes: result, path: document.path, file: file, limits: limits)
        guard !read.diagnostics.contains(where: { $0.severity == .error }), let gated = read.document,
            case let after = try removal.ungate(result, document: gated, file: file), after.bytes == before.bytes
        else { throw GateInsertion.passRefusal(file: file) }
        return .passAdded(result, stepsWithoutPass: calls.others)
    }

    private func verify(_ result: [UInt8], original: [UInt8], path: String, file: String) throws(ContentError) {
        let read = CloudSlangDocumentReader().read(bytes: result, path: path, file: file, limits: limits)
        if let error = read.diagnostics.first(where: { $0.severity == .error }) {
            throw ContentError(
                "pack-gate-unreadable", "would not compile with its gate: \(error.message); nothing was changed",
                file: file, line: error.line)
        }
        guard let document = read.document, document.gateStep != nil else {
            throw ContentError(
                "pack-gate-unreadable", "would not read as a gated flow; please report it. Nothing was changed",
                file: file)
        }
        let removal = try CloudSlangRemoval(limits: limits).ungate(result, document: document, file: file)
        guard case .restored(let restored) = removal, restored == original else {
            throw ContentError(
                "pack-gate-not-reversible",
                "could not be taken out byte for byte; please report it. Nothing was changed",
                file: file)
        }
    }
}

/// What is put in, decided from the flow and its plan.
private struct CloudSlangParts {
    let document: FlowDocument
    let plan: GatePlan
    let flowPath: String
    let newResults: [String]
    private let held: String
    private let rejected: String
    private let kept: [String]
    private let sent: [String]
    private let encoded: String
    private let encodeStep: String
    private let gateStep: String

    init(_ document: FlowDocument, plan: GatePlan, flowPath: String, file: String) throws(ContentError) {
        self.document = document
        self.plan = plan
        self.flowPath = flowPath
        if let fault = document.passInputFault { throw GateInsertion.passRefusal(document, fault, file: file) }
        let inputs = document.inputs.filter { $0.name != "sluicePass" && $0.kind != "private" }
        let secrets = inputs.filter(\.isSecret)
        if let secret = secrets.first, plan.secrets == .refuse || plan.secrets == .wait && plan.onHold == .end {
            throw GateInsertion.secretRefusal(secret, plan, file: file)
        }
        sent = plan.sendsSecrets ? secrets.map(\.name) : []
        let hidden = document.secretInputs().subtracting(sent)
        kept = inputs.filter { !hidden.contains($0.name) }.map(\.name)
        let results = document.responses.map(\.name)
        var added: [String] = []
        if results.contains("FAILURE") {
            rejected = "FAILURE"
        } else if plan.isCalled {
            throw GateInsertion.calledRefusal(document, file: file)
        } else {
            rejected = "REJECTED"
        }
        held = plan.isCalled ? rejected : "DEFERRED"
        for name in [held, rejected] where !results.contains(name) && !added.contains(name) { added.append(name) }
        newResults = added
        let taken = Set(document.allSteps.map { $0.name.lowercased() })
        encodeStep = Self.free("sluice_encode", taken)
        gateStep = Self.free("sluice_gate", taken)
        encoded = Self.free("sluice_inputs", Set(document.keptVariables.map { $0.lowercased() }))
    }

    private static func free(_ name: String, _ taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        return (2...taken.count + 2).map { "\(name)_\($0)" }.first { !taken.contains($0) } ?? name
    }

    /// The steps' lines, indented by two spaces a level.
    func steps(before first: String) -> [String] {
        var lines: [String] = []
        if !kept.isEmpty {
            lines += [
                "- \(encodeStep):", "    do:", "      sluice.encode_inputs:",
                "        - packed: {value: \(quoted("${" + packed + "}")), sensitive: true}", "    publish:",
                "      - \(encoded): {value: '${encoded_inputs}', sensitive: true}", "    navigate:",
                "      - SUCCESS: \(gateStep)",
            ]
        }
        lines += [
            "- \(gateStep):", "    do:", "      sluice.maintenance_gate:", "        - flow_id: \(quoted(document.id))",
            "        - flow_path: \(quoted(flowPath))",
            "        - sluice_pass: {value: \"${get('sluicePass', '')}\", sensitive: true}",
            "        - on_hold: \(plan.onHold.rawValue)",
        ]
        if let key = plan.orderingKey { lines.append("        - ordering_key: \(quoted(key))") }
        if let key = plan.coalesceKey { lines.append("        - coalesce_key: \(quoted(key))") }
        if !kept.isEmpty {
            lines.append("        - encoded_inputs: {value: '${\(encoded)}', sensitive: true}")
        }
        if !sent.isEmpty {
            let names = "[" + sent.map(GateEncoder.quoted).joined(separator: ",") + "]"
            lines.append("        - sensitive_inputs: \(quoted(names))")
        }
        return lines + [
            "    publish:", "      - sluicePass: {value: '${gate_pass}', sensitive: true}", "      - sluice_fallback",
            "    navigate:", "      - PROCEED: \(target(first))", "      - HELD: \(held)",
            "      - REJECTED: \(rejected)",
            "      - UNREACHABLE: \(rejected)",
        ]
    }

    /// A Python expression that joins names and values with `=` and `&`; what was not given is left out.
    private var packed: String {
        kept.map { name in
            "('\(name)=' + get('\(name)').replace('%', '%25').replace('&', '%26') "
                + "if get('\(name)') is not None else '')"
        }.joined(separator: " + '&' + ")
    }

    /// A step's name as navigation takes it: in quotes where YAML would take it for something else than a text.
    private func target(_ name: String) -> String {
        let isPlain = name.utf8.first.map { (65...90).contains($0) || (97...122).contains($0) } ?? false
        return isPlain && Double(name) == nil && !Self.yamlWords.contains(name.lowercased()) ? name : quoted(name)
    }

    /// What YAML 1.1 takes for a truth value, a number or nothing.
    private static let yamlWords: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "infinity",
    ]

    /// A text as a YAML double-quoted scalar, ASCII only.
    private func quoted(_ text: String) -> String { GateEncoder.quoted(text) }
}

extension GateInsertion {
    static func secretRefusal(_ secret: FlowBinding, _ plan: GatePlan, file: String) -> ContentError {
        let advice =
            plan.secrets == .refuse
            ? "such flows are not gated (--secrets refuse)"
            : "let it wait at the gate (--on-hold wait), or let its secrets travel to Sluice (--secrets send)"
        return ContentError(
            "pack-gate-secret", "is started with a secret, the input \(shown(secret.name)): \(advice)", file: file,
            line: secret.line)
    }

    /// Nothing was changed: what was to be written would not come out again.
    static func passRefusal(file: String) -> ContentError {
        ContentError(
            "pack-gate-not-reversible",
            "could not be given the pass for the gates of the flows it calls; please report it. Nothing was changed",
            file: file)
    }

    static func passRefusal(_ document: FlowDocument, _ fault: String, file: String) -> ContentError {
        let pass = document.inputs.first { $0.name == "sluicePass" }
        return ContentError(
            "pack-gate-pass",
            "has an input sluicePass that cannot carry the pass: \(fault). Take it out, then gating adds its own",
            file: file,
            line: pass?.line ?? document.line)
    }

    static func calledRefusal(_ document: FlowDocument, file: String) -> ContentError {
        ContentError(
            "pack-gate-called",
            "is called by other flows and has no way to end as an error for a rejected run; gate the flows that call "
                + "it, or give it one", file: file, line: document.line)
    }
}
