import SluiceModel

/// A flow names no first step.
struct MissingStartStep: LintRule {
    let code = "OO201"
    let severity = Diagnostic.Severity.error
    let summary = "The flow has no start step, so it cannot run."
    let fix = "Set the start step in Studio, or remove the unfinished flow from the pack."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.compactMap { subject in
            let document = subject.document
            guard document.startStep == nil, document.kind == .flow || document.steps.isEmpty else { return nil }
            return finding(
                "the flow '\(shown(document.name))' has no start step", in: subject, line: document.line)
        }
    }
}
