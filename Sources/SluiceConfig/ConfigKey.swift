internal import SluiceModel
internal import Yams

/// One key that may be set: its path, and how its value is read.
struct ConfigKey: Sendable {
    /// `central.pollSeconds`.
    let path: String
    /// Reads a value into the configuration, or says what is wrong with it.
    let read: @Sendable (ConfigValue, inout SluiceConfiguration, inout [Diagnostic]) -> Void

    /// `SLUICE_CENTRAL_POLL_SECONDS`.
    var environmentName: String {
        path.unicodeScalars.reduce(into: "SLUICE_") { name, scalar in
            if scalar == "." {
                name += "_"
            } else {
                if scalar.properties.isUppercase, name.last != "_" { name += "_" }
                name += scalar.properties.uppercaseMapping
            }
        }
    }
}

extension ConfigKey {
    typealias Field<Value> = WritableKeyPath<SluiceConfiguration, Value> & Sendable

    static func text(_ path: String, _ field: any Field<String>) -> ConfigKey {
        parsed(path, expected: "a text", field) { $0.isEmpty ? nil : $0 }
    }

    static func optionalText(_ path: String, _ field: any Field<String?>) -> ConfigKey {
        parsed(path, expected: "a text", field) { $0.isEmpty ? nil : .some($0) }
    }

    static func number(_ path: String, _ range: ClosedRange<Int>, _ field: any Field<Int>) -> ConfigKey {
        ConfigKey(path: path) { value, configuration, diagnostics in
            if let number = number(value, path, range, &diagnostics) { configuration[keyPath: field] = number }
        }
    }

    static func optionalNumber(_ path: String, _ range: ClosedRange<Int>, _ field: any Field<Int?>) -> ConfigKey {
        ConfigKey(path: path) { value, configuration, diagnostics in
            if let number = number(value, path, range, &diagnostics) { configuration[keyPath: field] = number }
        }
    }

    static func flag(_ path: String, _ field: any Field<Bool>) -> ConfigKey {
        parsed(path, expected: "true or false", field) { ["true": true, "false": false][$0] }
    }

    static func choice<Choice: CaseIterable & RawRepresentable<String> & Sendable>(
        _ path: String, _ field: any Field<Choice>
    ) -> ConfigKey {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return parsed(path, expected: "one of \(words)", field) { Choice(rawValue: $0) }
    }

    /// Texts as a list; in the environment, separated by commas.
    static func texts(
        _ path: String, _ field: any Field<[String]>, check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> ConfigKey {
        ConfigKey(path: path) { value, configuration, diagnostics in
            guard let elements = elements(value, path, &diagnostics) else { return }
            var texts: [String] = []
            for element in elements {
                guard let text = element.text, !text.isEmpty else {
                    diagnostics.append(
                        element.diagnostic("config-type", "\(path)[\(texts.count)] must be a text, not \(element.kind)")
                    )
                    return
                }
                if let problem = check(text) {
                    diagnostics.append(element.diagnostic("config-value", "\(path): \"\(text)\" \(problem)"))
                    return
                }
                texts.append(text)
            }
            configuration[keyPath: field] = texts
        }
    }

    /// A text that a function turns into something better.
    static func parsed<Value: Sendable>(
        _ path: String, expected: String, _ field: any Field<Value>, _ parse: @escaping @Sendable (String) -> Value?
    ) -> ConfigKey {
        ConfigKey(path: path) { value, configuration, diagnostics in
            guard let text = value.text else {
                return diagnostics.append(
                    value.diagnostic("config-type", "\(path) must be \(expected), not \(value.kind)"))
            }
            guard let parsed = parse(text) else {
                let shown = text.isEmpty ? "empty" : "\"\(text.prefix(shownCharactersMax))\""
                return diagnostics.append(
                    value.diagnostic("config-value", "\(path) must be \(expected), not \(shown)"))
            }
            configuration[keyPath: field] = parsed
        }
    }

    private static let shownCharactersMax = 80

    private static func number(
        _ value: ConfigValue, _ path: String, _ range: ClosedRange<Int>, _ diagnostics: inout [Diagnostic]
    ) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = value.text else {
            diagnostics.append(value.diagnostic("config-type", "\(path) must be \(expected), not \(value.kind)"))
            return nil
        }
        guard let number = Int(text) else {
            diagnostics.append(
                value.diagnostic(
                    "config-type", "\(path) must be \(expected), not \"\(text.prefix(shownCharactersMax))\""))
            return nil
        }
        guard range.contains(number) else {
            diagnostics.append(value.diagnostic("config-range", "\(path) must be \(expected), not \(number)"))
            return nil
        }
        return number
    }

    /// The elements of a list. In the environment: `a,b`, or a list as YAML and JSON write it.
    static func elements(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> [ConfigValue]? {
        if case .environment = value.origin, let text = value.text {
            if text.first == "[" {
                if let node = try? Yams.compose(yaml: text), let elements = node.sequence {
                    return elements.map { value.child($0) }
                }
            } else {
                let parts = text.split(separator: ",").map { $0.drop { $0 == " " } }
                return parts.map { value.child(Node(String($0))) }
            }
        } else if let elements = value.node.sequence {
            return elements.map { value.child($0) }
        }
        diagnostics.append(value.diagnostic("config-type", "\(path) must be a list, not \(value.kind)"))
        return nil
    }
}
