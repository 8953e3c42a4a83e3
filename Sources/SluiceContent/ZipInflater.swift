import CZlib

/// A raw DEFLATE decoder for one entry after another.
///
/// `z_stream` holds a pointer to itself, so it lives at one address and is never copied (swift-stack.md section 7).
final class ZipInflater {
    private let stream: UnsafeMutablePointer<z_stream>

    /// What one step did.
    enum Step {
        /// So many bytes of input were taken, so many of output given.
        case progress(taken: Int, given: Int)
        /// As before, and the compressed data ended.
        case end(taken: Int, given: Int)
        /// The input is not DEFLATE.
        case damaged
    }

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        // It fails only when memory does, or when the library is another one than was compiled against.
        precondition(inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK, "zlib does not start")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Forgets the entry before.
    func reset() { precondition(inflateReset2(stream, -MAX_WBITS) == Z_OK, "zlib does not reset") }

    /// Decodes some input into a buffer.
    func step(input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer) -> Step {
        let source = input.bindMemory(to: Bytef.self)
        let target = output.bindMemory(to: Bytef.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.pointee.avail_in = UInt32(source.count)
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(target.count)
        let result = inflate(stream, Z_NO_FLUSH)
        let taken = input.count - Int(stream.pointee.avail_in)
        let given = output.count - Int(stream.pointee.avail_out)
        switch result {
        case Z_OK, Z_BUF_ERROR: return .progress(taken: taken, given: given)
        case Z_STREAM_END: return .end(taken: taken, given: given)
        default: return .damaged
        }
    }
}

/// The running CRC-32 of an entry.
struct Checksum {
    private(set) var value: UInt = crc32(0, nil, 0)

    init() {}

    init(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        value = crc32(value, bytes.bindMemory(to: Bytef.self).baseAddress, UInt32(bytes.count))
    }
}
