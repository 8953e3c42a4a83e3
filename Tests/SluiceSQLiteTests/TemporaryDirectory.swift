import FoundationEssentials
import Logging
import SluicePorts
import SluiceSQLite

/// A directory for one test, removed with the last reference to it.
final class TemporaryDirectory: Sendable {
    let path: String

    /// - Parameter inMemory: On a file system without a disk below, where there is one: for tests that are not about
    ///   durability.
    init(inMemory: Bool = true) throws {
        let shared = "/dev/shm"
        let parent =
            inMemory && FileManager.default.isWritableFile(atPath: shared)
            ? shared : FileManager.default.temporaryDirectory.path
        path = "\(parent)/sluice-sqlite-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var databasePath: String { path + "/sluice.db" }

    func open(_ options: SQLiteStoreOptions = SQLiteStoreOptions()) throws -> SQLiteStore {
        try SQLiteStore(path: databasePath, options: options, logger: .quiet)
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
