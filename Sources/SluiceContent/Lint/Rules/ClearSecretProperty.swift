import SluiceModel

/// A CloudSlang system property that is a secret has its value in the pack.
struct ClearSecretProperty: LintRule {
    let code = "OO503"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang system property that is a secret has a clear-text value in the pack."
    let fix = "Leave the value empty, mark the property sensitive, and set its value in Central."

    func findings(in context: LintContext) -> [LintFinding] {
        context.packs.flatMap { pack in
            pack.pack.items.flatMap { item in
                item.clearSecrets.map { secret in
                    let name = "the system property '\(shown(secret.name))'"
                    return LintFinding(
                        rule: code, severity: secret.isMarked ? severity : .warning,
                        message: secret.isMarked
                            ? "\(name) is sensitive and has its value in clear"
                            : "\(name) looks like a secret, is not sensitive and has its value in clear",
                        file: pack.file(item.path), line: max(1, secret.line))
                }
            }
        }
    }
}
