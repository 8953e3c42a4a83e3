import Glibc

/// A regular file open for reading at any place.
///
/// It reads with `pread`, never through a mapping: a mapped file that shrinks raises SIGBUS.
/// Not thread-safe, and not `Sendable`: one reader owns it.
final class RandomAccessFile {
    /// The file's path as the user gave it.
    let path: String
    /// Bytes when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Opens a regular file; never blocks on a pipe or a device.
    init(path: String) throws(ContentError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno == ENOENT ? "file-not-found" : "file-unreadable"
            throw ContentError(code, "cannot open the file: \(systemMessage(errno))", file: path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ContentError("file-unreadable", "is not a regular file", file: path)
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads into a buffer from an offset; returns fewer bytes only at the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ContentError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw ContentError("file-unreadable", "cannot read the file: \(systemMessage(errno))", file: path)
            }
            done += count
        }
        return done
    }

    /// Exactly so many bytes from an offset, or nil when the file ends before.
    func bytes(at offset: Int, count: Int) throws(ContentError) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: ContentError?
        let read = bytes.withUnsafeMutableBytes { buffer in
            do throws(ContentError) {
                return try self.read(at: offset, into: buffer)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return read == count ? bytes : nil
    }

    /// The whole file in pieces of `ContentLimits.chunkBytes`, until the receiver answers false.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) -> Bool) throws(ContentError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ContentLimits.chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try read(at: offset, into: buffer)
            guard count > 0, body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
            offset += count
        }
    }
}

/// Standard input and other descriptors that the process was given, by the names that shells have for them: they may be
/// pipes, so they are read once, from where they are.
struct GivenStream {
    private let descriptor: Int32
    private let path: String

    /// nil for a path that names none.
    init?(path: String) {
        self.path = path
        if path == "-" || path == "/dev/stdin" {
            descriptor = 0
        } else if path.hasPrefix("/dev/fd/"), let number = Int32(path.dropFirst(8)), number >= 0 {
            descriptor = number
        } else {
            return nil
        }
    }

    /// Its bytes in pieces until its end, or until the receiver answers false; blocks while it waits for them.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) -> Bool) throws(ContentError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ContentLimits.chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ContentError("file-unreadable", "cannot read: \(systemMessage(errno))", file: path)
            }
            guard count > 0, body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
        }
    }
}

/// The system's text for an error number.
func systemMessage(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
