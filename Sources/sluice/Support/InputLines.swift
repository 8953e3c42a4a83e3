import Glibc

/// The lines of a file, one after the other, without the whole of it in memory.
struct InputLines: ~Copyable {
    private let descriptor: Int32
    private let path: String
    private let lineByteCountMax: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Of the line that was given last, from 1.
    private(set) var number = 0

    private static let chunkByteCount = 64 * 1024

    /// - Parameter path: `-` for stdin.
    /// - Throws: `CommandFailure` when it cannot be read.
    init(path: String, lineByteCountMax: Int) throws {
        let number = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw Self.failure(path, errno) }
        descriptor = number
        self.path = path
        self.lineByteCountMax = lineByteCountMax
    }

    deinit { close(descriptor) }

    /// The next line without its end; nil after the last.
    /// - Throws: `CommandFailure` when it is too long or cannot be read.
    mutating func next() throws -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                number += 1
                return buffer[start..<end]
            }
            searched = buffer.count
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                number += 1
                return buffer[start...]
            }
            guard buffer.count - start <= lineByteCountMax else {
                throw CommandFailure(
                    .failed, "\(path.printable): line \(number + 1) has more than \(lineByteCountMax) bytes",
                    advice: "check that this is the file you mean")
            }
            buffer.removeFirst(start)
            searched -= start
            start = 0
            try fill()
        }
    }

    private mutating func fill() throws {
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        var count = read(descriptor, &chunk, chunk.count)
        while count < 0 && errno == EINTR { count = read(descriptor, &chunk, chunk.count) }
        guard count >= 0 else { throw Self.failure(path, errno) }
        if count == 0 { isAtEnd = true } else { buffer.append(contentsOf: chunk.prefix(count)) }
    }

    private static func failure(_ path: String, _ code: Int32) -> CommandFailure {
        CommandFailure(
            .usage, "cannot read \(path.printable): \(String(cString: strerror(code)))",
            advice: "check the path and its permissions")
    }
}
