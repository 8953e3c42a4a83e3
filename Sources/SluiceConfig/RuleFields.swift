internal import SluiceModel
internal import Yams

/// The fields of one rule in a list of sections, such as `rules.allow[0]`.
enum RuleFields {
    /// Reads a list of rules, each by its own reader; a list that is too long is reported and not read.
    ///
    /// - Returns: The rules that could be read, each with its section and its path; nil when there is no list.
    static func list<Rule>(
        _ value: ConfigValue, _ key: String, countMax: Int, _ diagnostics: inout [Diagnostic],
        _ rule: (ConfigValue, _ path: String, inout [Diagnostic]) -> Rule?
    ) -> [(rule: Rule, place: (value: ConfigValue, path: String))]? {
        guard let elements = ConfigKey.elements(value, key, &diagnostics) else { return nil }
        guard elements.count <= countMax else {
            diagnostics.append(value.diagnostic("config-range", "\(key) has more than \(countMax) rules"))
            return nil
        }
        return elements.enumerated().compactMap { index, element in
            let path = "\(key)[\(index)]"
            return rule(element, path, &diagnostics).map { ($0, (element, path)) }
        }
    }

    /// Reads a section whose values are all texts; every fault is reported.
    ///
    /// - Parameters:
    ///   - shape: What the section holds, in words: `must be a section SHAPE`.
    /// - Returns: The fields that are there, by name; nil when any is unknown, empty or no text.
    static func read(
        _ value: ConfigValue, _ path: String, _ fields: [String], shape: String, _ diagnostics: inout [Diagnostic]
    ) -> [String: (text: String, place: ConfigValue)]? {
        guard let mapping = value.node.mapping else {
            diagnostics.append(
                value.diagnostic("config-type", "\(path) must be a section \(shape), not \(value.kind)"))
            return nil
        }
        var texts: [String: (text: String, place: ConfigValue)] = [:]
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
                texts[name] = (text, place)
            } else {
                diagnostics.append(
                    place.diagnostic("config-type", "\(path).\(name) must be a text, not \(place.kind)"))
                isGood = false
            }
        }
        return isGood ? texts : nil
    }
}
