import SluiceCore
import SluiceJSON
import SluiceModel

/// Snapshots of Central's schedules as JSON, format 1. Values of inputs are keyed hashes, never in clear.
enum SnapshotCodec {
    private static let content = "central-schedules"

    static func object(_ snapshot: ScheduleSnapshot) -> JSONObject {
        JSONObject([
            ("format", .int(ScheduleSnapshot.format)), ("of", .string(content)),
            ("takenAt", .string(snapshot.takenAt.rfc3339)), ("keyId", .string(snapshot.keyID)),
            (
                "schedules",
                .array(
                    snapshot.schedules.map { entry in
                        [
                            "id": .string(entry.id.text), "enabled": .bool(entry.isEnabled),
                            "fields": .object(JSONObject(entry.fields.map { ($0.name, .string($0.value)) })),
                        ]
                    })
            ),
        ])
    }

    /// Reads what `object` writes.
    static func snapshot(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> ScheduleSnapshot {
        let format = try reader.int("format")
        guard format == ScheduleSnapshot.format else {
            throw reader.invalid("format", "this Sluice reads format \(ScheduleSnapshot.format), got \(format)")
        }
        _ = try reader.parsed("of", expected: content) { $0 == content ? $0 : nil }
        let takenAt = try reader.parsed("takenAt", expected: "a time such as 2026-12-01T22:00:00Z") {
            Timestamp(rfc3339: $0)
        }
        let keyID = try reader.parsed("keyId", expected: "an id") { IdentifierLimits.allows($0) ? $0 : nil }
        var rows = try reader.objects("schedules")
        guard rows.count <= ScheduleSnapshot.scheduleCountMax else {
            throw reader.invalid("schedules", "expected at most \(ScheduleSnapshot.scheduleCountMax)")
        }
        var seen: Set<ScheduleID> = []
        var entries: [ScheduleSnapshot.Entry] = []
        for index in rows.indices {
            let id = try rows[index].parsed("id", expected: "a schedule's id") { ScheduleID(checking: $0) }
            guard seen.insert(id).inserted else { throw rows[index].invalid("id", "\(id) is there twice") }
            let isEnabled = try rows[index].bool("enabled")
            let fields = try rows[index].stringMap("fields")
            guard fields.count <= ScheduleSnapshot.fieldCountMax else {
                throw rows[index].invalid("fields", "expected at most \(ScheduleSnapshot.fieldCountMax)")
            }
            try rows[index].finish()
            entries.append(
                .init(id: id, isEnabled: isEnabled, fields: fields.map { JournalField($0.name, $0.value) }))
        }
        try reader.finish()
        return ScheduleSnapshot(takenAt: takenAt, keyID: keyID, schedules: entries)
    }

    static func object(_ difference: ScheduleDifference) -> JSONObject {
        JSONObject([
            ("id", .string(difference.id.text)), ("name", .string(difference.name)),
            ("kind", .string(difference.kind.rawValue)), ("sentence", .string(difference.sentence)),
            (
                "fields",
                .array(
                    difference.fields.map { field in
                        ["field": .string(field.name), "sentence": .string(field.sentence)]
                    })
            ),
        ])
    }

    static func object(_ conflict: RestorePlan.Conflict) -> JSONObject {
        [
            "id": .string(conflict.id.text), "name": .string(conflict.name), "cause": .string(conflict.cause),
        ]
    }
}
