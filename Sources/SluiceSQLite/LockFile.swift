internal import SluicePorts

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Keeps a second process away from a database: an exclusive `flock` on a file beside it that holds the owner's pid.
///
/// The kernel drops the lock when the process ends, however it ends; the file itself stays.
final class LockFile: Sendable {
    private let descriptor: Int32

    /// - Throws: `StoreError` `.locked`, naming the file and the pid, when another process (or this one) holds it.
    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(
                .unavailable,
                "lock file \(path) cannot be opened: \(String(cString: strerror(errno))); check its directory")
        }
        guard LockFile.take(descriptor) else {
            let reason = errno
            let owner = LockFile.owner(descriptor)
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw StoreError(
                    .unavailable, "lock file \(path) cannot be locked: \(String(cString: strerror(reason)))")
            }
            throw StoreError(
                .locked,
                "\(path) is held by process \(owner ?? "of unknown id"): stop it, or give this one a database of "
                    + "its own"
            )
        }
        self.descriptor = descriptor
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        let written = text.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count - 1, 0) }
        guard written == text.utf8.count else {
            // A full disk leaves the file empty; the lock holds all the same, only its owner is not named.
            return
        }
    }

    deinit { close(descriptor) }

    /// Tries, and how long between two: a process that is ending, or has just forked a child, lets go in a moment.
    private static let tryCountMax = 20
    private static let retryMicroseconds: UInt32 = 25_000

    /// Takes the lock, waiting a moment for an owner that is about to let go; leaves `errno` of the last try.
    private static func take(_ descriptor: Int32) -> Bool {
        for attempt in 1...tryCountMax {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK, attempt < tryCountMax else { return false }
            usleep(retryMicroseconds)
        }
        return false
    }

    /// The pid in the file; nil when there is none yet.
    private static func owner(_ descriptor: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let digits = buffer[..<count].prefix { (48...57).contains($0) }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }
}
