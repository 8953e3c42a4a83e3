/// One file of an archive, as the central directory describes it.
public struct ZipEntry: Hashable, Sendable {
    /// Path inside the archive, `/` between folders; checked: relative, no `..`, no backslash, no NUL.
    public let name: String
    /// Inflated bytes as declared; what is really there is counted while inflating.
    public let size: Int
    /// Bytes in the archive.
    let packedSize: Int
    let method: UInt16
    let checksum: UInt32
    let headerOffset: Int
    /// Where its packed bytes begin; known once its local header was read.
    var dataOffset = 0

    /// Whether the entry names a folder.
    public var isFolder: Bool { name.hasSuffix("/") }

    /// Stored as it is.
    static let stored: UInt16 = 0
    /// Compressed with DEFLATE.
    static let deflated: UInt16 = 8
}

/// Little-endian numbers of a byte array, bounds checked.
struct ByteReader {
    let bytes: [UInt8]
    var offset = 0

    init(_ bytes: [UInt8], at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var left: Int { bytes.count - offset }

    mutating func number(_ count: Int) -> UInt64? {
        guard count <= left else { return nil }
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        offset += count
        return value
    }

    mutating func uint16() -> UInt16? { number(2).map { UInt16($0) } }
    mutating func uint32() -> UInt32? { number(4).map { UInt32($0) } }

    mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= left else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    mutating func skip(_ count: Int) -> Bool { slice(count) != nil }
}
