import SluiceModel

/// The pack is signed.
struct SignedPack: LintRule {
    let code = "OO601"
    let severity = Diagnostic.Severity.note
    let summary = "The pack is signed, and any change breaks its signature."
    let fix = "Gate a signed pack only with `--drop-signature`, or wrap its flows in flows of your own."

    func findings(in context: LintContext) -> [LintFinding] {
        context.packs.filter(\.pack.isSigned).map { pack in
            LintFinding(
                rule: code, severity: severity,
                message: "the pack is signed: changing any file of it, by putting a gate in too, breaks the signature",
                file: pack.file(""), line: 1)
        }
    }
}
