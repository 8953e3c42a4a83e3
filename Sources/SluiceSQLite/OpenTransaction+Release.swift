internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of the release.
extension OpenTransaction {
    func setRelease(_ record: ReleaseRecord, replacing replaced: Int64?) throws {
        let found: Int64? = try row("SELECT revision FROM release WHERE id = 1", [])?[0]
        guard found == replaced else {
            throw CommitRefusal.conflict(
                "setRelease \(record.revision): the stored revision is \(found.map(String.init) ?? "none"), must be "
                    + (replaced.map(String.init) ?? "none"))
        }
        try execute(
            "INSERT INTO release VALUES (1, ?, ?) ON CONFLICT DO UPDATE "
                + "SET revision = excluded.revision, record = excluded.record",
            [record.revision, try ReleaseJSON.encode(record)])
        try appendEvent(at: record.at, kind: ReleaseRecord.eventKind, by: record.by, cause: record.eventText)
    }
}
