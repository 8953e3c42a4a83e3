#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A file without a name: nobody else can open it, and it is gone with this object, even when the process is killed.
final class PrivateFile: Sendable {
    /// Why the file system did not take it, in the system's words.
    struct Failure: Error {
        let message: String
    }

    private let descriptor: Int32

    /// Makes an empty one in a folder.
    init(in folder: String) throws(Failure) {
        var random = SystemRandomNumberGenerator()
        let name = "\(folder)/sluice-\(String(UInt64.random(in: .min ... .max, using: &random), radix: 16)).upload"
        descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(message: String(cString: strerror(errno))) }
        unlink(name)
    }

    deinit { close(descriptor) }

    /// The folder that the system keeps temporary files in: `TMPDIR`, or `/tmp`.
    static var standardFolder: String { FileManager.default.temporaryDirectory.path }

    /// Writes the bytes at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = write(descriptor, start, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(message: String(cString: strerror(errno))) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Reads bytes from a place on; fewer than the count only at the end.
    func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw Failure(message: String(cString: strerror(errno))) }
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Has somebody read it who needs a path, which leads nowhere afterwards (proc(5), `/proc/self/fd`).
    func read<Value>(_ body: (_ path: String) async -> Value) async -> Value {
        let value = await body("/proc/self/fd/\(descriptor)")
        return withExtendedLifetime(self) { value }
    }
}
