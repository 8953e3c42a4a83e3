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

    public init(rules: [any LintRule], findings: [LintFinding], isCut: Bool = false) {
        self.rules = rules
        self.findings = findings
        self.isCut = isCut
    }

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
        text += "\(count(.error)) errors, \(count(.warning)) warnings, \(count(.note)) notes\n"
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
        }
        return json.text
    }

    /// A SARIF 2.1.0 log with one run, for code scanners.
    public var sarif: String {
        var json = JSONText()
        json.object { json in
            json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.member("version", "2.1.0")
            json.key("runs")
            json.array([self]) { json, report in
                json.object { json in
                    json.key("tool")
                    json.object { json in
                        json.key("driver")
                        json.object { json in report.appendDriver(to: &json) }
                    }
                    json.key("results")
                    json.array(report.findings) { json, finding in finding.appendResult(to: &json) }
                }
            }
        }
        return json.text
    }

    private func appendDriver(to json: inout JSONText) {
        json.member("name", "sluice pack lint")
        json.key("rules")
        json.array(rules) { json, rule in
            json.object { json in
                json.member("id", rule.code)
                json.key("shortDescription")
                json.object { $0.member("text", rule.summary) }
                json.key("help")
                json.object { $0.member("text", rule.fix) }
                json.key("defaultConfiguration")
                json.object { $0.member("level", rule.severity.rawValue) }
            }
        }
    }
}

extension LintFinding {
    /// The finding as SARIF has results; our severities are its levels.
    fileprivate func appendResult(to json: inout JSONText) {
        json.object { json in
            json.member("ruleId", rule)
            json.member("level", severity.rawValue)
            json.key("message")
            json.object { $0.member("text", message) }
            json.key("locations")
            json.array([self]) { json, finding in
                json.object { json in
                    json.key("physicalLocation")
                    json.object { json in
                        json.key("artifactLocation")
                        json.object { $0.member("uri", uriReference(finding.file)) }
                        json.key("region")
                        json.object { $0.member("startLine", Int64(finding.line)) }
                    }
                }
            }
        }
    }
}

/// A path as a URI reference (RFC 3986): all but unreserved characters, `/` and `!` percent-encoded.
private func uriReference(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in path.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: "!"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default: result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }
    return result
}
