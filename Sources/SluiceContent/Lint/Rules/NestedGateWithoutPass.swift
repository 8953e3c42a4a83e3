import SluiceModel

/// A gated flow calls another gated flow and keeps the pass to itself.
struct NestedGateWithoutPass: LintRule {
    let code = "OO105"
    let severity = Diagnostic.Severity.warning
    let summary = "A step calls a gated flow without handing the pass over."
    let fix = "Give the step the input sluicePass from the flow variable sluicePass; `sluice pack gate --all` does it."

    func findings(in context: LintContext) -> [LintFinding] {
        let gated = context.flows.filter { $0.document.gateStep != nil }
        let ids = Set(gated.map { lintKey($0.document.id) })
        return gated.flatMap { subject in
            subject.graph.steps.compactMap { step in
                guard let called = step.called, ids.contains(lintKey(called)),
                    !step.bindings.contains(where: { $0.name == "sluicePass" })
                else { return nil }
                return finding(
                    "the step '\(shown(step.name))' calls the gated flow \(shown(called)) without the pass: its gate "
                        + "would hold a run that was admitted",
                    in: subject, line: step.calledLine ?? step.line)
            }
        }
    }
}
