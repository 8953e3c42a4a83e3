import SluiceModel

/// A flow that reads who runs it.
struct ReadsUserIdentity: LintRule {
    let code = "OO108"
    let severity = Diagnostic.Severity.warning
    let summary = "The identity of whoever runs the flow is read, and a held launch runs as Sluice's account."
    let fix =
        "Take the identity from an input or a system account, or let the flow wait at its gate (`--on-hold wait`)."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.flatMap { findings(of: $0) }
    }

    func findings(of subject: LintSubject) -> [LintFinding] {
        let bindings = subject.bindings.filter {
            $0.binding.kind == "loggedUserIdentityBinding"
                || (subject.isCloudSlang && $0.binding.value.map { Self.asks($0.exposed) } == true)
        }.map { place in
            finding(
                "the input '\(shown(place.binding.name))' of \(place.owner) is the identity of whoever runs the "
                    + "flow",
                in: subject, line: place.binding.line)
        }
        guard subject.isCloudSlang else { return bindings }
        return bindings + expressions(in: subject)
    }

    private func expressions(in subject: LintSubject) -> [LintFinding] {
        let steps = subject.graph.steps.filter { step in
            step.assignments.contains { Self.asks($0.expression.field) } || step.loop.map { Self.asks($0.list) } == true
        }.map { step in
            finding(
                "the step '\(shown(step.name))' reads the identity of whoever runs the flow", in: subject,
                line: step.line)
        }
        let outputs = subject.document.outputs.filter { Self.asks($0.field) }.map { output in
            finding(
                "the output '\(shown(output.name))' is the identity of whoever runs the flow", in: subject,
                line: subject.document.line)
        }
        return steps + outputs
    }

    /// Whether a CloudSlang text calls `get_user_id()`, the effective user (oo-content-pack.md section 10).
    private static func asks(_ text: String) -> Bool {
        guard text.contains("get_user_id"), text.contains("${") else { return false }
        return text.filter { !$0.isWhitespace }.contains("get_user_id(")
    }
}
