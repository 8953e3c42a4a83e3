import SluiceModel

extension LintReport {
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
                    json.key("invocations")
                    json.array([report]) { json, report in report.appendInvocation(to: &json) }
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

    /// How the run went: without it, packs that could not be read look as if nothing were wrong with them.
    private func appendInvocation(to json: inout JSONText) {
        json.object { json in
            json.member("executionSuccessful", isComplete)
            json.key("toolExecutionNotifications")
            json.array(diagnostics) { json, diagnostic in diagnostic.appendNotification(to: &json) }
        }
    }
}

extension Diagnostic {
    /// The remark as SARIF has notifications.
    fileprivate func appendNotification(to json: inout JSONText) {
        json.object { json in
            json.key("descriptor")
            json.object { $0.member("id", code) }
            json.member("level", severity.rawValue)
            json.key("message")
            json.object { $0.member("text", message) }
            guard !file.isEmpty else { return }
            json.key("locations")
            json.array([self]) { appendLocation(file: $1.file, line: $1.line, to: &$0) }
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
            json.array([self]) { appendLocation(file: $1.file, line: $1.line, to: &$0) }
        }
    }
}

private func appendLocation(file: String, line: Int?, to json: inout JSONText) {
    json.object { json in
        json.key("physicalLocation")
        json.object { json in
            json.key("artifactLocation")
            json.object { $0.member("uri", uriReference(file)) }
            guard let line, line > 0 else { return }
            json.key("region")
            json.object { $0.member("startLine", Int64(line)) }
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
