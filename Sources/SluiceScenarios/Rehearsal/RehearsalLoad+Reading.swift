import FoundationEssentials
public import SluiceModel
import Yams

extension RehearsalLoad {
    /// Reads a load from a YAML file (docs/administrators.md, "Rehearsing").
    /// - Parameter seconds: Reads a span of time such as `4m`.
    /// - Returns: The load, or nil with what is wrong: each unknown key and each bad value, with its line.
    public static func load(
        _ file: String, seconds: @escaping (String) -> Int64?
    ) -> (load: RehearsalLoad?, diagnostics: [Diagnostic]) {
        guard let bytes = FileManager.default.contents(atPath: file),
            bytes.count <= RehearsalLimits.fileByteCountMax, let text = String(validating: bytes, as: UTF8.self)
        else {
            let message =
                "the file cannot be read as UTF-8 of at most \(RehearsalLimits.fileByteCountMax) bytes; check its "
                + "path and rights"
            return (nil, [Diagnostic(severity: .error, code: "load-file", message: message, file: file)])
        }
        return read(text, file: file, seconds: seconds)
    }

    /// The same with the file's text.
    public static func read(
        _ text: String, file: String, seconds: @escaping (String) -> Int64?
    ) -> (load: RehearsalLoad?, diagnostics: [Diagnostic]) {
        var reader = LoadReader(file: file, seconds: seconds)
        do {
            guard let root = try Yams.compose(yaml: text) else {
                reader.complain("the load is empty: give flows, and orders, pools, schedules or programs", at: nil)
                return (nil, reader.diagnostics)
            }
            let load = reader.load(root)
            return (reader.diagnostics.isEmpty ? load : nil, reader.diagnostics)
        } catch {
            reader.complain("it is no YAML: \(String(describing: error).prefix(200))", at: nil)
            return (nil, reader.diagnostics)
        }
    }
}

/// Reads the sections of a load file and keeps what is wrong with them.
private struct LoadReader {
    let file: String
    let seconds: (String) -> Int64?
    var diagnostics: [Diagnostic] = []
    private var flowIDs: Set<String> = []

    init(file: String, seconds: @escaping (String) -> Int64?) {
        self.file = file
        self.seconds = seconds
    }

    mutating func complain(_ message: String, at node: Node?) {
        guard diagnostics.count < RehearsalLimits.entryCountMax else { return }
        diagnostics.append(
            Diagnostic(
                severity: .error, code: "load-value", message: message, file: file, line: node?.mark?.line,
                column: node?.mark?.column))
    }

    mutating func load(_ root: Node) -> RehearsalLoad {
        var load = RehearsalLoad()
        let sections = ["flows", "offerings", "orders", "pools", "schedules", "programs"]
        guard let mapping = root.mapping else {
            complain("the load must be a section with \(sections.joined(separator: ", "))", at: root)
            return load
        }
        for (key, _) in mapping where !sections.contains(key.string ?? "") {
            complain(
                "unknown key \((key.string ?? "").prefix(60)); there are \(sections.joined(separator: ", "))", at: key)
        }
        // In this order: what is named stands before who names it.
        load.flows = list(mapping, "flows", ["id", "name", "duration", "gated"]) { $0.flow($1) }
        flowIDs = Set(load.flows.map(\.id))
        noTwice(load.flows.map(\.id), "flows", mapping)
        load.offerings = list(mapping, "offerings", ["name"] + RehearsalLoad.Offering.stages) { $0.offering($1) }
        noTwice(load.offerings.map(\.name), "offerings", mapping)
        let names = Set(load.offerings.map(\.name))
        load.orders = list(mapping, "orders", ["offering", "every"]) { $0.orders($1, names) }
        load.pools = list(mapping, "pools", ["name", "flow", "every"]) { $0.pool($1) }
        noTwice(load.pools.map(\.name), "pools", mapping)
        load.schedules = list(mapping, "schedules", ["name", "flow", "every", "cron"]) { $0.schedule($1) }
        load.programs = list(mapping, "programs", ["name", "flow", "every", "source"]) { $0.program($1) }
        return load
    }

