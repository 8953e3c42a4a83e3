internal import SluicePorts

/// What a server must be so that an answer given after a commit keeps its promise.
enum StartChecks {
    /// - Throws: `StoreError` that says what the server can lose and how to mend it.
    static func run(_ connection: Connection, acceptsLoss: Bool) throws {
        let answers = try connection.exchange([
            Statement(
                """
                SELECT current_setting('server_encoding'), current_setting('fsync'),
                    current_setting('synchronous_commit'), current_setting('synchronous_standby_names'),
                    current_setting('full_page_writes')
                """),
            // Who may not see the states sees NULL there; a base backup is no standby.
            Statement("SELECT count(*) FROM pg_stat_replication WHERE coalesce(state, '') <> 'backup'"),
            Statement("SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'"),
        ])
        guard let row = answers[0].first else {
            throw StoreError(.unavailable, "PostgreSQL does not tell its settings")
        }
        let place = connection.address
        guard row.text(0) == "UTF8" else {
            throw StoreError(
                .unavailable,
                "the database at \(place) has encoding \(row.text(0) ?? "?"), must be UTF8: make one with "
                    + "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0")
        }
        guard !acceptsLoss else { return }
        func refuse(_ what: String, _ mend: String) -> StoreError {
            StoreError(
                .unavailable,
                "PostgreSQL at \(place) can lose acknowledged holds: \(what). \(mend); or accept the loss with "
                    + "store.acceptLoss: true or --accept-loss")
        }
        guard row.text(1) == "on" else { throw refuse("fsync is \(row.text(1) ?? "?")", "Set fsync = on") }
        guard row.text(4) == "on" else {
            throw refuse("full_page_writes is \(row.text(4) ?? "?")", "Set full_page_writes = on")
        }
        let commit = row.text(2) ?? "?"
        guard ["on", "remote_apply"].contains(commit) else {
            throw refuse("synchronous_commit is \(commit)", "Set synchronous_commit = on, also for Sluice's user")
        }
        let standbys = (answers[1].first?.number(0) ?? 0) + (answers[2].first?.number(0) ?? 0)
        guard standbys == 0 || !(row.text(3) ?? "").isEmpty else {
            throw refuse(
                "it has a standby, but does not wait for it (synchronous_standby_names is empty), so a failover "
                    + "forgets the last commits", "Set synchronous_standby_names = 'ANY 1 (*)' or the standby's name")
        }
    }
}
