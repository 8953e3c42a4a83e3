/// Applies rules to packs.
public struct LintRun: Sendable {
    /// Findings kept; a hostile pack could give millions.
    public static let findingCountMax = 10_000

    /// Every rule, by code.
    public static let allRules: [any LintRule] = [
        EntryFlowWithoutGate(), GateNotFirst(), PathRoundGate(), GateForAnotherFlow(),
        NestedGateWithoutPass(), GateThatDoesNotStop(), GateWithoutPass(), ReadsUserIdentity(),
        MissingStartStep(), UnknownStartStep(), TransitionToNowhere(), UnreachableStep(), ResponseWithoutTransition(),
        LoopWithoutExit(),
        ReturnTypeDiffers(), UndeclaredResponse(), NameDiffersFromFile(), DuplicateIDInPack(), DuplicateIDAcrossPacks(),
        UnresolvedReference(), MissingCloudSlangCallee(), UnhandledResult(), CircularCalls(),
        MissingArgument(), ArgumentNamedAsOutput(), UnknownResult(),
        ClearEncryptedInput(), SecretLookingConstant(), ClearSecretProperty(),
        SignedPack(),
    ]

    /// The rules that are applied.
    public let rules: [any LintRule]

    /// All rules but those named, in any case; see `unknown(_:)` for checking the codes first.
    public init(disabled: [String] = []) {
        let codes = Set(disabled.map { $0.uppercased() })
        rules = Self.allRules.filter { !codes.contains($0.code) }
    }

    /// Those of the codes that no rule has.
    public static func unknown(_ codes: [String]) -> [String] {
        codes.filter { code in !allRules.contains { $0.code == code.uppercased() } }
    }

    /// What the rules find, by pack, file, line and code.
    public func report(on input: LintInput) -> LintReport {
        let context = LintContext(input)
        var findings: [LintFinding] = []
        for rule in rules { findings += rule.findings(in: context) }
        findings.sort { ($0.file, $0.line, $0.rule, $0.message) < ($1.file, $1.line, $1.rule, $1.message) }
        let isCut = findings.count > Self.findingCountMax
        if isCut {
            // The worst are kept; sorting is stable only by the full key.
            findings.sort {
                $0.severity == $1.severity
                    ? ($0.file, $0.line, $0.rule, $0.message) < ($1.file, $1.line, $1.rule, $1.message)
                    : $0.severity > $1.severity
            }
            findings.removeLast(findings.count - Self.findingCountMax)
        }
        return LintReport(
            rules: rules, findings: findings, isCut: isCut, diagnostics: input.packs.flatMap(\.pack.diagnostics))
    }
}
