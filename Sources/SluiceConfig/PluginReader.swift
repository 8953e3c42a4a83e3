internal import SluiceModel
internal import SluicePluginKit
internal import Yams

/// Reads `plugins`: a list of sections, in the order in which the plugins are asked.
enum PluginReader {
    private static let fields = ["kind", "name", "when", "onFault", "budgetMilliseconds", "concurrency", "settings"]
    private static let conditions = ["flow", "path", "source", "requester"]
    /// Values of one plugin's settings, at any depth.
    private static let settingCountMax = 10_000
    /// Conditions of one plugin.
    private static let matchCountMax = 100

    @Sendable static func read(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        guard let read = RuleFields.list(value, "plugins", countMax: PluginLimits.countMax, &diagnostics, plugin)
        else { return }
        var plugins: [SluiceConfiguration.Plugin] = []
        for (plugin, place) in read {
            if plugins.contains(where: { $0.name == plugin.name }) {
                diagnostics.append(
                    place.value.diagnostic(
                        "config-value",
                        "\(place.path): there are two plugins named \"\(plugin.name)\"; give each a name"))
            }
            plugins.append(plugin)
        }
        configuration.plugins = plugins
    }

    private static func plugin(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> SluiceConfiguration.Plugin? {
        guard let mapping = value.node.mapping else {
            diagnostics.append(
                value.diagnostic("config-type", "\(path) must be a section with kind and settings, not \(value.kind)"))
            return nil
        }
        var settings = PluginValue(.nothing)
        var matches: [LaunchMatch] = []
        var plain: [(Node, Node)] = []
        for (key, node) in mapping {
            switch key.string {
            case "settings": settings = convert(value.child(node), "\(path).settings", &diagnostics)
            case "when": matches = self.matches(value.child(node), "\(path).when", &diagnostics)
            default: plain.append((key, node))
            }
        }
        // The rest are texts.
        var texts = ConfigValue(node: Node(plain), origin: value.origin)
        if let mark = value.node.mark { texts.node.mapping?.mark = mark }
        guard let read = RuleFields.read(texts, path, fields, shape: "with kind and settings", &diagnostics) else {
            return nil
        }
        guard let kind = read["kind"]?.text else {
            diagnostics.append(value.diagnostic("config-value", "\(path) has no kind"))
            return nil
        }
        let name = read["name"]?.text ?? kind
        guard IdentifierLimits.allows(name) else {
            diagnostics.append(value.diagnostic("config-value", "\(path).name is too long or has a control character"))
            return nil
        }
        var plugin = SluiceConfiguration.Plugin(kind: kind, name: name, settings: settings, path: "\(path).settings")
        plugin.place = value.diagnostic("config-value", "")
        plugin.matches = matches
        if let field = read["onFault"] {
            let words = PluginFaultPolicy.allCases.map(\.rawValue)
            if let policy = PluginFaultPolicy(rawValue: field.text) {
                plugin.onFault = policy
            } else {
                diagnostics.append(
                    field.place.diagnostic(
                        "config-value",
                        "\(path).onFault must be one of \(words.joined(separator: ", ")), not "
                            + "\"\(field.text.prefix(60))\""
                            + Suggestion.sentence(for: field.text, among: words)))
            }
        }
        plugin.budgetMilliseconds = number(read, "budgetMilliseconds", 1...60_000, path, &diagnostics)
        plugin.concurrency = number(read, "concurrency", 1...1000, path, &diagnostics)
        return plugin
    }

    private static func number(
        _ read: [String: (text: String, place: ConfigValue)], _ name: String, _ range: ClosedRange<Int>,
        _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> Int? {
        guard let field = read[name] else { return nil }
        guard let number = Int(field.text), range.contains(number) else {
            diagnostics.append(
                field.place.diagnostic(
                    "config-range",
                    "\(path).\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), not "
                        + "\"\(field.text.prefix(60))\""))
            return nil
        }
        return number
    }

    // MARK: Which launches

    private static func matches(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> [LaunchMatch] {
        guard let sequence = value.node.sequence else { return match(value, path, &diagnostics).map { [$0] } ?? [] }
        guard sequence.count <= matchCountMax else {
            diagnostics.append(value.diagnostic("config-range", "\(path) has more than \(matchCountMax) sections"))
            return []
        }
        return sequence.enumerated().compactMap { index, node in
            match(value.child(node), "\(path)[\(index)]", &diagnostics)
        }
    }

    private static func match(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> LaunchMatch? {
        let shape = "with flow, path, source or requester"
        guard let read = RuleFields.read(value, path, conditions, shape: shape, &diagnostics) else { return nil }
        var match = LaunchMatch()
        var isGood = true
        func report(_ name: String, _ message: String) {
            diagnostics.append((read[name]?.place ?? value).diagnostic("config-value", "\(path).\(name) \(message)"))
            isGood = false
        }
        match.flow = read["flow"].map { FlowID($0.text) }
        match.requester = read["requester"].map { Principal($0.text) }
        if let field = read["path"] {
            match.path = PathGlob(field.text)
            if match.path == nil { report("path", "is too long") }
        }
        if let field = read["source"] {
            match.source = SluiceModel.LaunchSource(rawValue: field.text)
            if match.source == nil {
                let words = SluiceModel.LaunchSource.allCases.map(\.rawValue)
                report(
                    "source",
                    "must be one of \(words.joined(separator: ", ")), not \"\(field.text.prefix(60))\""
                        + Suggestion.sentence(for: field.text, among: words))
            }
        }
        return isGood ? match : nil
    }

    // MARK: Settings

    /// The same tree in the words of the plugin API, with its places.
    private static func convert(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> PluginValue {
        var left = settingCountMax
        let converted = convert(value, &left)
        if left < 0 {
            diagnostics.append(
                value.diagnostic("config-range", "\(path) has more than \(settingCountMax) values"))
        }
        return converted
    }

    private static func convert(_ value: ConfigValue, _ left: inout Int) -> PluginValue {
        left -= 1
        let content: PluginValue.Content
        if left < 0 || value.isEmpty {
            content = .nothing
        } else if let text = value.text {
            content = .text(text)
        } else if let sequence = value.node.sequence {
            var elements: [PluginValue] = []
            for node in sequence where left >= 0 { elements.append(convert(value.child(node), &left)) }
            content = .list(elements)
        } else if let mapping = value.node.mapping {
            var members: [PluginValue.Member] = []
            for (key, node) in mapping where left >= 0 {
                members.append(.init(name: key.string ?? "", value: convert(value.child(node), &left)))
            }
            content = .section(members)
        } else {
            content = .nothing
        }
        let place = value.diagnostic("", "")
        return PluginValue(content, file: place.file, line: place.line, column: place.column)
    }
}
