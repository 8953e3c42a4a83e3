import SluiceModel

/// A flow asks the gate only after it has begun.
struct GateNotFirst: LintRule {
    let code = "OO102"
    let severity = Diagnostic.Severity.warning
    let summary = "The gate is not the flow's first step."
    let fix = "Make the gate step the start step, so that nothing has been done when a launch is held."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.compactMap { subject in
            let graph = subject.graph
            // What gating put in may encode the inputs before it asks.
            guard subject.document.gateStep == nil, let start = graph.start, !graph.isGate[start],
                let gate = graph.isGate.firstIndex(of: true)
            else { return nil }
            return finding(
                "the step '\(shown(graph.steps[start].name))' runs before the gate step "
                    + "'\(shown(graph.steps[gate].name))'",
                in: subject, line: graph.steps[gate].line)
        }
    }
}
