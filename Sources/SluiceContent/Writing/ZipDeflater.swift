import CZlib

/// Packs one whole entry as raw DEFLATE, always at the same level, so that equal bytes pack to equal bytes.
///
/// The bytes depend on the zlib that is linked; one machine and one zlib give the same archive each time.
enum ZipDeflater {
    /// How hard zlib tries; named here because the bytes of a pack depend on it.
    enum Level: Int32 {
        /// For documents of a pack that is changed: half as long, a fifth larger.
        case fast = 1
        /// For a pack that is built once.
        case best = 9
    }

    /// Packs the bytes.
    static func deflated(_ bytes: [UInt8], level: Level = .best) -> [UInt8] {
        // `z_stream` holds a pointer to itself, so it lives at one address (as in ZipInflater).
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer {
            deflateEnd(stream)
            stream.deinitialize(count: 1)
            stream.deallocate()
        }
        let size = Int32(MemoryLayout<z_stream>.size)
        let started = deflateInit2_(
            stream, level.rawValue, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        // It fails only when memory does, or when the library is another one than was compiled against.
        precondition(started == Z_OK, "zlib does not start")
        let capacity = Int(deflateBound(stream, UInt(bytes.count)))
        return bytes.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(capacity)
                precondition(deflate(stream, Z_FINISH) == Z_STREAM_END, "zlib packs into its own bound")
                count = capacity - Int(stream.pointee.avail_out)
            }
        }
    }
}
