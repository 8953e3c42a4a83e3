internal import SluiceModel
internal import Yams

/// Reads `rules.allow`: a list of sections with a name and at least one condition.
enum AllowRuleReader {
    /// Most rules; each is tried for each launch.
    static let countMax = 1000

    private static let fields = ["name", "flow", "path", "source", "requester"]

    @Sendable static func read(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        guard let read = RuleFields.list(value, "rules.allow", countMax: countMax, &diagnostics, rule) else { return }
        var rules: [AllowRule] = []
        for (rule, place) in read {
            if rules.contains(where: { $0.name == rule.name }) {
                diagnostics.append(
                    place.value.diagnostic(
                        "config-value", "\(place.path): there are two rules named \"\(rule.name)\""))
            }
            rules.append(rule)
        }
        configuration.rules.allow = rules
    }

    private static func rule(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> AllowRule? {
        let shape = "with name and conditions"
        guard let read = RuleFields.read(value, path, fields, shape: shape, &diagnostics) else { return nil }
        let texts = read.mapValues(\.text)
        var isGood = true
        func report(_ place: ConfigValue, _ code: String, _ message: String) {
            diagnostics.append(place.diagnostic(code, message))
            isGood = false
        }
        guard let name = texts["name"] else {
            report(value, "config-value", "\(path) has no name")
            return nil
        }
        var rule = AllowRule(name: name)
        rule.flow = texts["flow"].map { FlowID($0) }
        rule.requester = texts["requester"].map { Principal($0) }
        if let text = texts["path"] {
            rule.path = PathGlob(text)
            if rule.path == nil { report(value, "config-value", "\(path).path is too long") }
        }
        if let text = texts["source"] {
            rule.source = LaunchSource(rawValue: text)
            if rule.source == nil {
                let words = LaunchSource.allCases.map(\.rawValue)
                let hint = Suggestion.sentence(for: text, among: words)
                report(
                    read["source"]?.place ?? value, "config-value",
                    "\(path).source must be one of \(words.joined(separator: ", ")), not \"\(text)\"\(hint)")
            }
        }
        if texts.count == 1 {
            report(value, "config-value", "\(path) needs a condition: flow, path, source or requester")
        }
        return isGood ? rule : nil
    }
}
