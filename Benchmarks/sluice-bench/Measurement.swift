#if canImport(Glibc)
    import Glibc
#endif

/// When a measurement ends: at the earlier of the two.
struct RoundLimit: Sendable {
    let duration: Duration
    let count: Int
}

/// What one measurement gave.
struct Measurement: Sendable {
    /// Holds that were acknowledged.
    let count: Int
    let duration: Duration
    /// Time until the acknowledgement, one for each hold.
    let latencies: [Duration]
    /// User and system time of this whole process.
    let cpu: Duration
    let byteCountWritten: Int

    var json: String {
        let sorted = latencies.sorted()
        return #"{"count":\#(count),"perSecond":\#(Double(count) / duration.inSeconds),"#
            + #""p50Milliseconds":\#(percentile(50, of: sorted)),"p99Milliseconds":\#(percentile(99, of: sorted)),"#
            + #""cpuMicroseconds":\#(cpu.inSeconds * 1_000_000 / Double(max(1, count))),"#
            + #""bytes":\#(byteCountWritten / max(1, count))}"#
    }

    private func percentile(_ percent: Int, of sorted: [Duration]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, sorted.count * percent / 100)].inSeconds * 1000
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// What the kernel counts for this process.
struct ProcessUsage {
    let cpu: Duration
    /// Bytes given to write calls, whether or not they reached the disk.
    let byteCountWritten: Int

    static func now() throws -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = Int(usage.ru_utime.tv_usec) + Int(usage.ru_stime.tv_usec)
        return ProcessUsage(
            cpu: .seconds(seconds) + .microseconds(microseconds), byteCountWritten: try readByteCountWritten())
    }

    /// The line `wchar: N` of /proc/self/io.
    private static func readByteCountWritten() throws -> Int {
        guard let file = fopen("/proc/self/io", "r") else { throw BenchError("cannot read /proc/self/io") }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard line.hasPrefix("wchar:") else { continue }
            if let number = Int(line.dropFirst(6).filter(\.isNumber)) { return number }
        }
        throw BenchError("/proc/self/io has no line wchar")
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
