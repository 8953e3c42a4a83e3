import Glibc

/// A file written aside and renamed into place, so that its name never shows half of it.
struct ReplacedFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// Opens the temporary file beside the target.
    init(path: String) throws(ContentError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).partial"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Self.failure("cannot be made: \(String(cString: strerror(errno)))", path)
        }
    }

    /// Writes the bytes at the end; who gets a failure discards the file.
    func write(_ bytes: [UInt8]) throws(ContentError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.write(descriptor, raw.baseAddress.map { $0 + offset }, raw.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw refused() }
            offset += count
        }
    }

    /// Brings it to the disk and gives it its name; who gets a failure discards the file.
    func commit() throws(ContentError) {
        guard fsync(descriptor) == 0 else { throw refused() }
        guard rename(temporaryPath, path) == 0 else { throw refused() }
        close(descriptor)
    }

    /// Leaves nothing behind.
    func discard() {
        close(descriptor)
        unlink(temporaryPath)
    }

    private func refused() -> ContentError {
        Self.failure("cannot be written: \(String(cString: strerror(errno)))", path)
    }

    private static func failure(_ message: String, _ path: String) -> ContentError {
        ContentError("file-write", message + "; check the folder, its rights and the free space", file: path)
    }
}
