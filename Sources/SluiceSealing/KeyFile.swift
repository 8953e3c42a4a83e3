internal import SluicePorts

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Small secret files: read only when nobody else can read them, made only complete.
enum KeyFile {
    /// Longest file that is read; a key is 45 bytes.
    static let byteCountMax = 1024

    /// The file's text; nil when there is no file.
    static func read(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot read the key file \(path)", "check its owner and rights")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure("cannot read the key file \(path)", "check the disk")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SealingError("the key file \(path) is not a regular file; name the file itself")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw SealingError(
                "the key file \(path) has mode 0\(mode), so others can read or change it; run: chmod 600 '\(path)'")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: byteCountMax + 1)
        while bytes.count <= byteCountMax {
            let count = unistdRead(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read the key file \(path)", "check the disk") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard bytes.count <= byteCountMax else {
            throw SealingError("the key file \(path) is longer than \(byteCountMax) bytes, so it holds no key")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the file with mode 0600, on durable storage when this returns. It appears complete or not at all.
    /// - Returns: false when the file is there already.
    static func create(_ path: String, text: String) throws -> Bool {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try makeDirectory(directory)
        let draft = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw failure("cannot make the key file \(path)", "check the rights of \(directory)")
        }
        defer { unlink(draft) }
        do {
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            guard fchmod(descriptor, 0o600) == 0, write(descriptor, bytes, bytes.count) == bytes.count,
                fsync(descriptor) == 0
            else { throw failure("cannot write the key file \(path)", "check the space in \(directory)") }
        }
        guard link(draft, path) == 0 else {
            if errno == EEXIST { return false }
            throw failure("cannot make the key file \(path)", "check the rights of \(directory)")
        }
        try syncDirectory(directory)
        return true
    }

    /// Makes a directory and those above it, readable by us alone; one that is there stays as it is.
    private static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw failure("cannot make the directory \(path)", "make it, or set key.file")
        }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw failure("cannot make the directory \(path)", "make it, or set key.file")
        }
    }

    private static func syncDirectory(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the directory \(path)", "check its rights") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync the directory \(path)", "check the disk") }
    }

    private static func failure(_ what: String, _ advice: String) -> SealingError {
        SealingError("\(what): \(String(cString: strerror(errno))); \(advice)")
    }
}

/// `read(2)`, which the type's own `read` hides.
private func unistdRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
