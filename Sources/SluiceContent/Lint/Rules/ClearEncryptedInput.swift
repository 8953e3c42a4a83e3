import SluiceModel

/// An encrypted input has its value in clear.
struct ClearEncryptedInput: LintRule {
    let code = "OO501"
    let severity = Diagnostic.Severity.error
    let summary = "An ENCRYPTED input has a clear-text value in the pack."
    let fix = "Take the value out: use a system account, or a system property set in Central."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.flatMap { subject in
            subject.bindings.filter(\.binding.isSecret).compactMap { place -> LintFinding? in
                let name = "the encrypted input '\(shown(place.binding.name))' of \(place.owner)"
                return switch place.binding.clearText {
                case .none: nil
                case .constant, .revealed:
                    finding("\(name) has its value in clear", in: subject, line: place.binding.line)
                case .publicDefault:
                    finding(
                        "\(name) has a password that everybody knows, as Java's key stores do", in: subject,
                        line: place.binding.line, severity: .note)
                }
            }
        }
    }
}
