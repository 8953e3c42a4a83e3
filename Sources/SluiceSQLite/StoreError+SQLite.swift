internal import GRDB
internal import SluiceModel
internal import SluicePorts

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

extension StoreError {
    /// What an error of SQLite means for a caller; nothing was written.
    ///
    /// Not for errors of COMMIT: see `CommitWriter`.
    init(_ error: any Error, doing action: String, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "\(action) failed on \(path): \(error)", cause: error)
            return
        }
        let text = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_FULL:
            self = .full(doing: action, path: path, cause: error)
        case .SQLITE_IOERR where FreeSpace.isUsedUp(at: path):
            self = .full(doing: action, path: path, cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .locked,
                "\(action) failed: another process has \(path) locked; find it with `fuser \(path)` and stop it",
                cause: error)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self.init(
                .unavailable, "\(action) failed: \(path) is damaged or no database (\(text)); restore a backup",
                cause: error)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
            self.init(
                .unavailable,
                "\(action) failed: \(path) cannot be opened for writing (\(text)); check its owner and mode",
                cause: error)
        default:
            self.init(
                .unavailable, "\(action) failed on \(path): \(text) (SQLite \(error.extendedResultCode.rawValue))",
                cause: error)
        }
    }

    private static func full(doing action: String, path: String, cause: any Error) -> StoreError {
        StoreError(
            .full,
            "\(action) failed: no room left for \(path); nothing was written; free disk space, it goes on by itself",
            cause: cause)
    }
}

/// Tells a full disk from a broken one: SQLite reports some writes that found no room as plain I/O errors
/// (`SQLITE_IOERR_SHMSIZE` when the shared-memory file cannot grow).
private enum FreeSpace {
    /// Less than this is as good as nothing: one 32 KiB extension of the shared-memory file.
    static let byteCountMin: UInt64 = 32_768

    static func isUsedUp(at path: String) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return false }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) < byteCountMin
    }
}
