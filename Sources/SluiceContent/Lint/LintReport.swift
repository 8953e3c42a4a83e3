public import SluiceModel

/// What lint has found, and its forms for people and for tools.
public struct LintReport: Sendable {
    /// Version of the JSON's shape.
    public static let format = 1

    /// The rules that were applied.
    public let rules: [any LintRule]
    /// The findings, by file, line and code.
    public let findings: [LintFinding]
    /// Whether there were more than are kept.
    public let isCut: Bool
    /// What the reader has remarked on, in the order of the packs: what it could not read was not judged.
    public let diagnostics: [Diagnostic]

    public init(
        rules: [any LintRule], findings: [LintFinding], isCut: Bool = false, diagnostics: [Diagnostic] = []
    ) {
        self.rules = rules
        self.findings = findings
        self.isCut = isCut
        self.diagnostics = diagnostics
    }

    /// Whether all was read; else no findings do not mean that nothing is wrong.
    public var isComplete: Bool { unreadCount == 0 }

    private var unreadCount: Int { diagnostics.count { $0.severity == .error } }

    /// Findings that are as bad as that, or worse.
    public func count(atLeast severity: Diagnostic.Severity) -> Int { findings.count { $0.severity >= severity } }

    private func count(_ severity: Diagnostic.Severity) -> Int { findings.count { $0.severity == severity } }

    /// One line per finding in the form of compilers, then the counts; ends with a line break.
    public var text: String {
        var text = ""
        for finding in findings {
            text += "\(shown(finding.file, charactersMax: 400)):\(finding.line): \(finding.severity.rawValue): "
            text += "\(finding.message) [\(finding.rule)]\n"
        }
        if isCut { text += "More than \(findings.count) findings; the mildest are not shown.\n" }
        if !isComplete {
            text += "Not everything could be read: \(counted(unreadCount, "error")); findings may be missing.\n"
        }
        text +=
            "\(counted(count(.error), "error")), \(counted(count(.warning), "warning")), "
            + "\(counted(count(.note), "note"))\n"
        return text
    }

    /// One JSON object without a newline at its end; keys always stand in the same order.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(Self.format))
            json.key("findings")
            json.array(findings) { json, finding in
                json.object { json in
                    json.member("rule", finding.rule)
                    json.member("severity", finding.severity.rawValue)
                    json.member("message", finding.message)
                    json.member("file", finding.file)
                    json.member("line", Int64(finding.line))
                }
            }
            json.key("counts")
            json.object { json in
                for severity in Diagnostic.Severity.allCases.reversed() {
                    json.member(severity.rawValue, Int64(count(severity)))
                }
            }
            json.member("cut", isCut)
            json.member("complete", isComplete)
            json.key("diagnostics")
            json.array(diagnostics) { json, diagnostic in diagnostic.append(to: &json) }
        }
        return json.text
    }
}

/// A number with what it counts, such as `1 error`.
private func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
