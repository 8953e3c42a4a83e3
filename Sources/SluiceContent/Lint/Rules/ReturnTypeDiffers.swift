import SluiceModel

/// A return step ends the flow in another way than its response says.
struct ReturnTypeDiffers: LintRule {
    let code = "OO301"
    let severity = Diagnostic.Severity.error
    let summary = "A return step's type differs from that of its response."
    let fix = "Give the return step the type that the flow's response has."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject in
            subject.graph.steps.compactMap { step in
                guard step.kind == .returnStep, let type = step.returnType else { return nil }
                let used = Set(step.transitions.map(\.response))
                let response = subject.document.responses.first { used.contains($0.name) && $0.type != type }
                guard let response else { return nil }
                return finding(
                    "the return step '\(shown(step.name))' is \(shown(type)), its response '\(shown(response.name))' "
                        + "is \(shown(response.type))",
                    in: subject, line: step.line)
            }
        }
    }
}
