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
        guard let elements = ConfigKey.elements(value, "schedules.flows", &diagnostics) else { return }
        guard elements.count <= countMax else {
            return diagnostics.append(
                value.diagnostic("config-range", "schedules.flows has more than \(countMax) rules"))
        }
        configuration.schedules.flows = elements.enumerated().compactMap { index, element in
            rule(element, "schedules.flows[\(index)]", &diagnostics)
        }
    }

    private static func rule(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> JobFlowRule? {
        guard let mapping = value.node.mapping else {
            diagnostics.append(
                value.diagnostic("config-type", "\(path) must be a section such as {dataKey: KEY}, not \(value.kind)"))
            return nil
        }
        var texts: [String: String] = [:]
        var isGood = true
        for (key, node) in mapping {
            let name = key.string ?? ""
            let place = value.child(node)
            if !fields.contains(name) {
                let hint = Suggestion.sentence(for: name, among: fields)
                diagnostics.append(
                    value.child(key).diagnostic("config-unknown-key", "unknown key \(path).\(name)\(hint)"))
                isGood = false
            } else if let text = place.text, !text.isEmpty {
                texts[name] = text
            } else {
                diagnostics.append(
                    place.diagnostic("config-type", "\(path).\(name) must be a text, not \(place.kind)"))
                isGood = false
            }
        }
        guard isGood else { return nil }
        if let rule = rule(texts) { return rule }
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
