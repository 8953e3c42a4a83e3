import Glibc
import SluiceModel

/// Puts the gate step into an XML flow: new text at a few places, and every other byte as it was.
///
/// The new start is an encoder step, if the flow has inputs to keep, and then the gate step. `proceed` leads to the old
/// start, `held` to a return step that ends the run as resolved, `rejected` and `unreachable` to one that ends it as an
/// error; `unreachable` comes only when the fail mode is closed, the gate flow itself looks at that. All ids are marks
/// (`GateMark`), so that `GateRemoval` finds what to take out.
struct GateInsertion {
    /// What gating did to a flow.
    enum Outcome {
        /// Steps that call a gated flow and could not be given the pass, by name.
        case gated([UInt8], stepsWithoutPass: [String])
        /// It has a gate, and now hands the pass to the gates of flows that it calls.
        case passAdded([UInt8], stepsWithoutPass: [String])
        /// It has a gate, and steps that call a gated flow could not be given the pass; nothing was changed.
        case lacksPass(steps: [String])
        /// Nothing was changed: it has a gate.
        case alreadyGated
    }

    let limits: ContentLimits

    /// - Parameters:
    ///   - file: What diagnostics name.
    ///   - flowPath: The flow's path in the library, as Central spells it.
    func gate(
        _ bytes: [UInt8], _ outline: FlowOutline, file: String, flowPath: String, plan: GatePlan
    ) throws(ContentError) -> Outcome {
        let document = outline.document
        if let gate = document.gateStep {
            return try handOn(bytes, outline, gate: gate, file: file, passesTo: plan.passesTo)
        }
        let site = try GateSite(bytes, document: document, names: outline.fingerprint.names, file: file)
        var fragments = GateFragments(
            mark: GateMark(original: bytes, checksum: outline.fingerprint.checksum, flowID: document.id))
        var edits = XMLEdits()
        let parts = try Parts(document, plan: plan, flowPath: flowPath, file: file)
        if !parts.hasPassInput {
            let input = fragments.binding("sluicePass", .variable("sluicePass"), isSecret: true, keptAs: "sluicePass")
            edits.append([input], to: site.inputs, in: site.spans, layout: site.layout)
        }
        let responses = parts.newResponses.map { fragments.response($0.name, type: $0.type) }
        if !responses.isEmpty {
            edits.append(responses, to: site.responses, in: site.spans, layout: site.layout)
        }
        let start = parts.steps(&fragments, from: site)
        edits.append(start.steps, to: site.steps, in: site.spans, layout: site.layout)
        edits.append(passTo: plan.passesTo, in: site.spans, layout: site.layout, &fragments)
        edits.replace(site.startText, with: start.id)
        let result = try edits.applied(to: bytes, file: file)
        try verify(result, original: bytes, start: start.id, file: file)
        return .gated(result, stepsWithoutPass: [])
    }

    /// Hands the pass to gated flows that a gated flow calls and that were gated later.
    private func handOn(
        _ bytes: [UInt8], _ outline: FlowOutline, gate: FlowStep, file: String, passesTo ids: Set<String>
    ) throws(ContentError) -> Outcome {
        guard let mark = GateMark(gate.id) else { return .alreadyGated }
        let spans = try XMLSpans(bytes, sequence: outline.fingerprint.names, file: file)
        var fragments = GateFragments(mark: mark, partCount: spans.lastPart(of: mark))
        var edits = XMLEdits()
        edits.append(passTo: ids, in: spans, layout: XMLLayout(spans), &fragments)
        guard !edits.isEmpty else { return .alreadyGated }
        let result = try edits.applied(to: bytes, file: file)
        // It must come out as what the flow was without its gate.
        let removal = GateRemoval(limits: limits)
        let before = try removal.ungate(bytes, document: outline.document, names: spans.names, file: file)
        let (document, _, names) = FlowDocumentReader(limits: limits)
            .readForEditing(bytes: result, path: "", file: file)
        guard let document, document.gateStep?.id == gate.id,
            case let after = try removal.ungate(result, document: document, names: names, file: file),
            after.bytes == before.bytes
        else { throw Self.passRefusal(file: file) }
        return .passAdded(result, stepsWithoutPass: [])
    }

    /// What was written must read as a gated flow, and come out again byte for byte: else nothing is changed.
    private func verify(_ result: [UInt8], original: [UInt8], start: String, file: String) throws(ContentError) {
        let (document, _, names) = FlowDocumentReader(limits: limits)
            .readForEditing(bytes: result, path: "", file: file)
        guard let document, document.gateStep != nil, document.startStep == start else {
            throw ContentError(
                "pack-gate-unreadable", "would not read as a gated flow; please report it. Nothing was changed",
                file: file)
        }
        let removal = try GateRemoval(limits: limits).ungate(result, document: document, names: names, file: file)
        guard case .restored(let restored) = removal, Self.areSame(restored, original) else {
            throw ContentError(
                "pack-gate-not-reversible",
                "could not be taken out byte for byte; please report it. Nothing was changed",
                file: file)
        }
    }
}

extension GateInsertion {
    /// By `memcmp`: `==` goes byte by byte.
    private static func areSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count
            && one.withUnsafeBytes { one in
                other.withUnsafeBytes { one.isEmpty || memcmp(one.baseAddress!, $0.baseAddress!, one.count) == 0 }
            }
    }
}

