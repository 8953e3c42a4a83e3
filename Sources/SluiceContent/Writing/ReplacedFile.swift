import Glibc

/// A file written aside and renamed into place, so that its name never shows half of it.
struct ReplacedFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    /// Names tried for the temporary file.
    private static let placeCountMax = 100

    /// Opens the temporary file beside the target; a link is followed, so that what it names is replaced.
    ///
    /// A target that is there must be a file: to rename over a device, a pipe or a folder would take it away. Its
    /// rights are kept.
    init(path: String) throws(ContentError) {
        let target = try Self.target(of: path)
        self.path = target.path
        (temporaryPath, descriptor) = try Self.temporaryPlace(beside: target.path) { temporary in
            open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        }
        if let rights = target.rights { fchmod(descriptor, rights) }
    }

    /// Makes something new beside a path, named for this process; what a killed program left is passed by.
    static func temporaryPlace(
        beside path: String, _ make: (String) -> Int32
    ) throws(ContentError) -> (path: String, result: Int32) {
        for number in 0..<placeCountMax {
            let place = "\(path).\(getpid())\(number == 0 ? "" : "-\(number)").partial"
            let result = make(place)
            if result >= 0 { return (place, result) }
            guard errno == EEXIST else { throw failure("cannot be made: \(systemMessage(errno))", path) }
        }
        throw failure("cannot be made: remove the files \(path).*.partial that were left there", path)
    }

    /// What is to be replaced, and its rights if it is there.
    private static func target(of path: String) throws(ContentError) -> (path: String, rights: mode_t?) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return (path, nil) }
        var place = path
        if status.st_mode & S_IFMT == S_IFLNK {
            guard let resolved = realpath(path, nil), stat(resolved, &status) == 0 else {
                throw failure("is a link that leads nowhere", path)
            }
            place = String(cString: resolved)
            free(resolved)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is there and is no file", path) }
        return (place, status.st_mode & 0o7777)
    }

    /// Writes the bytes at the end; who gets a failure discards the file.
    func write(_ bytes: [UInt8]) throws(ContentError) {
        guard Self.write(bytes, to: descriptor) else { throw refused() }
    }

    /// Writes all the bytes; false with `errno` when that failed.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.write(descriptor, raw.baseAddress.map { $0 + offset }, raw.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
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
        Self.failure("cannot be written: \(systemMessage(errno))", path)
    }

    private static func failure(_ message: String, _ path: String) -> ContentError {
        ContentError("file-write", message + "; check the folder, its rights and the free space", file: path)
    }
}
