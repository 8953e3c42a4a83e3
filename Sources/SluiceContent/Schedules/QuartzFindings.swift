import SluiceModel

/// What is found wrong in a schedule file while it is read: remarks for its reader, and Quartz's verdict.
struct QuartzFindings {
    /// Reasons to stop that are ours and not Quartz's.
    private static let ourCodes: Set<String> = [
        "schedule-size", "file-size", "file-not-found", "file-unreadable", "xml-size", "xml-tag-size", "xml-stalled",
        "xml-time", "xml-depth", "xml-attributes", "xml-text-size",
        QuartzUnitReader.beyondCode,
    ]

    var diagnostics: DiagnosticList
    /// Quartz's, until something speaks against it.
    private(set) var verdict = QuartzVerdict.accepts
    private let file: String

    init(file: String, limits: ContentLimits) {
        self.file = file
        diagnostics = DiagnosticList(countMax: limits.diagnosticCountMax)
    }

    /// The first that speaks against Quartz's taking the file counts.
    mutating func decide(_ verdict: QuartzVerdict) {
        if self.verdict == .accepts { self.verdict = verdict }
    }

    /// Quartz would not read on; what we could not read is an error whatever the dialect.
    mutating func refuse(_ error: ContentError) {
        diagnostics.append(error)
        let message = error.diagnostic.message
        decide(Self.ourCodes.contains(error.diagnostic.code) ? .unknown(message) : .refuses(message))
    }

    /// A breach of Quartz 2's schema: an error of a file for Quartz 2, worth a warning in one for another.
    mutating func fault(_ message: String, _ line: Int, _ column: Int, _ dialect: ScheduleDialect) {
        let isForQuartz = dialect.isQuartzNamespace
        var diagnostic = ContentError(
            isForQuartz ? "quartz-schema" : "schedule-element",
            isForQuartz ? "Quartz refuses this file: \(message)" : message, file: file, line: line, column: column
        ).diagnostic
        diagnostic.severity = dialect.isQuartz2 ? .error : .warning
        diagnostics.append(diagnostic)
        decide(.refuses(message))
    }

    /// What the bytes before the root say of Quartz's verdict, when the document is over.
    ///
    /// - Parameter dialect: Of the file; nil when its root is none that we know.
    mutating func judge(_ prolog: XMLProlog, isReadable: Bool, _ dialect: ScheduleDialect?) {
        switch prolog.verdict(isReadable: isReadable) {
        case .accepts: break
        case .refuses(let reason):
            // One that could not be read has its error.
            if isReadable, let dialect, dialect.isQuartzNamespace { return fault(reason, 1, 1, dialect) }
            if verdict.isAccepted != false { verdict = .refuses(reason) }
        case .unknown(let reason):
            if !isReadable || verdict == .accepts { verdict = .unknown(reason) }
        }
    }
}
