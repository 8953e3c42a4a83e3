/// The ids of what gating puts into a flow: they tell that it is ours, and what the flow was before.
///
/// A mark has the shape of a random UUID, `51c0eVVV-RRRR-4LLL-aLLL-CCCCCCCCFFFF`: V the version of what was put in, R
/// the number of the part, L the length and C the CRC-32 of the original document, F of the flow's id. Studio keeps
/// ids, so no note of ours has to survive elsewhere; and whether the gate was taken out of a flow that nobody has
/// touched can be seen from length and CRC.
struct GateMark: Hashable {
    /// Version of what gating puts in.
    static let version = 1
    private static let prefix = "51c0e"

    /// Length of the original document, modulo 2^24.
    let length: Int
    /// CRC-32 of the original document.
    let checksum: UInt32
    private let flow: UInt32

    /// - Parameter checksum: CRC-32 of the original, where it is known.
    init(original: [UInt8], checksum: UInt? = nil, flowID: String) {
        length = original.count & 0xFF_FFFF
        self.checksum = checksum.map { UInt32(truncatingIfNeeded: $0) } ?? Self.crc(original)
        flow = Self.crc(Array(flowID.lowercased().utf8)) & 0xFFFF
    }

    /// Reads the mark of an id; nil when the id is not one of ours.
    init?(_ id: String) {
        // Nearly every id is another's, and is told from its first bytes.
        guard id.utf8.count == 36, zip(id.utf8, Self.prefix.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
            return nil
        }
        let parts = id.lowercased().split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.map(\.count) == [8, 4, 4, 4, 12], parts[0].hasPrefix(Self.prefix), parts[2].hasPrefix("4"),
            parts[3].hasPrefix("a"), Int(parts[0].dropFirst(5), radix: 16) == Self.version,
            let low = Int(parts[2].dropFirst(), radix: 16), let high = Int(parts[3].dropFirst(), radix: 16),
            let checksum = UInt32(parts[4].prefix(8), radix: 16), let flow = UInt32(parts[4].suffix(4), radix: 16)
        else { return nil }
        length = high << 12 | low
        self.checksum = checksum
        self.flow = flow
    }

    /// The number of the part that has an id of ours.
    static func part(of id: String) -> Int? {
        GateMark(id) == nil ? nil : Int(id.dropFirst(9).prefix(4), radix: 16)
    }

    /// The id of the part with this number.
    func id(_ part: Int) -> String {
        let hex = { (value: Int, digits: Int) -> String in
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return Self.prefix + hex(Self.version, 3) + "-" + hex(part & 0xFFFF, 4) + "-4" + hex(length & 0xFFF, 3) + "-a"
            + hex(length >> 12, 3) + "-" + hex(Int(checksum), 8) + hex(Int(flow), 4)
    }

    /// Whether a document is, byte for byte as far as length and CRC tell, the one that was gated.
    func isOriginal(_ bytes: [UInt8]) -> Bool {
        length == bytes.count & 0xFF_FFFF && checksum == Self.crc(bytes)
    }

    /// Whether a document has anything that looks like the beginning of a mark.
    static func mayOccur(in bytes: [UInt8]) -> Bool {
        let lower = Array(prefix.utf8)
        return bytes.firstRange(of: lower) != nil || bytes.firstRange(of: Array(prefix.uppercased().utf8)) != nil
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 { UInt32(truncatingIfNeeded: Checksum(bytes).value) }
}
