import Logging
import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestServers

/// A database for one test.
struct TestDatabase: Sendable {
    let cluster: TestCluster
    let name: String

    init(_ cluster: TestCluster? = nil) throws {
        self.cluster = try cluster ?? TestCluster.shared.get()
        name = try self.cluster.makeDatabase()
    }

    /// What tests run with: the shared cluster does not sync.
    static var options: PostgresStoreOptions {
        var options = PostgresStoreOptions()
        options.acceptsLoss = true
        // Beside other tests a debug build pauses between two statements; real replicas have the usual limit.
        options.idleTransactionTimeout = .seconds(10)
        return options
    }

    func open(_ options: PostgresStoreOptions = Self.options, query: String = "") async throws -> PostgresStore {
        try await PostgresStore(
            PostgresAddress(cluster.url(name, query: query)), options: options, logger: .quiet)
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
