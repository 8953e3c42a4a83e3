public import SluiceModel

/// What lint judges: one or more packs, read whole.
public struct LintInput: Hashable, Sendable {
    /// The packs, in the order they were given; references are looked up in all of them.
    public var packs: [LintPack]

    public init(packs: [LintPack]) { self.packs = packs }
}

/// One pack for lint: who it is, and the graphs of its documents.
public struct LintPack: Hashable, Sendable {
    /// The pack's identity and signature.
    public var pack: ContentPack
    /// Its flows and operations, in the order of their paths.
    public var documents: [FlowDocument]

    public init(pack: ContentPack, documents: [FlowDocument]) {
        self.pack = pack
        self.documents = documents
    }

    /// The place of one of its files as people name it: `jar!/entry` in an archive, joined by `/` in a tree.
    func file(_ path: String) -> String {
        let lowercased = pack.path.lowercased()
        let isArchive = lowercased.hasSuffix(".jar") || lowercased.hasSuffix(".zip")
        let base = pack.path.hasSuffix("/") && pack.path.count > 1 ? String(pack.path.dropLast()) : pack.path
        guard !path.isEmpty else { return base }
        return base.isEmpty ? path : base + (isArchive ? "!/" : "/") + path
    }
}

/// What one rule has found at one place.
public struct LintFinding: Hashable, Sendable {
    /// The rule's code, such as `OO101`.
    public var rule: String
    /// How bad it is here; a rule may judge a case milder than its own severity.
    public var severity: Diagnostic.Severity
    /// What is wrong, with the names, on one line. Never a value of an input.
    public var message: String
    /// The file, with the pack's path before it.
    public var file: String
    /// Line, from 1.
    public var line: Int

    public init(rule: String, severity: Diagnostic.Severity, message: String, file: String, line: Int) {
        self.rule = rule
        self.severity = severity
        self.message = message
        self.file = file
        self.line = line
    }
}

/// One thing that lint looks for.
public protocol LintRule: Sendable {
    /// A stable code, such as `OO101`; scripts rely on it.
    var code: String { get }
    /// The worst a finding of it can be.
    var severity: Diagnostic.Severity { get }
    /// What is wrong when it finds something, as a sentence.
    var summary: String { get }
    /// What to do about it, as a sentence.
    var fix: String { get }

    /// Everything it finds, in the order of the packs and their files.
    func findings(in context: LintContext) -> [LintFinding]
}

extension LintRule {
    /// A finding of this rule in a document.
    func finding(
        _ message: String, in subject: LintSubject, line: Int, severity: Diagnostic.Severity? = nil
    ) -> LintFinding {
        LintFinding(
            rule: code, severity: severity ?? self.severity, message: message, file: subject.file, line: max(1, line))
    }
}
