/// The flows of a pack that read the identity of whoever runs them, as lint's OO108 finds them.
public enum IdentityReaders {
    /// Their ids. Reads the pack's graphs, one at a time; blocks while it does. What a flow calls is not looked into.
    public static func flows(path: String) -> Set<String> {
        let rule = ReadsUserIdentity()
        var found: Set<String> = []
        _ = ContentPackReader().documents(path: path) { document in
            let subject = LintSubject(pack: 0, document: document, file: document.path, graph: StepGraph(document))
            if subject.isFlow, !rule.findings(of: subject).isEmpty { found.insert(document.id) }
        }
        return found
    }
}
