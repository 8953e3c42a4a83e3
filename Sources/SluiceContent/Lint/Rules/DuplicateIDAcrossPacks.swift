import SluiceModel

/// Documents of two packs have the same id.
struct DuplicateIDAcrossPacks: LintRule {
    let code = "OO305"
    let severity = Diagnostic.Severity.warning
    let summary = "An id is used in more than one pack."
    let fix = "Deploy only one of the packs, or give the copy a new id."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.compactMap { subject in
            let others = context.documents(id: subject.document.id)
            guard let other = others.first(where: { $0.pack < subject.pack }) else { return nil }
            return finding(
                "the id \(shown(subject.document.id)) is also that of \(shown(other.file))", in: subject,
                line: subject.document.line)
        }
    }
}
