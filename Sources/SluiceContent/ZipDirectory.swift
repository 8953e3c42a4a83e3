/// Finds and reads an archive's central directory; APPNOTE.TXT 6.3 sections 4.3 and 4.4 name the fields.
struct ZipDirectory {
    /// Where the directory lies.
    struct Place {
        var offset: Int
        var size: Int
        var count: Int
    }

    private static let endRecordBytes = 22
    private static let commentBytesMax = 65_535
    private let file: RandomAccessFile
    private let limits: ContentLimits

    init(file: RandomAccessFile, limits: ContentLimits) {
        self.file = file
        self.limits = limits
    }

    /// Finds the end record, or its 64-bit form, and checks what it says of the directory.
    func place() throws(ContentError) -> Place {
        let tailBytes = min(file.size, Self.endRecordBytes + Self.commentBytesMax)
        guard tailBytes >= Self.endRecordBytes, let tail = try file.bytes(at: file.size - tailBytes, count: tailBytes)
        else { throw failure("zip-not-an-archive", "is not a zip archive, or is cut short") }
        // The comment must reach exactly the end of the file: junk after the record could hide another directory.
        var start = tail.count - Self.endRecordBytes
        while start >= 0 {
            if tail[start] == 0x50, tail[start + 1] == 0x4B, tail[start + 2] == 5, tail[start + 3] == 6,
                Int(tail[start + 20]) | Int(tail[start + 21]) << 8 == tail.count - start - Self.endRecordBytes
            {
                return try place(ByteReader(tail, at: start + 4), recordOffset: file.size - tailBytes + start)
            }
            start -= 1
        }
        throw failure("zip-not-an-archive", "is not a zip archive, or is cut short: it has no end record")
    }

    private func place(_ record: ByteReader, recordOffset: Int) throws(ContentError) -> Place {
        var record = record
        guard let disk = record.uint16(), let directoryDisk = record.uint16(), let countHere = record.uint16(),
            let count = record.uint16(), let size = record.uint32(), let offset = record.uint32()
        else { throw failure("zip-truncated", "its end record is cut short") }
        if let wide = try widePlace(before: recordOffset) { return try checked(wide, endOffset: recordOffset) }
        guard disk == 0, directoryDisk == 0, countHere == count else {
            throw failure("zip-multi-disk", "archives in several parts are not supported")
        }
        return try checked(
            Place(offset: Int(offset), size: Int(size), count: Int(count)), endOffset: recordOffset)
    }

    /// The 64-bit end record, when a locator stands right before the classic one.
    private func widePlace(before recordOffset: Int) throws(ContentError) -> Place? {
        guard recordOffset >= 20, let bytes = try file.bytes(at: recordOffset - 20, count: 20) else { return nil }
        var locator = ByteReader(bytes)
        guard locator.uint32() == 0x0706_4B50 else { return nil }
        guard let disk = locator.uint32(), let position = locator.number(8), let disks = locator.uint32(), disk == 0,
            disks <= 1, position <= UInt64(recordOffset), let wide = try file.bytes(at: Int(position), count: 56)
        else { throw failure("zip-truncated", "its zip64 locator points nowhere") }
        var record = ByteReader(wide)
        guard record.uint32() == 0x0606_4B50, record.skip(12), record.uint32() == 0, record.uint32() == 0,
            let countHere = record.number(8), let count = record.number(8), let size = record.number(8),
            let offset = record.number(8), countHere == count
        else { throw failure("zip-truncated", "its zip64 end record is wrong") }
        guard count <= UInt64(limits.archiveEntryCountMax), size <= UInt64(file.size), offset <= UInt64(file.size)
        else { throw failure("zip-truncated", "its directory lies outside the file or has too many entries") }
        return Place(offset: Int(offset), size: Int(size), count: Int(count))
    }

    private func checked(_ place: Place, endOffset: Int) throws(ContentError) -> Place {
        guard place.count <= limits.archiveEntryCountMax else {
            throw failure("zip-too-many-entries", "has more than \(limits.archiveEntryCountMax) entries")
        }
        guard place.size <= limits.archiveDirectoryBytesMax else {
            throw failure(
                "zip-directory-size", "its directory is larger than \(limits.archiveDirectoryBytesMax) bytes")
        }
        guard place.offset <= endOffset, place.size <= endOffset - place.offset, place.count * 46 <= place.size else {
            throw failure("zip-truncated", "its directory lies outside the file")
        }
        return place
    }

