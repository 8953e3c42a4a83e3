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

    /// A file as it will stand in the archive; made on any thread.
    struct Packed: Sendable {
        let name: String
        let method: UInt16
        let checksum: UInt32
        let size: Int
        let data: [UInt8]

        init(_ entry: Entry, level: ZipDeflater.Level) {
            let packed = ZipDeflater.deflated(entry.bytes, level: level)
            let isStored = packed.count >= entry.bytes.count
            var sum = Checksum()
            entry.bytes.withUnsafeBytes { if !$0.isEmpty { sum.update($0) } }
            name = entry.name
            method = isStored ? ZipEntry.stored : ZipEntry.deflated
            checksum = UInt32(truncatingIfNeeded: sum.value)
            size = entry.bytes.count
            data = isStored ? entry.bytes : packed
        }
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
    private var names: Set<String> = []
    private let file: ReplacedFile
    private let path: String

    /// Begins an archive aside of its place; whoever gets a failure from here on discards it.
    init(path: String) throws(ContentError) {
        self.path = path
        file = try ReplacedFile(path: path)
    }

    /// Writes the archive aside and renames it; on an error nothing is left, and what was there before stays.
    static func write(_ entries: [Entry], to path: String) throws(ContentError) {
        var writer = try ZipArchiveWriter(path: path)
        do throws(ContentError) {
            for entry in entries { try writer.append(entry) }
            try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
    }

    /// Leaves nothing behind.
    func discard() { file.discard() }

    /// Adds a file, packed anew.
    mutating func append(_ entry: Entry) throws(ContentError) { try append(Packed(entry, level: .best)) }

    /// Adds a file that is packed already.
    mutating func append(_ packed: Packed) throws(ContentError) {
        guard packed.size <= ContentLimits().documentBytesMax else {
            throw ContentError(
                "archive-size", "\(shown(packed.name)) is larger than \(ContentLimits().documentBytesMax) bytes",
                file: path)
        }
        try header(
            packed.name, method: packed.method, checksum: packed.checksum, packedSize: packed.data.count,
            size: packed.size)
        try put(packed.data)
    }

    /// Adds an entry of another archive as it is packed there.
    mutating func append(copyOf entry: ZipEntry, in archive: ZipArchiveReader) throws(ContentError) {
        try header(
            entry.name, method: entry.method, checksum: entry.checksum, packedSize: entry.packedSize, size: entry.size)
        var failure: ContentError?
        try archive.readPacked(entry) { piece in
            do throws(ContentError) {
                try put(Array(piece))
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    /// Writes an entry's own header and notes it for the directory.
    private mutating func header(
        _ entryName: String, method: UInt16, checksum: UInt32, packedSize: Int, size: Int
    ) throws(ContentError) {
        let name = Array(entryName.utf8)
        guard !name.isEmpty, name.count <= 0xFFFF else {
            throw ContentError("archive-name", "a name has \(name.count) bytes; 1 to 65535 are possible", file: path)
        }
        guard names.insert(entryName).inserted else {
            throw ContentError("archive-name", "two entries have the name \(shown(entryName))", file: path)
        }
        guard names.count <= Self.entryCountMax else {
            throw ContentError(
                "archive-size", "more than \(Self.entryCountMax) entries; split the pack", file: path)
        }
        var common: [UInt8] = []
        common.put(method == ZipEntry.stored ? 10 : 20, 2)
        common.put(name.allSatisfy { $0 < 0x80 } ? 0 : Self.utf8Flag, 2)
        common.put(UInt64(method), 2)
        common.put(Self.dosDate << 16, 4)
        common.put(UInt64(checksum), 4)
        common.put(UInt64(packedSize), 4)
        common.put(UInt64(size), 4)
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
        try put(local)
    }

    /// Writes the directory, and gives the archive its name.
    mutating func finish() throws(ContentError) {
        let count = names.count
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