/// What is put in, decided from the flow and its plan.
private struct Parts {
    let document: FlowDocument
    let plan: GatePlan
    let flowPath: String
    let hasPassInput: Bool
    /// Response and type for a held run; nil where it ends like a rejected one.
    private let held: FlowResponse?
    private let rejected: FlowResponse
    let newResponses: [FlowResponse]
    private let kept: [(name: String, variable: String)]
    private let sent: [String]
    /// The flow variable for the encoded inputs; the flow has no such one.
    private let encoded: String

    /// "Do Nothing" of the Base pack (oo-content-pack.md section 7).
    private static let doNothing = "ddd79f22-8b1e-4605-88d5-d912bb2da2b9"
    /// Canvas units between new steps; Studio's icons are some 60 wide.
    private static let stepDistance = 180.0
    private static let rowDistance = 150.0

    init(_ document: FlowDocument, plan: GatePlan, flowPath: String, file: String) throws(ContentError) {
        self.document = document
        self.plan = plan
        self.flowPath = flowPath
        hasPassInput = document.inputs.contains { $0.name == "sluicePass" }
        if let fault = document.passInputFault { throw GateInsertion.passRefusal(document, fault, file: file) }
        encoded = Self.free("sluiceInputs", document.keptVariables)
        let secrets = document.inputs.filter { $0.isSecretGivenAtStart && $0.name != "sluicePass" }
        if let secret = secrets.first, plan.secrets == .refuse || plan.secrets == .wait && plan.onHold == .end {
            throw GateInsertion.secretRefusal(secret, plan, file: file)
        }
        sent = plan.sendsSecrets ? secrets.map(\.name) : []
        let sent = Set(sent)
        let hidden = document.secretInputs(besides: plan.properties)
        kept = document.inputs.compactMap { input in
            guard input.name != "sluicePass", let variable = input.toVariable else { return nil }
            return !hidden.contains(input.name) || sent.contains(input.name) ? (input.name, variable) : nil
        }
        var added: [FlowResponse] = []
        let names = Set(document.responses.map(\.name))
        if plan.isCalled {
            held = nil
        } else if let known = document.responses.first(where: { $0.name == "deferred" && $0.type == "RESOLVED" }) {
            held = known
        } else {
            let new = FlowResponse(name: Self.free("deferred", names), type: "RESOLVED")
            added.append(new)
            held = new
        }
        if let known = document.responses.first(where: { $0.type == "ERROR" }) {
            rejected = known
        } else if plan.isCalled {
            throw GateInsertion.calledRefusal(document, file: file)
        } else {
            rejected = FlowResponse(name: Self.free("rejected", names), type: "ERROR")
            added.append(rejected)
        }
        newResponses = added
    }

    private static func free(_ name: String, _ taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        let longer = name.hasPrefix("sluice") ? name + "Own" : "sluice" + name.prefix(1).uppercased() + name.dropFirst()
        guard taken.contains(longer) else { return longer }
        return (2...taken.count + 2).map { longer + String($0) }.first { !taken.contains($0) } ?? longer
    }

    /// The steps to add, and the id of the first.
    func steps(_ fragments: inout GateFragments, from site: GateSite) -> (steps: [XMLFragment], id: String) {
        let top = site.corner.y - Self.rowDistance
        let x = { (place: Int) in site.corner.x + Double(place) * Self.stepDistance }
        let encoderID = kept.isEmpty ? nil : fragments.nextID()
        let gateID = fragments.nextID()
        let heldID = held == nil ? nil : fragments.nextID()
        let rejectedID = fragments.nextID()
        var steps: [XMLFragment] = []
        if let encoderID {
            let parts = GateFragments.StepParts(
                calls: Self.doNothing, transitions: [("success", gateID)],
                script: GateEncoder.script(kept, into: encoded))
            steps.append(fragments.step(id: encoderID, name: "Encode the inputs", x: x(0), y: top, parts))
        }
        let parts = GateFragments.StepParts(
            calls: PackGate.flowID, bindings: gateBindings(&fragments),
            transitions: [
                ("proceed", site.oldStart), ("held", heldID ?? rejectedID), ("rejected", rejectedID),
                ("unreachable", rejectedID),
            ], kept: ["sluicePass", "sluiceFallback"])
        steps.append(fragments.step(id: gateID, name: "Maintenance Gate", x: x(steps.count), y: top, parts))
        let above = top - Self.rowDistance
        if let held, let heldID {
            steps.append(fragments.returnStep(id: heldID, response: held.name, type: held.type, x: x(0), y: above))
        }
        steps.append(
            fragments.returnStep(id: rejectedID, response: rejected.name, type: rejected.type, x: x(1), y: above))
        return (steps, encoderID ?? gateID)
    }

    private func gateBindings(_ fragments: inout GateFragments) -> [XMLFragment] {
        var bindings = [
            fragments.binding("flowId", .constant(document.id), isRequired: true),
            fragments.binding("flowPath", .constant(flowPath)), fragments.binding("source", .constant("flow")),
            fragments.binding("sluicePass", .variable("sluicePass"), isSecret: true),
            fragments.binding("onHold", .constant(plan.onHold.rawValue)),
        ]
        if let key = plan.orderingKey { bindings.append(fragments.binding("orderingKey", .constant(key))) }
        if let key = plan.coalesceKey { bindings.append(fragments.binding("coalesceKey", .constant(key))) }
        bindings.append(
            kept.isEmpty
                ? fragments.binding("encodedInputs", .constant("{}"))
                : fragments.binding("encodedInputs", .variable(encoded), isSecret: true))
        if !sent.isEmpty {
            let names = "[" + sent.map(GateEncoder.quoted).joined(separator: ",") + "]"
            bindings.append(fragments.binding("sensitiveInputs", .constant(names)))
        }
        return bindings
    }
}
