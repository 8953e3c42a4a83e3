internal import SluiceModel
internal import Yams

/// The fields of one rule in a list of sections, such as `rules.allow[0]`.
enum RuleFields {
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
