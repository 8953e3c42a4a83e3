import SluiceModel

/// An input that is named like a secret has a constant.
struct SecretLookingConstant: LintRule {
    let code = "OO502"
    let severity = Diagnostic.Severity.warning
    let summary = "An input that looks like a secret has a clear-text value in the pack."
    let fix = "Make the input ENCRYPTED (CloudSlang: sensitive), and take the value from a system account or property."

    private static let words = ["password", "passwd", "secret", "token", "apikey", "privatekey"]

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.flatMap { subject in
            subject.bindings.filter {
                !$0.binding.isSecret && $0.binding.clearConstant == .secret && looksSecret($0.binding.name)
            }.map { place in
                finding(
                    "the input '\(shown(place.binding.name))' of \(place.owner) is named like a secret and has a "
                        + "constant",
                    in: subject, line: place.binding.line)
            }
        }
    }

    private func looksSecret(_ name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return Self.words.contains { letters.contains($0) }
    }
}
