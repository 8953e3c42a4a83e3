internal import SluiceModel
internal import Yams

/// Reads `schedules.policies`: a list of sections with a policy and at least one condition.
enum MisfireRuleReader {
    /// Most rules; each is tried for each schedule.
    static let countMax = 1000
    /// How a policy is written.
    static let expected = "one of skip, latest, all, or not-older-than with a time such as 2h"

    private static let fields = ["id", "name", "flow", "path", "policy", "unsafeToMiss"]

    @Sendable static func read(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        let read = RuleFields.list(value, "schedules.policies", countMax: countMax, &diagnostics, rule)
        if let read { configuration.schedules.policies = read.map(\.rule) }
    }

    private static func rule(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> MisfireRule? {
        let shape = "with policy and conditions"
        guard let texts = RuleFields.read(value, path, fields, shape: shape, &diagnostics) else { return nil }
        var isGood = true
        func report(_ place: ConfigValue, _ code: String, _ message: String) {
            diagnostics.append(place.diagnostic(code, message))
            isGood = false
        }
        guard let written = texts["policy"] else {
            report(value, "config-value", "\(path) has no policy")
            return nil
        }
        guard let policy = MisfirePolicy(text: written.text) else {
            report(
                written.place, "config-value",
                "\(path).policy must be \(expected), not \"\(written.text.prefix(60))\"")
            return nil
        }
        var rule = MisfireRule(policy: policy)
        rule.id = texts["id"].flatMap { ScheduleID(checking: $0.text) }
        rule.flow = texts["flow"].flatMap { FlowID(checking: $0.text) }
        rule.name = texts["name"].flatMap { PathGlob($0.text) }
        rule.path = texts["path"].flatMap { PathGlob($0.text) }
        let read = [rule.id != nil, rule.name != nil, rule.flow != nil, rule.path != nil]
        for (name, isRead) in zip(["id", "name", "flow", "path"], read) where !isRead {
            if let written = texts[name] {
                report(
                    written.place, "config-value",
                    "\(path).\(name) is longer than \(IdentifierLimits.byteCountMax) bytes or has a control character")
            }
        }
        if !read.contains(true) { report(value, "config-value", "\(path) needs a condition: id, name, flow or path") }
        if let written = texts["unsafeToMiss"] {
            guard let flag = ["true": true, "false": false][written.text] else {
                report(written.place, "config-value", "\(path).unsafeToMiss must be true or false")
                return nil
            }
            rule.isUnsafeToMiss = flag
        }
        return isGood ? rule : nil
    }
}
