import SluiceModel

extension PackGating.Report {
    /// Steps of one flow that are named in remarks.
    private static let stepNameCountMax = 20

    /// Takes down what became of a flow.
    mutating func take(_ outcome: FlowGating.Outcome, of flow: PackFlow) {
        var change = PackGating.Change(id: flow.id, path: flow.path, outcome: "", plan: nil)
        switch outcome {
        case .gated(_, let plan):
            change.outcome = "gated"
            change.plan = plan
            warn(of: plan.stepsWithoutPass, flow)
        case .passAdded(_, let steps):
            change.outcome = "pass-added"
            warn(of: steps, flow)
        case .lacksPass(let steps):
            change.outcome = "already-gated"
            warn(of: steps, flow)
        case .alreadyGated: change.outcome = "already-gated"
        case .restored: change.outcome = "restored"
        case .removed:
            change.outcome = "removed"
            diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-ungate-changed",
                    message: "was changed since it was gated: the gate is out, the rest is as it was changed",
                    file: shown(flow.path)))
        case .notGated:
            guard flow.isGated else { return }
            diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-ungate-foreign",
                    message: "has a gate step that gating did not put in, or whose marks are gone: it is left as it "
                        + "is; take it out by hand", file: shown(flow.path)))
            return
        case .refused(let why):
            diagnostics.append(why)
            return
        }
        changes.append(change)
    }

    /// Warns of steps that call a gated flow without the pass.
    private mutating func warn(of steps: [String], _ flow: PackFlow) {
        for step in steps.prefix(Self.stepNameCountMax) {
            diagnostics.append(
                Diagnostic(
                    severity: .warning, code: "pack-gate-no-pass",
                    message: "the step \(shown(step)) calls a gated flow and does not hand it the pass: write its "
                        + "arguments one a line, each behind `- `, then gate the pack again",
                    file: shown(flow.path)))
        }
    }
}

extension FlowGating.Outcome {
    /// The new text; nil where nothing was changed.
    var bytes: [UInt8]? {
        switch self {
        case .gated(let bytes, _), .passAdded(let bytes, _), .restored(let bytes), .removed(let bytes): bytes
        case .lacksPass, .alreadyGated, .notGated, .refused: nil
        }
    }
}
