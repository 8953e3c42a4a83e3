/// Writes a zip whose bytes depend on nothing but the names and bytes of its entries, in the order given.
///
/// Time 1980-01-01 00:00, one deflate level, no extra fields (APPNOTE 6.3.10 sections 4.3.7, 4.3.12, 4.3.16).
struct ZipArchiveWriter {
    /// One file of the archive.
    struct Entry: Sendable {
        /// Its place, `/` between folders.
        var name: String
        var bytes: [UInt8]
    }

    /// Entries that a zip without zip64 can count.
    static let entryCountMax = 65_535 - 1
    /// Bytes that it can address.
    static let bytesMax = 0xFFFF_FFFE
    /// 1980-01-01, the first day of DOS time.
    private static let dosDate: UInt64 = 0x21
    /// Bit 11: the name is UTF-8.
    private static let utf8Flag: UInt64 = 1 << 11

    private var directory: [UInt8] = []
    private var offset = 0
    private let file: ReplacedFile
    private let path: String

    private init(path: String) throws(ContentError) {
        self.path = path
        file = try ReplacedFile(path: path)
    }

    /// Writes the archive aside and renames it; on an error nothing is left, and what was there before stays.
    static func write(_ entries: [Entry], to path: String) throws(ContentError) {
        guard entries.count <= entryCountMax else {
            throw ContentError(
                "archive-size", "\(entries.count) entries are more than \(entryCountMax); split the pack", file: path)
        }
        let names = Set(entries.map(\.name))
        guard names.count == entries.count else {
            throw ContentError("archive-name", "two entries have the same name", file: path)
        }
        var writer = try ZipArchiveWriter(path: path)
        do throws(ContentError) {
            for entry in entries { try writer.append(entry) }
            try writer.finish(entries.count)
        } catch {
            writer.file.discard()
            throw error
        }
    }

    private mutating func append(_ entry: Entry) throws(ContentError) {
        let name = Array(entry.name.utf8)
        guard !name.isEmpty, name.count <= 0xFFFF else {
            throw ContentError("archive-name", "a name has \(name.count) bytes; 1 to 65535 are possible", file: path)
        }
        guard entry.bytes.count <= ContentLimits().documentBytesMax else {
            throw ContentError(
                "archive-size", "\(shown(entry.name)) is larger than \(ContentLimits().documentBytesMax) bytes",
                file: path)
        }
        let packed = ZipDeflater.deflated(entry.bytes)
        let isStored = packed.count >= entry.bytes.count
        let data = isStored ? entry.bytes : packed
        var checksum = Checksum()
        entry.bytes.withUnsafeBytes { if !$0.isEmpty { checksum.update($0) } }
        var common: [UInt8] = []
        common.put(isStored ? 10 : 20, 2)
        common.put(name.allSatisfy { $0 < 0x80 } ? 0 : Self.utf8Flag, 2)
        common.put(isStored ? 0 : 8, 2)
        common.put(Self.dosDate << 16, 4)
        common.put(UInt64(checksum.value), 4)
        common.put(UInt64(data.count), 4)
        common.put(UInt64(entry.bytes.count), 4)
        common.put(UInt64(name.count), 2)
        common.put(0, 2)
        var local: [UInt8] = []
        local.put(0x0403_4B50, 4)
        local += common + name
        directory.put(0x0201_4B50, 4)
        directory.put(20, 2)
        directory += common
        // No comment, disk 0, no attributes: then where the entry starts.
        directory.put(0, 2)
        directory.put(0, 2)
        directory.put(0, 2)
        directory.put(0, 4)
        directory.put(UInt64(offset), 4)
        directory += name
        try put(local + data)
    }

    private mutating func finish(_ count: Int) throws(ContentError) {
        let start = offset
        let size = directory.count
        var end: [UInt8] = []
        end.put(0x0605_4B50, 4)
        end.put(0, 4)
        end.put(UInt64(count), 2)
        end.put(UInt64(count), 2)
        end.put(UInt64(size), 4)
        end.put(UInt64(start), 4)
        end.put(0, 2)
        try put(directory + end)
        try file.commit()
    }

    private mutating func put(_ bytes: [UInt8]) throws(ContentError) {
        guard offset + bytes.count <= Self.bytesMax else {
            throw ContentError("archive-size", "would be larger than 4 GiB; split the pack", file: path)
        }
        try file.write(bytes)
        offset += bytes.count
    }
}

extension [UInt8] {
    /// Appends the low bytes of a number, least first.
    fileprivate mutating func put(_ value: UInt64, _ byteCount: Int) {
        for index in 0..<byteCount { append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }
}
