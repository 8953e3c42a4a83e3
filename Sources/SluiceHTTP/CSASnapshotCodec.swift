import SluiceCore
import SluiceJSON
import SluiceModel

/// Snapshots of CSA's policies and offerings as JSON, format 1.
enum CSASnapshotCodec {
    private static let content = "csa"

    static func object(_ snapshot: CSASnapshot) -> JSONObject {
        func places(_ places: [CSASnapshot.Place]) -> JSONValue {
            .array(
                places.map { ["id": .string($0.id), "name": .string($0.name), "isShared": .bool($0.isShared)] })
        }
        func entries(_ kind: CSASnapshot.Key.Kind) -> JSONValue {
            .array(snapshot.entries.filter { $0.key.kind == kind }.map { .object(object($0)) })
        }
        return JSONObject([
            ("format", .int(CSASnapshot.format)), ("of", .string(content)),
            ("takenAt", .string(snapshot.takenAt.rfc3339)), ("address", .string(snapshot.address)),
            ("organizations", places(snapshot.organizations)), ("catalogs", places(snapshot.catalogs)),
            ("policies", entries(.policy)), ("offerings", entries(.offering)),
        ])
    }

    private static func object(_ entry: CSASnapshot.Entry) -> JSONObject {
        var members: [(String, JSONValue)] = [
            (placeName(entry.key.kind), .string(entry.key.place)), ("name", .string(entry.key.name)),
            ("id", .string(entry.id)),
        ]
        if entry.key.kind == .offering { members.append(("category", .string(entry.key.category))) }
        members.append(("fields", .object(JSONObject(entry.fields.map { ($0.name, .string($0.value)) }))))
        return JSONObject(members)
    }

    private static func placeName(_ kind: CSASnapshot.Key.Kind) -> String {
        switch kind {
        case .policy: "organization"
        case .offering: "catalog"
        }
    }

    /// Reads what `object` writes.
    static func snapshot(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> CSASnapshot {
        let format = try reader.int("format")
        guard format == CSASnapshot.format else {
            throw reader.invalid("format", "this Sluice reads format \(CSASnapshot.format), got \(format)")
        }
        _ = try reader.parsed("of", expected: content) { $0 == content ? $0 : nil }
        let takenAt = try reader.parsed("takenAt", expected: "a time such as 2026-12-01T22:00:00Z") {
            Timestamp(rfc3339: $0)
        }
        let address = try reader.string("address")
        let organizations = try places("organizations", &reader)
        let catalogs = try places("catalogs", &reader)
        let policies = try entries("policies", .policy, &reader)
        let offerings = try entries("offerings", .offering, &reader)
        try reader.finish()
        return CSASnapshot(
            takenAt: takenAt, address: address, organizations: organizations, catalogs: catalogs,
            entries: policies + offerings)
    }

    private static func rows(
        _ name: String, _ countMax: Int, _ reader: inout JSONObjectReader
    ) throws(JSONFieldError) -> [JSONObjectReader] {
        let rows = try reader.objects(name)
        guard rows.count <= countMax else { throw reader.invalid(name, "expected at most \(countMax)") }
        return rows
    }

    private static func places(
        _ name: String, _ reader: inout JSONObjectReader
    ) throws(JSONFieldError) -> [CSASnapshot.Place] {
        var rows = try rows(name, CSASnapshot.fieldCountMax, &reader)
        var places: [CSASnapshot.Place] = []
        for index in rows.indices {
            let id = try id(&rows[index])
            let place = try rows[index].string("name")
            places.append(.init(id: id, name: place, isShared: try rows[index].bool("isShared")))
            try rows[index].finish()
        }
        return places
    }

    private static func entries(
        _ name: String, _ kind: CSASnapshot.Key.Kind, _ reader: inout JSONObjectReader
    ) throws(JSONFieldError) -> [CSASnapshot.Entry] {
        var rows = try rows(name, CSASnapshot.entryCountMax, &reader)
        var entries: [CSASnapshot.Entry] = []
        for index in rows.indices {
            let place = try rows[index].string(placeName(kind))
            let name = try rows[index].string("name")
            let category = kind == .offering ? try rows[index].string("category") : ""
            let id = try id(&rows[index])
            let fields = try rows[index].stringMap("fields")
            guard fields.count <= CSASnapshot.fieldCountMax else {
                throw rows[index].invalid("fields", "expected at most \(CSASnapshot.fieldCountMax)")
            }
            try rows[index].finish()
            entries.append(
                .init(
                    .init(kind, place: place, name: name, category: category), id: id,
                    fields: fields.map { JournalField($0.name, $0.value) }))
        }
        return entries
    }

    private static func id(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> String {
        try reader.parsed("id", expected: "an id") { IdentifierLimits.allows($0) ? $0 : nil }
    }

    static func object(_ difference: CSADifference) -> JSONObject {
        JSONObject([
            ("id", .string(difference.entry.id)), ("name", .string(difference.entry.title)),
            ("what", .string(difference.entry.key.kind.rawValue)), ("kind", .string(difference.kind.rawValue)),
            ("sentence", .string(difference.sentence)),
            (
                "fields",
                .array(difference.fields.map { ["field": .string($0.name), "sentence": .string($0.line)] })
            ),
        ])
    }

    static func object(_ change: PlannedChange) -> JSONObject {
        JSONObject([
            ("system", .string(change.system)), ("name", .string(change.title)),
            ("change", .string(change.wanted.map(\.shown).joined(separator: ", "))),
        ])
    }

    static func object(_ conflict: CSARestorePlan.Conflict) -> JSONObject {
        JSONObject([("name", .string(conflict.title)), ("cause", .string(conflict.cause))])
    }

    /// One change of a restore, as far as it is.
    static func object(_ entry: JournalEntry) -> JSONObject {
        let outcome =
            switch entry.state {
            case .reverted: "restored"
            case .conflict, .gone: "left"
            case .intended, .applied, .done, .reverting: "open"
            }
        return JSONObject([
            ("system", .string(entry.system)), ("name", .string(entry.title)), ("change", .string(entry.intended)),
            ("outcome", .string(outcome)), ("cause", .string(entry.cause)),
        ])
    }
}
