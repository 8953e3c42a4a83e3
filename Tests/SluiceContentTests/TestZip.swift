import CZlib
import SluiceModel
import Testing

@testable import SluiceContent

/// Writes zip archives for tests, also wrong ones: every field can be set apart from the truth.
struct TestZip {
    struct Entry {
        var name: [UInt8]
        var packed: [UInt8]
        var size: Int
        var checksum: UInt32
        var method: UInt16 = 8
        var flags: UInt16 = 0x0800
        /// The name in the local header, when it differs.
        var localName: [UInt8]?
        /// Use the local header and the data of another entry.
        var sharesDataOf: Int?

        init(_ name: String, _ content: [UInt8], isStored: Bool = false) {
            self.init(name, pieces: CollectionOfOne(content), isStored: isStored)
        }

        init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

        /// Packs piece after piece, so that a huge entry needs little memory.
        init(_ name: String, pieces: some Sequence<[UInt8]>, isStored: Bool = false) {
            self.name = Array(name.utf8)
            method = isStored ? 0 : 8
            packed = []
            size = 0
            var crc = crc32(0, nil, 0)
            var deflater = Deflater()
            for piece in pieces {
                size += piece.count
                crc = piece.withUnsafeBufferPointer { crc32(crc, $0.baseAddress, UInt32($0.count)) }
                if isStored { packed += piece } else { deflater.add(piece, to: &packed) }
            }
            deflater.finish(into: &packed, isNeeded: !isStored)
            checksum = UInt32(crc)
        }
    }

    var entries: [Entry] = []
    var comment: [UInt8] = []

    init(_ entries: Entry...) { self.entries = entries }
    init(_ entries: [Entry]) { self.entries = entries }

    /// The archive's bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        for entry in entries {
            if let other = entry.sharesDataOf {
                offsets.append(offsets[other])
                continue
            }
            offsets.append(bytes.count)
            let name = entry.localName ?? entry.name
            bytes += number(0x0403_4B50, 4) + number(20, 2) + number(Int(entry.flags), 2)
            bytes += number(Int(entry.method), 2) + number(0, 4) + sizes(entry) + number(name.count, 2) + number(0, 2)
            bytes += name + entry.packed
        }
        let start = bytes.count
        for (entry, offset) in zip(entries, offsets) {
            bytes += number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + number(Int(entry.flags), 2)
            bytes += number(Int(entry.method), 2) + number(0, 4) + sizes(entry) + number(entry.name.count, 2)
            bytes += number(0, 12) + number(offset, 4) + entry.name
        }
        let size = bytes.count - start
        bytes += number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
        bytes += number(size, 4) + number(start, 4) + number(comment.count, 2) + comment
        return bytes
    }

    private func sizes(_ entry: Entry) -> [UInt8] {
        number(Int(entry.checksum), 4) + number(entry.packed.count, 4) + number(entry.size, 4)
    }

    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> ($0 * 8)) : 0 }
    }
}

/// Raw DEFLATE.
private struct Deflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() {
        stream.initialize(to: z_stream())
        deflateInit2_(
            stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
    }

    mutating func add(_ piece: [UInt8], to packed: inout [UInt8]) { run(piece, Z_NO_FLUSH, &packed) }

    /// Ends the data when it is needed, and frees the stream.
    mutating func finish(into packed: inout [UInt8], isNeeded: Bool) {
        if isNeeded { run([], Z_FINISH, &packed) }
        deflateEnd(stream)
        stream.deallocate()
    }

    private func run(_ piece: [UInt8], _ flush: Int32, _ packed: inout [UInt8]) {
        var piece = piece
        var buffer = [UInt8](repeating: 0, count: 65_536)
        piece.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let given = buffer.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    deflate(stream, flush)
                    return output.count - Int(stream.pointee.avail_out)
                }
                packed += buffer[..<given]
            } while stream.pointee.avail_out == 0
        }
    }
}

extension TestZip {
    /// The bytes of every file of an archive, by name.
    static func contents(of path: String) throws -> [String: [UInt8]] {
        var diagnostics: [Diagnostic] = []
        let reader = try #require(ZipArchiveReader(path: path, diagnostics: &diagnostics))
        var files: [String: [UInt8]] = [:]
        for entry in reader.entries {
            var bytes: [UInt8] = []
            let problem = reader.read(entry) {
                bytes += $0
                return true
            }
            #expect(problem == nil)
            files[entry.name] = bytes
        }
        return files
    }
}
