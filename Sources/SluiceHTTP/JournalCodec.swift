import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel

/// The journal of a maintenance on the wire.
enum JournalCodec {
    /// Conflicts that a maintenance tells at once; all of them are in its journal.
    static let conflictCountMax = 100

    /// How the changes stand, with the conflicts that wait for a decision.
    static func object(_ status: JournalKeeper.Status, asking: [JournalEntry]) -> JSONObject {
        let states = JournalState.allCases.map { ($0.rawValue, JSONValue.int(status.counts[$0] ?? 0)) }
        return JSONObject([
            ("open", .int(status.openCount)), ("asking", .int(status.askingCount)),
            ("returning", .bool(status.isReturning)), ("counts", .object(JSONObject(states))),
            ("conflicts", .array(asking.prefix(conflictCountMax).map { .object(object($0)) })),
            (
                "troubles",
                .array(
                    status.troubles.map { trouble in
                        [
                            "system": .optional(trouble.system), "cause": .string(trouble.cause),
                            "asks": .bool(trouble.asks),
                        ]
                    })
            ),
        ])
    }

    /// One change, field by field: how it was before, what we made of it, and of a conflict what is there now.
    static func object(_ entry: JournalEntry) -> JSONObject {
        let ours = entry.ours
        let before = entry.ourBefore
        var object = ScheduleCodec.object(entry)
        object["attempt"] = .int(entry.attempt)
        object["asks"] = .bool(entry.state == .conflict && entry.isUnsettled)
        object["fields"] = .array(
            entry.wanted.indices.map { index in
                let name = entry.wanted[index].name
                return [
                    "name": .string(name), "before": entry.checksum == nil ? .null : value(before[index]),
                    "ours": value(ours[index]),
                    "now": entry.found.first { $0.name == name }.map(value) ?? .null,
                ]
            })
        object["decision"] =
            entry.decision.map { decision in
                .object(
                    JSONObject([
                        ("decision", .string(decision.kind.word)),
                        ("fields", .array(decision.fields.map { .string($0) })), ("by", .string(decision.by.text)),
                        ("at", .time(decision.at)), ("reason", .string(decision.reason)),
                    ]))
            } ?? .null
        return object
    }

    private static func value(_ field: JournalField) -> JSONValue {
        .string(field.isSensitive ? field.shownValue : field.value)
    }
}

extension JournalDecision.Kind {
    /// On the wire.
    var word: String {
        switch self {
        case .keep: "keep"
        case .putBack: "put-back"
        }
    }

    init?(word: String) {
        guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = kind
    }
}
