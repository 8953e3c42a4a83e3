internal import FoundationEssentials
internal import SluicePorts

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// The database's place on disk: readable by its owner alone.
struct DatabaseFile {
    /// Absolute.
    let path: String
    private let directory: String

    /// Makes the directory if it is missing.
    init(path: String) throws {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        self.path = absolute
        let slash = absolute.lastIndex(of: "/") ?? absolute.startIndex
        directory = slash == absolute.startIndex ? "/" : String(absolute[..<slash])
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.unavailable, "directory \(directory) cannot be made: \(error)", cause: error)
        }
    }

    /// Makes the file, empty, before SQLite would make it readable for all; SQLite gives the log the same mode.
    func create() throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be opened for writing") }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw failure("cannot be made private (mode 0600)") }
    }

    /// Puts the names of new files on disk; SQLite does it for the log only.
    func syncDirectory() throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("is in a directory that cannot be read") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("is in a directory that cannot be synced") }
    }

    /// What SQLite is asked to open.
    func name(vfs: String?) -> String {
        guard let vfs else { return path }
        let safe = path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"): "%" + hexadecimal(byte)
            default: String(Unicode.Scalar(byte))
            }
        }
        return "file:\(safe.joined())?vfs=\(vfs)"
    }

    private func hexadecimal(_ byte: UInt8) -> String { String(byte, radix: 16, uppercase: true) }

    private func failure(_ what: String) -> StoreError {
        StoreError(.unavailable, "\(path) \(what): \(String(cString: strerror(errno))); check owner, mode and disk")
    }
}
