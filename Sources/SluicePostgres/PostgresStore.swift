public import Logging
public import SluiceModel
public import SluicePorts

/// The store that several replicas share: one PostgreSQL database, reached with libpq.
///
/// Proved by `StoreConformance` and, for faults, by tests that cut connections and stop servers (SluicePostgresTests).
public final class PostgresStore: DurableStore {
    public let address: PostgresAddress
    let options: PostgresStoreOptions
    let readers: ReaderPool
    private let queue: CommitQueue
    private let newsroom: Newsroom

    /// Connects, brings the tables up to date, and checks that the server can keep its promises.
    /// - Throws: `StoreError`: `.locked`, `.newerVersion`, `.full`, `.unavailable`.
    public init(
        _ address: PostgresAddress, options: PostgresStoreOptions = PostgresStoreOptions(), logger: Logger
    ) async throws {
        self.address = address
        self.options = options
        func connection(_ label: String, _ parameters: [(String, String)]) -> Connection {
            Connection(address, Self.settings(options, parameters), label: label)
        }
        let writing = Self.writing(options)
        let opener = connection("opening", writing)
        newsroom = Newsroom(connection: connection("news", []), isAlone: options.isForCopy)
        let known = CommitWriter.KnownMark()
        do {
            let mark = try await opener.perform { connection in
                defer { connection.close() }
                try connection.open()
                try StartChecks.run(connection, acceptsLoss: options.acceptsLoss)
                try Schema.migrate(connection)
                if !options.isForCopy { try Self.checkIsWhole(connection) }
                return try FenceMark(storedIn: try connection.exchange(FenceMark.query))
            }
            known.see(mark)
            try await newsroom.start()
        } catch {
            throw StoreError(error, doing: "opening the database", at: address.description)
        }
        let readers = (0..<max(1, options.readerCountMax)).map { connection("reader.\($0)", Self.reading(options)) }
        self.readers = ReaderPool(connections: readers, options: options)
        let writers = (0..<max(1, options.writerCountMax)).map { number in
            CommitWriter(connection: connection("writer.\(number)", writing), options: options, known: known)
        }
        queue = CommitQueue(writers: writers, options: options)
        logger.info("store opened", metadata: ["database": "\(address)", "schema": "\(Schema.version)"])
    }

    deinit {
        newsroom.close()
        readers.close()
    }

    public func commit(_ changes: [Change], fence: Fence) async throws {
        try await queue.submit(PreparedCommit(changes, fence: fence))
    }

    /// Carries out the commits that wait, then lets the connections go. Later calls throw.
    public func close() async throws {
        await queue.close()
        readers.close()
        newsroom.close()
    }

    public func news() -> AsyncStream<StoreNews> { newsroom.news() }

    // MARK: Settings of sessions

    private static func settings(
        _ options: PostgresStoreOptions, _ parameters: [(String, String)]
    )
        -> Connection.Settings
    {
        Connection.Settings(
            connectTimeout: options.connectTimeout, answerTimeout: options.answerTimeout,
            networkTimeout: options.networkTimeout,
            parameters: [
                ("search_path", "pg_catalog"), ("jit", "off"), ("client_connection_check_interval", "1000"),
                ("bytea_output", "hex"), ("DateStyle", "ISO"),
            ] + parameters)
    }

    /// A statement that waits for a standby is never cut off by the server: cancelled there, it would be taken for
    /// replicated.
    private static func writing(_ options: PostgresStoreOptions) -> [(String, String)] {
        [
            ("statement_timeout", "0"), ("lock_timeout", "\(options.lockTimeout.milliseconds)"),
            ("idle_in_transaction_session_timeout", "\(options.idleTransactionTimeout.milliseconds)"),
            ("default_transaction_isolation", "read\\ committed"), ("enable_seqscan", "off"),
        ]
    }

    private static func reading(_ options: PostgresStoreOptions) -> [(String, String)] {
        [
            ("statement_timeout", "\(options.readTimeout.milliseconds)"),
            ("idle_in_transaction_session_timeout", "\(options.readTimeout.milliseconds)"),
            ("default_transaction_isolation", "read\\ committed"), ("default_transaction_read_only", "on"),
            ("enable_seqscan", "off"), ("enable_sort", "off"), ("enable_bitmapscan", "off"),
        ]
    }
}
