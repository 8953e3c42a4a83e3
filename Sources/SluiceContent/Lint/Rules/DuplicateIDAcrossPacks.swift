import SluiceModel

/// Documents of two packs have the same id.
struct DuplicateIDAcrossPacks: LintRule {
    let code = "OO305"
    let severity = Diagnostic.Severity.warning
    let summary = "An id is used in more than one pack."
    let fix = "Deploy only one of the packs, or give the copy a new id."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.compactMap { subject in
            // The first one of all packs stands in the earliest of them.
            guard let other = context.document(id: subject.document.id), other.pack < subject.pack else { return nil }
            return finding(
                "the id \(shown(subject.document.id)) is also that of \(shown(other.file))", in: subject,
                line: subject.document.line)
        }
    }
}
