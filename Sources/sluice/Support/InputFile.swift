import Glibc

/// Reads small files that the command line or the environment names.
enum InputFile {
    /// The bytes of a file, or of stdin when the path is `-`.
    /// - Throws: `CommandFailure` when it cannot be read or is larger than the limit.
    static func read(_ path: String, byteCountMax: Int, named name: String) throws -> [UInt8] {
        let isStandardInput = path == "-"
        let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, name, errno) }
        defer { if !isStandardInput { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, name, errno) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
            guard bytes.count <= byteCountMax else {
                throw CommandFailure(
                    .usage, "\(name): \(path.printable) is larger than \(byteCountMax) bytes",
                    advice: "name a smaller file")
            }
        }
    }

    private static func failure(_ path: String, _ name: String, _ code: Int32) -> CommandFailure {
        CommandFailure(
            .usage, "\(name): cannot read \(path.printable): \(String(cString: strerror(code)))",
            advice: "check the path and its permissions")
    }
}
