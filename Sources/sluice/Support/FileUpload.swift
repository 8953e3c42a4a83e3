import Glibc
import NIOCore

/// A file to be sent as the body of a request, piece by piece.
struct FileUpload: Hashable, Sendable {
    let path: String
    /// Bytes when it was looked at.
    let byteCount: Int
    let contentType: String

    /// Looks at a file.
    /// - Throws: `CommandFailure` when it is no regular file or cannot be read.
    init(path: String, contentType: String = "application/java-archive") throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0 else {
            throw CommandFailure(
                .failed, "\(path.printable) is no file that can be read", advice: "check the path and its permissions")
        }
        self.path = path
        self.contentType = contentType
        byteCount = Int(status.st_size)
    }

    /// Its bytes.
    var pieces: Pieces { Pieces(path: path) }

    /// The bytes of a file in pieces, as they are asked for.
    struct Pieces: AsyncSequence, Sendable {
        let path: String

        /// Bytes of one piece.
        static let byteCount = 256 << 10

        func makeAsyncIterator() -> Iterator { Iterator(file: OpenFile(path)) }

        struct Iterator: AsyncIteratorProtocol {
            fileprivate let file: OpenFile

            mutating func next() async throws -> ByteBuffer? { try file.next() }
        }
    }

    /// Reading failed, with the system's words.
    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Closed when nobody reads it any more.
    fileprivate final class OpenFile {
        private let descriptor: Int32
        private let path: String

        init(_ path: String) {
            self.path = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        func next() throws -> ByteBuffer? {
            var piece = [UInt8](repeating: 0, count: Pieces.byteCount)
            while true {
                let count = Glibc.read(descriptor, &piece, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else {
                    throw Unreadable(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
                }
                return count == 0 ? nil : ByteBuffer(bytes: piece.prefix(count))
            }
        }
    }
}
