#if canImport(Glibc)
    import Glibc
#endif

/// The limit of the disk: one caller that writes and syncs, over and over.
///
/// Wraps round at 4 MiB, as SQLite's write-ahead log does after a checkpoint (1000 pages).
struct SyncRound {
    let path: String
    let writeByteCount: Int
    let limit: RoundLimit

    private static let fileByteCountMax = 4 * 1024 * 1024

    func run() throws -> Measurement {
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchError("cannot open \(path): errno \(errno)") }
        defer { close(file) }
        let bytes = [UInt8](repeating: 0x5A, count: writeByteCount)
        let clock = ContinuousClock()
        var latencies: [Duration] = []
        var offset = 0
        let before = try ProcessUsage.now()
        let start = clock.now
        while clock.now - start < limit.duration, latencies.count < limit.count {
            let began = clock.now
            guard pwrite(file, bytes, bytes.count, offset) == bytes.count, fdatasync(file) == 0 else {
                throw BenchError("cannot write to \(path): errno \(errno)")
            }
            latencies.append(clock.now - began)
            offset += bytes.count
            if offset + bytes.count > Self.fileByteCountMax { offset = 0 }
        }
        let duration = clock.now - start
        let after = try ProcessUsage.now()
        return Measurement(
            count: latencies.count, duration: duration, latencies: latencies, cpu: after.cpu - before.cpu,
            byteCountWritten: after.byteCountWritten - before.byteCountWritten)
    }
}