    /// The entries as declared; those that cannot be trusted are left out, with a remark.
    func entries(_ place: Place, diagnostics: inout DiagnosticList) throws(ContentError) -> [ZipEntry] {
        guard let bytes = try file.bytes(at: place.offset, count: place.size) else {
            throw failure("zip-truncated", "ended while its directory was read")
        }
        var reader = ByteReader(bytes)
        var entries: [ZipEntry] = []
        entries.reserveCapacity(place.count)
        for _ in 0..<place.count {
            guard reader.uint32() == 0x0201_4B50, reader.skip(4), let flags = reader.uint16(),
                let method = reader.uint16(), reader.skip(4), let checksum = reader.uint32(),
                let packed = reader.uint32(), let size = reader.uint32(), let nameBytes = reader.uint16(),
                let extraBytes = reader.uint16(), let commentBytes = reader.uint16(), reader.skip(8),
                let offset = reader.uint32(), let name = reader.slice(Int(nameBytes)),
                let extra = reader.slice(Int(extraBytes)), reader.skip(Int(commentBytes))
            else { throw failure("zip-truncated", "its directory is damaged at entry \(entries.count + 1)") }
            do throws(ContentError) {
                let wide = try sizes(packed: packed, size: size, offset: offset, extra: extra)
                let entry = ZipEntry(
                    name: try safeName(name), size: wide.size, packedSize: wide.packed, method: method,
                    checksum: checksum, headerOffset: wide.offset)
                try accept(entry, flags: flags)
                entries.append(entry)
            } catch {
                diagnostics.append(error)
            }
        }
        return entries
    }

    /// Sizes and offset, from the zip64 extra field where the classic ones say so.
    private func sizes(
        packed: UInt32, size: UInt32, offset: UInt32, extra: ArraySlice<UInt8>
    ) throws(ContentError) -> (packed: Int, size: Int, offset: Int) {
        var values = [UInt64(size), UInt64(packed), UInt64(offset)]
        if values.contains(0xFFFF_FFFF) {
            var reader = ByteReader(Array(extra))
            while let id = reader.uint16(), let bytes = reader.uint16(), let field = reader.slice(Int(bytes)) {
                guard id == 1 else { continue }
                var wide = ByteReader(Array(field))
                for index in values.indices where values[index] == 0xFFFF_FFFF {
                    guard let value = wide.number(8) else {
                        throw failure("zip-truncated", "an entry's zip64 field is cut short")
                    }
                    values[index] = value
                }
            }
        }
        guard values.allSatisfy({ $0 <= UInt64(Int64.max / 4) }) else {
            throw failure("zip-entry-size", "an entry declares an impossible size")
        }
        return (Int(values[1]), Int(values[0]), Int(values[2]))
    }

    private func safeName(_ bytes: ArraySlice<UInt8>) throws(ContentError) -> String {
        guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty else {
            throw failure(
                "zip-unsafe-name",
                "an entry's name is empty or not UTF-8: \(shown(String(decoding: bytes, as: UTF8.self)))"
            )
        }
        guard !name.utf8.contains(UInt8(ascii: "\\")) else {
            throw failure(
                "zip-unsafe-name",
                "an entry's name has backslashes, as some Windows tools write; pack it again with / between folders: "
                    + shown(name))
        }
        let isUnsafe =
            name.utf8.first == UInt8(ascii: "/") || name.utf8.contains(0)
            || name.utf8.split(separator: UInt8(ascii: "/")).contains { Array($0) == Array("..".utf8) }
        guard !isUnsafe else {
            throw failure("zip-unsafe-name", "an entry's name leads out of the archive: \(shown(name))")
        }
        return name
    }

    private func accept(_ entry: ZipEntry, flags: UInt16) throws(ContentError) {
        let place = "\(file.path)!/\(shown(entry.name))"
        guard flags & 0x0041 == 0, flags & 0x2000 == 0 else {
            throw ContentError("zip-encrypted", "the entry is encrypted", file: place)
        }
        guard entry.method == ZipEntry.stored || entry.method == ZipEntry.deflated else {
            throw ContentError("zip-method", "the entry uses compression method \(entry.method)", file: place)
        }
        guard entry.size <= limits.documentBytesMax else {
            throw ContentError(
                "zip-entry-size", "the entry is larger than \(limits.documentBytesMax) bytes", file: place)
        }
        guard entry.method != ZipEntry.stored || entry.size == entry.packedSize else {
            throw ContentError("zip-truncated", "the entry's two sizes disagree", file: place)
        }
    }

    private func failure(_ code: String, _ message: String) -> ContentError {
        ContentError(code, message, file: file.path)
    }
}
