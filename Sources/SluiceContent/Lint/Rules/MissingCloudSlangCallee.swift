import SluiceModel

/// A CloudSlang step calls something that its namespace does not have.
struct MissingCloudSlangCallee: LintRule {
    let code = "OO402"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step calls a flow or operation that does not exist."
    let fix = "Correct the name, or add the file."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.filter(\.isCloudSlang).flatMap { subject in
            subject.graph.steps.compactMap { step in
                guard let called = step.called, context.document(id: called) == nil,
                    context.namespaces.contains(LintContext.namespace(of: called)), !context.isUnread(called)
                else { return nil }
                return finding(
                    "the step '\(shown(step.name))' calls \(shown(called)); the packs have its namespace, but not it",
                    in: subject, line: step.calledLine ?? step.line)
            }
        }
    }
}