    private mutating func noTwice(_ names: [String], _ section: String, _ mapping: Node.Mapping) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            complain("\(section) has '\(name)' twice", at: mapping[Node(section)])
        }
    }

    private mutating func list<Entry>(
        _ mapping: Node.Mapping, _ section: String, _ fields: [String],
        _ read: (inout LoadReader, Fields) -> Entry?
    ) -> [Entry] {
        guard let node = mapping[Node(section)], node.null == nil else { return [] }
        guard let elements = node.sequence, elements.count <= RehearsalLimits.entryCountMax else {
            complain("\(section) must be a list of at most \(RehearsalLimits.entryCountMax) entries", at: node)
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let path = "\(section)[\(index)]"
            guard let members = element.mapping else {
                complain("\(path) must be a section with \(fields.joined(separator: ", "))", at: element)
                return nil
            }
            var texts: [String: (String, Node)] = [:]
            for (key, value) in members {
                let name = key.string ?? ""
                if !fields.contains(name) {
                    complain(
                        "unknown key \(path).\(name.prefix(60)); there are \(fields.joined(separator: ", "))", at: key)
                } else if let text = value.scalar?.string, !text.isEmpty,
                    text.utf8.count <= RehearsalLimits.nameByteCountMax
                {
                    texts[name] = (text, value)
                } else {
                    complain(
                        "\(path).\(name) must be a text of 1 to \(RehearsalLimits.nameByteCountMax) bytes", at: value)
                }
            }
            let entry = Fields(path: path, node: element, texts: texts)
            return read(&self, entry)
        }
    }

    /// One entry of a list.
    struct Fields {
        let path: String
        let node: Node
        let texts: [String: (text: String, node: Node)]
    }

    private mutating func text(_ name: String, of entry: Fields) -> String? {
        if let text = entry.texts[name]?.text { return text }
        complain("\(entry.path) has no \(name)", at: entry.node)
        return nil
    }

    private mutating func span(_ name: String, of entry: Fields, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = text(name, of: entry) else { return nil }
        if let span = seconds(text), range.contains(span) { return span }
        complain(
            "\(entry.path).\(name) must be a span of time of \(range.lowerBound) to \(range.upperBound) s such as "
                + "4m, not \"\(text)\"", at: entry.texts[name]?.node)
        return nil
    }

    private mutating func flowID(_ name: String, of entry: Fields) -> String? {
        guard let text = text(name, of: entry) else { return nil }
        if flowIDs.contains(text) { return text }
        complain(
            "\(entry.path).\(name) names the flow \"\(text)\", which flows does not have", at: entry.texts[name]?.node)
        return nil
    }

    private mutating func flow(_ entry: Fields) -> RehearsalLoad.Flow? {
        let id = text("id", of: entry)
        let seconds = span("duration", of: entry, in: RehearsalLimits.flowSeconds)
        let gated = entry.texts["gated"]?.text ?? "true"
        guard let isGated = ["true": true, "false": false][gated] else {
            complain("\(entry.path).gated must be true or false, not \"\(gated)\"", at: entry.texts["gated"]?.node)
            return nil
        }
        guard let id, let seconds else { return nil }
        return .init(id: id, name: entry.texts["name"]?.text ?? id, seconds: seconds, isGated: isGated)
    }

    private mutating func offering(_ entry: Fields) -> RehearsalLoad.Offering? {
        let name = text("name", of: entry)
        var flows: [String: String] = [:]
        for stage in RehearsalLoad.Offering.stages where entry.texts[stage] != nil {
            flows[stage] = flowID(stage, of: entry)
        }
        return name.map { .init(name: $0, flows: flows) }
    }

    private mutating func orders(_ entry: Fields, _ offerings: Set<String>) -> RehearsalLoad.Orders? {
        let name = text("offering", of: entry)
        let every = span("every", of: entry, in: RehearsalLimits.intervalSeconds)
        guard let name, let every else { return nil }
        guard offerings.contains(name) else {
            complain(
                "\(entry.path).offering names \"\(name)\", which offerings does not have",
                at: entry.texts["offering"]?.node)
            return nil
        }
        return .init(offering: name, every: every)
    }

    private mutating func pool(_ entry: Fields) -> RehearsalLoad.Pool? {
        let (name, flow) = (text("name", of: entry), flowID("flow", of: entry))
        guard let every = span("every", of: entry, in: RehearsalLimits.intervalSeconds), let name, let flow else {
            return nil
        }
        return .init(name: name, flow: flow, every: every)
    }

    private mutating func schedule(_ entry: Fields) -> RehearsalLoad.Schedule? {
        let (name, flow) = (text("name", of: entry), flowID("flow", of: entry))
        guard (entry.texts["every"] == nil) != (entry.texts["cron"] == nil) else {
            complain("\(entry.path) needs one of every and cron", at: entry.node)
            return nil
        }
        let beat: RehearsalLoad.Schedule.Beat?
        if let cron = entry.texts["cron"] {
            beat = .cron(cron.text)
        } else {
            beat = span("every", of: entry, in: RehearsalLimits.intervalSeconds).map { .every($0) }
        }
        guard let name, let flow, let beat else { return nil }
        return .init(name: name, flow: flow, beat: beat)
    }

    private mutating func program(_ entry: Fields) -> RehearsalLoad.Program? {
        let flow = flowID("flow", of: entry)
        let every = span("every", of: entry, in: RehearsalLimits.intervalSeconds)
        let word = entry.texts["source"]?.text ?? LaunchSource.api.rawValue
        guard let source = LaunchSource(rawValue: word), [.api, .ui, .scheduler].contains(source) else {
            complain(
                "\(entry.path).source must be api, ui or scheduler, not \"\(word)\"", at: entry.texts["source"]?.node)
            return nil
        }
        guard let flow, let every else { return nil }
        return .init(name: entry.texts["name"]?.text ?? flow, flow: flow, every: every, source: source)
    }
}
