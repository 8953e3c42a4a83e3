import SluiceModel

/// A constant that is a secret, by its name or by its form.
struct SecretLookingConstant: LintRule {
    let code = "OO502"
    let severity = Diagnostic.Severity.warning
    let summary = "An input that looks like a secret has a clear-text value in the pack."
    let fix = "Make the input ENCRYPTED (CloudSlang: sensitive), and take the value from a system account or property."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.flatMap { subject in
            let inputs = subject.bindings.filter { !$0.binding.isSecret }.compactMap { place in
                reason(place.binding.name, place.binding.clearText).map {
                    finding(
                        "the input '\(shown(place.binding.name))' of \(place.owner) \($0)", in: subject,
                        line: place.binding.line)
                }
            }
            return subject.isCloudSlang ? inputs + results(of: subject) : inputs
        }
    }

    /// What CloudSlang steps publish, and what the document gives out.
    private func results(of subject: LintSubject) -> [LintFinding] {
        let published = subject.graph.steps.flatMap { step in
            step.assignments.compactMap { assignment in
                reason(assignment.target, ClearText(assignment.expression.field, isCloudSlang: true)).map {
                    finding(
                        "'\(shown(assignment.target))', which the step '\(shown(step.name))' publishes, \($0)",
                        in: subject, line: step.line)
                }
            }
        }
        let outputs = subject.document.outputs.compactMap { output in
            reason(output.name, ClearText(output.field, isCloudSlang: true)).map {
                finding("the output '\(shown(output.name))' \($0)", in: subject, line: subject.document.line)
            }
        }
        return published + outputs
    }

    /// Why a constant is taken for a secret; nil when it is not. Never the value.
    private func reason(_ name: String, _ text: ClearText) -> String? {
        switch text {
        case .none, .publicDefault: nil
        case .constant: SecretName.looksSecret(name) ? "is named like a secret and has a constant" : nil
        case .revealed(let what): "has \(what) in clear"
        }
    }
}
