internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of windows.
extension OpenTransaction {
    func put(_ window: Window) throws {
        let id = window.id.text.storable
        let stored: Int = try row("SELECT revision FROM windows WHERE id = ?", [id])?[0] ?? 0
        guard window.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putWindow \(window.id) revision \(window.revision): the stored revision is \(stored)")
        }
        try execute(
            "INSERT OR REPLACE INTO windows VALUES (?, ?, ?)", [id, window.revision, try WindowRecord.encode(window)])
    }

    func forget(_ window: WindowID) throws {
        try execute("DELETE FROM window_occurrences WHERE window = ?", [window.text.storable])
        try execute("DELETE FROM windows WHERE id = ?", [window.text.storable])
    }

    func put(_ occurrence: WindowOccurrence) throws {
        let id = occurrence.window.text.storable
        let stored: Int =
            try row(
                "SELECT revision FROM window_occurrences WHERE window = ? AND wall = ?",
                [id, occurrence.wall.milliseconds])?[0] ?? 0
        guard occurrence.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putOccurrence \(occurrence.window) \(occurrence.wall) revision \(occurrence.revision): the stored "
                    + "revision is \(stored)")
        }
        try execute(
            "INSERT OR REPLACE INTO window_occurrences VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                id, occurrence.wall.milliseconds, occurrence.revision, occurrence.isOpen ? 1 : 0,
                occurrence.start.milliseconds, occurrence.end.milliseconds, try WindowRecord.encode(occurrence),
            ])
    }
}
