import SluiceEngine
import SluiceJSON
import SluiceModel

/// Writes content packs as JSON.
enum PackCodec {
    /// What is told of every revision.
    static func summary(_ revision: PackRevision) -> JSONObject {
        let gatedCount = revision.flows.count(where: \.isGated)
        return JSONObject([
            ("name", .string(revision.name)),
            ("revision", .number(JSONNumber(revision.number))),
            ("version", .text(revision.version)),
            ("digest", .text(revision.digest)),
            ("loadedAt", .time(revision.loadedAt)),
            ("by", .string(revision.by.text)),
            ("flowCount", .number(JSONNumber(revision.flows.count))),
            ("gatedCount", .number(JSONNumber(gatedCount))),
            ("ungatedCount", .number(JSONNumber(revision.flows.count - gatedCount))),
        ])
    }

    /// The newest revision with its flows, and the ones before it with what each changed.
    /// - Parameter history: The newest first, and one more than is to be told if there are as many.
    static func object(_ history: [PackRevision], countMax: Int) -> JSONObject? {
        guard let newest = history.first else { return nil }
        var object = summary(newest)
        object["flows"] = .array(newest.flows.map { .object(flow($0)) })
        object["history"] = .array(
            history.indices.prefix(countMax).map { index in
                var entry = summary(history[index])
                let earlier = index + 1 < history.count ? history[index + 1] : nil
                entry["differences"] = differences(history[index], since: earlier)
                return .object(entry)
            })
        return object
    }

    /// What became of a load.
    static func object(_ loaded: PackShelf.Loaded, _ impact: PackImpact, _ remarks: [Diagnostic]) -> JSONObject {
        var object = summary(loaded.current)
        object["new"] = .bool(loaded.isNew)
        object["previousRevision"] = loaded.previous.map { .number(JSONNumber($0.number)) } ?? .null
        object["differences"] = differences(loaded.current, since: loaded.previous)
        object["holdsToStop"] = .number(JSONNumber(impact.stoppedCount))
        object["holdsToStopComplete"] = .bool(impact.isComplete)
        object["diagnostics"] = diagnostics(remarks)
        return object
    }

    static func diagnostics(_ diagnostics: [Diagnostic]) -> JSONValue {
        .array(
            diagnostics.prefix(HTTPLimits.diagnosticCountMax).map { diagnostic in
                .object(
                    JSONObject([
                        ("severity", .string(diagnostic.severity.rawValue)), ("code", .string(diagnostic.code)),
                        ("message", .string(diagnostic.message)), ("file", .string(diagnostic.file)),
                        ("line", diagnostic.line.map { .number(JSONNumber($0)) } ?? .null),
                        ("column", diagnostic.column.map { .number(JSONNumber($0)) } ?? .null),
                    ]))
            })
    }

    /// The first revision differs from nothing.
    private static func differences(_ revision: PackRevision, since earlier: PackRevision?) -> JSONValue {
        .array((earlier.map { revision.differences(since: $0) } ?? []).map { .string($0) })
    }

    private static func flow(_ flow: KnownFlow) -> JSONObject {
        JSONObject([
            ("id", .string(flow.id.text)), ("name", .string(flow.name)), ("path", .string(flow.path)),
            ("gated", .bool(flow.isGated)),
            (
                "inputs",
                .array(
                    flow.inputs.map { input in
                        .object(
                            JSONObject([
                                ("name", .string(input.name)), ("required", .bool(input.isRequired)),
                                ("encrypted", .bool(input.isEncrypted)),
                            ]))
                    })
            ),
        ])
    }
}
