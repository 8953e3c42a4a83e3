public import Logging
public import SluiceConfig
import SluiceModel
public import SluicePorts
public import SluicePostgres
import SluiceSQLite

/// Where the store is.
public enum StorePlace: Sendable {
    /// The database file; its folder is made if need be.
    case sqlite(path: String)
    case postgres(PostgresAddress, PostgresStoreOptions)

    /// What an operator configured, with the password read from where it points.
    /// - Throws: `ServiceError` or `StoreError` when PostgreSQL's URL or password cannot be used.
    public init(_ configuration: SluiceConfiguration.Store) throws {
        guard let url = configuration.url else {
            self = .sqlite(path: configuration.path)
            return
        }
        let (password, diagnostics) = configuration.loadPassword()
        if let problem = diagnostics.first { throw ServiceError(problem.description) }
        var options = PostgresStoreOptions()
        options.acceptsLoss = configuration.acceptLoss
        options.writerCountMax = configuration.writers
        options.readerCountMax = configuration.readers
        self = .postgres(try PostgresAddress(url, password: password), options)
    }
}

/// Opens whichever store is configured.
enum StoreOpening {
    static func open(_ place: StorePlace, logger: Logger) async throws -> any DurableStore {
        switch place {
        case .sqlite(let path): try SQLiteStore(path: path, logger: logger)
        case .postgres(let address, let options):
            try await PostgresStore(address, options: options, logger: logger)
        }
    }
}
