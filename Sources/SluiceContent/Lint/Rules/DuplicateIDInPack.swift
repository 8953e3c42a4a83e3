import SluiceModel

/// Two documents of a pack, or two steps of a flow, have the same id.
struct DuplicateIDInPack: LintRule {
    let code = "OO304"
    let severity = Diagnostic.Severity.error
    let summary = "An id is used twice within a pack."
    let fix = "Give one of them a new id: copy it in Studio, and delete the old one."

    func findings(in context: LintContext) -> [LintFinding] {
        var findings: [LintFinding] = []
        var firsts: [String: String] = [:]
        for subject in context.subjects {
            let document = subject.document
            if let first = firsts.updateValue(document.path, forKey: "\(subject.pack) \(lintKey(document.id))") {
                findings.append(
                    finding(
                        "the id \(shown(document.id)) is also that of \(shown(first))", in: subject,
                        line: document.line))
            }
            var lines: [String: Int] = [:]
            for step in subject.graph.steps {
                guard let line = lines.updateValue(step.line, forKey: lintKey(step.id)) else { continue }
                findings.append(
                    finding(
                        "the step '\(shown(step.name))' has the id of the step on line \(line), \(shown(step.id))",
                        in: subject, line: step.line))
            }
        }
        return findings
    }
}
