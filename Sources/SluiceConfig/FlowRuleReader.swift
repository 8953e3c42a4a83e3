internal import SluiceModel
internal import Yams

/// Reads `schedules.flows`: a list of sections, each `{dataKey}`, `{name, flow}` or `{class, flow}`.
enum FlowRuleReader {
    /// Most rules; each may be tried for each trigger.
    static let countMax = 1000

    private static let fields = ["dataKey", "name", "class", "flow"]

    @Sendable static func read(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        let read = RuleFields.list(value, "schedules.flows", countMax: countMax, &diagnostics, rule)
        if let read { configuration.schedules.flows = read.map(\.rule) }
    }

    private static func rule(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> JobFlowRule? {
        let shape = "such as {dataKey: KEY}"
        guard let read = RuleFields.read(value, path, fields, shape: shape, &diagnostics) else { return nil }
        if let rule = rule(read.mapValues(\.text)) { return rule }
        diagnostics.append(
            value.diagnostic(
                "config-value",
                "\(path) must have dataKey alone, or flow with one of name and class; patterns and ids have at most "
                    + "\(IdentifierLimits.byteCountMax) bytes"))
        return nil
    }

    private static func rule(_ texts: [String: String]) -> JobFlowRule? {
        switch (texts["dataKey"], texts["name"], texts["class"], texts["flow"]) {
        case (let key?, nil, nil, nil): .dataKey(key)
        case (nil, let name?, nil, let flow?) where IdentifierLimits.allows(flow):
            JobNamePattern(name).map { .name($0, flow: flow) }
        case (nil, nil, let name?, let flow?): FlowID(checking: flow).map { .jobClass(name, flow: $0) }
        default: nil
        }
    }
}
