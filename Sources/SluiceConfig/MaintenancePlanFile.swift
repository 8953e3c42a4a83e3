internal import FoundationEssentials
public import SluiceModel
internal import Yams

/// Reads a maintenance's plan from a YAML file (docs/administrators.md).
public enum MaintenancePlanFile {
    private static let fields = [
        "title", "reason", "owner", "systems", "scope", "start", "window", "expectedEnd", "drainDeadline", "onDeadline",
        "csaMode", "unpublishOfferings", "replayParkedRequests",
    ]

    /// Reads a file.
    /// - Parameter seconds: Reads a span of time such as `2h`.
    /// - Returns: The plan, or nil with what is wrong: every unknown key and every value that cannot be read, with its
    ///   line. Whether the plan holds together is asked of `MaintenancePlan.problems`.
    public static func load(
        _ file: String, seconds: (String) -> Int64?
    ) -> (plan: MaintenancePlan?, diagnostics: [Diagnostic]) {
        guard let bytes = FileManager.default.contents(atPath: file), bytes.count <= YAMLDocument.byteCountMax,
            let text = String(validating: bytes, as: UTF8.self)
        else {
            return (
                nil,
                [
                    Diagnostic(
                        severity: .error, code: "plan-file",
                        message: "the file cannot be read as UTF-8 of at most \(YAMLDocument.byteCountMax) bytes; "
                            + "check its path and rights", file: file)
                ]
            )
        }
        return read(text, file: file, seconds: seconds)
    }

    /// The same with the file's text.
    public static func read(
        _ text: String, file: String, seconds: (String) -> Int64?
    ) -> (plan: MaintenancePlan?, diagnostics: [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let root: ConfigValue
        do {
            root = ConfigValue(node: try Yams.compose(yaml: text) ?? Node.mapping([:]), origin: .yaml(file: file))
        } catch {
            return (nil, [YAMLDocument.diagnostic(of: error, file: file)])
        }
        guard
            let texts = RuleFields.read(
                root, "the plan", fields, shape: "with title, owner and expectedEnd", &diagnostics)
        else { return (nil, diagnostics) }
        var reader = Reader(root: root, texts: texts, diagnostics: diagnostics)
        let plan = reader.plan(seconds)
        return (reader.diagnostics.isEmpty ? plan : nil, reader.diagnostics)
    }

    private struct Reader {
        let root: ConfigValue
        let texts: [String: (text: String, place: ConfigValue)]
        var diagnostics: [Diagnostic]

        mutating func plan(_ seconds: (String) -> Int64?) -> MaintenancePlan? {
            let (title, owner) = (required("title"), required("owner"))
            let end = required("expectedEnd") == nil ? nil : time("expectedEnd")
            var plan = MaintenancePlan(
                title: title ?? "", reason: texts["reason"]?.text ?? title ?? "", owner: owner ?? "",
                systems: word("systems") ?? .both,
                scope: value("scope", "flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME") { Scope($0) },
                startsAt: time("start"), expectedEnd: end ?? .zero)
            plan.window = value("window", "the id of a window, such as w_01KB…") { WindowID(checking: $0) }
            plan.drainSeconds = value("drainDeadline", "a span of time such as 2h", seconds)
            if let outcome: MaintenancePlan.DeadlineOutcome = word("onDeadline") { plan.onDeadline = outcome }
            if let mode: MaintenancePlan.CSAMode = word("csaMode") { plan.csaMode = mode }
            if let flag = flag("unpublishOfferings") { plan.unpublishesOfferings = flag }
            if let flag = flag("replayParkedRequests") { plan.replaysParkedRequests = flag }
            return plan
        }

        private mutating func required(_ name: String) -> String? {
            if let written = texts[name] { return written.text }
            diagnostics.append(root.diagnostic("plan-missing", "the plan has no \(name)"))
            return nil
        }

        private mutating func value<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) -> Value? {
            guard let written = texts[name] else { return nil }
            if let value = read(written.text) { return value }
            diagnostics.append(
                written.place.diagnostic(
                    "plan-value", "\(name) must be \(expected), not \"\(written.text.prefix(60))\""))
            return nil
        }

        private mutating func time(_ name: String) -> Timestamp? {
            value(name, "a time with its offset, such as 2026-12-05T22:00:00Z") { Timestamp(rfc3339: $0) }
        }

        private mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String) -> Word? {
            value(name, Word.allCases.map(\.rawValue).joined(separator: " or ")) { Word(rawValue: $0) }
        }

        private mutating func flag(_ name: String) -> Bool? {
            value(name, "true or false") { ["true": true, "false": false][$0] }
        }
    }
}
