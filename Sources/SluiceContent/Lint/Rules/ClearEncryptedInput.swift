import SluiceModel

/// An encrypted input has its value in clear.
struct ClearEncryptedInput: LintRule {
    let code = "OO501"
    let severity = Diagnostic.Severity.error
    let summary = "An ENCRYPTED input has a clear-text value in the pack."
    let fix = "Take the value out: use a system account, or a system property set in Central."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.flatMap { subject in
            subject.bindings.filter { $0.binding.isSecret && $0.binding.hasClearConstant }.map { place in
                finding(
                    "the encrypted input '\(shown(place.binding.name))' of \(place.owner) has its value in clear",
                    in: subject, line: place.binding.line)
            }
        }
    }
}
