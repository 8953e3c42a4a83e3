import SluiceHTTP
import SluicePorts

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

/// A token kept in a file that only its owner can read; made at the first start.
enum TokenFile {
    /// Random bytes of a token that is made here.
    private static let randomByteCount = 32
    /// Longest token file read.
    private static let byteCountMax = 4096

    /// Reads the token, or makes the file with mode 0600.
    /// - Throws: `ServiceError` when it cannot be read or made, is too short, or others can read it.
    static func load(_ path: String) throws -> String {
        if !FileManager.default.fileExists(atPath: path) { try make(path) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes?[.posixPermissions] as? Int, let data = FileManager.default.contents(atPath: path)
        else {
            throw ServiceError("the token file \(path) cannot be read; check its path and rights")
        }
        guard mode & 0o077 == 0 else {
            throw ServiceError("others can read the token file \(path); run: chmod 600 \(path)")
        }
        let text = String(decoding: data.prefix(byteCountMax), as: UTF8.self).trimmed
        guard text.utf8.count >= Access.tokenByteCountMin else {
            throw ServiceError(
                "the token in \(path) has fewer than \(Access.tokenByteCountMin) characters; remove the file to have "
                    + "a new one made")
        }
        return text
    }

    private static func make(_ path: String) throws {
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        if !folder.isEmpty {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        var generator = SystemRandomNumberGenerator()
        let token = (0..<randomByteCount).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ServiceError("the token file \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let line = Array((token + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            throw ServiceError("the token file \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}

/// Why the service cannot start.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
    /// What failed, the value, and what to do.
    public let description: String

    public init(_ message: String) { description = message }
}
