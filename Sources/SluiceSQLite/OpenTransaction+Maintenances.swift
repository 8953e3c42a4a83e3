internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of maintenances.
extension OpenTransaction {
    func put(_ record: MaintenanceRecord) throws {
        let id = record.id.text.storable
        let stored: Int = try row("SELECT revision FROM maintenances WHERE id = ?", [id])?[0] ?? 0
        guard record.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putMaintenance \(record.id) revision \(record.revision): the stored revision is \(stored)")
        }
        try execute(
            "INSERT OR REPLACE INTO maintenances VALUES (?, ?, ?, ?, ?)",
            [
                id, record.revision, record.phase.isFinal ? 1 : 0, record.plannedAt.milliseconds,
                try StoredMaintenance.encode(record),
            ])
    }
}
