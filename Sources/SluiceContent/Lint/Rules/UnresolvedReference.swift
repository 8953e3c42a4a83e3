import SluiceModel

/// A step calls something that none of the packs has.
struct UnresolvedReference: LintRule {
    let code = "OO401"
    let severity = Diagnostic.Severity.warning
    let summary = "What the step calls is in none of the packs."
    let fix = "Give lint the packs that this one depends on, too; else deploy what is missing."

    func findings(in context: LintContext) -> [LintFinding] {
        var findings: [LintFinding] = []
        let needsOthers = context.packs.indices.map { context.needsOthers($0) }
        for subject in context.flows {
            var seen: Set<String> = []
            for step in subject.graph.steps {
                guard let called = step.called, seen.insert(lintKey(called)).inserted,
                    context.document(id: called) == nil,
                    !subject.isCloudSlang || !context.namespaces.contains(LintContext.namespace(of: called))
                else { continue }
                let known = knownName(called)
                let mayBeElsewhere = known != nil || needsOthers[subject.pack]
                findings.append(
                    finding(
                        "the step '\(shown(step.name))' calls \(shown(called))"
                            + (known.map { ", \($0)" } ?? "") + ", which is in none of the packs",
                        in: subject, line: step.calledLine ?? step.line, severity: mayBeElsewhere ? .note : nil))
            }
        }
        return findings
    }

    /// What is known about an id from elsewhere.
    private func knownName(_ id: String) -> String? {
        if PackGate.isGate(id) { return "the gate of Sluice's own pack" }
        if id.lowercased().hasPrefix("io.cloudslang.") { return "of CloudSlang's own content" }
        return BaseOperation.named(id).map { "'\($0.name)' of the Base pack" }
    }
}
