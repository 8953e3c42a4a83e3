import SluiceModel

/// A document is named otherwise than its file.
struct NameDiffersFromFile: LintRule {
    let code = "OO303"
    let severity = Diagnostic.Severity.warning
    let summary = "The document's name is not that of its file."
    let fix = "Rename one of them; CloudSlang does not compile otherwise."

    func findings(in context: LintContext) -> [LintFinding] {
        context.subjects.compactMap { subject in
            let document = subject.document
            var file = document.path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
            for ending in [".xml", ".sl.yaml", ".sl.yml", ".sl"] where file.lowercased().hasSuffix(ending) {
                file.removeLast(ending.count)
                break
            }
            guard !file.isEmpty, file != document.name else { return nil }
            return finding(
                "the document is named '\(shown(document.name))', its file '\(shown(file))'", in: subject,
                line: document.line)
        }
    }
}
