/// An IPv4 or IPv6 address, as the resolver gives it.
public struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, the first first.
    public let bytes: [UInt8]

    /// - Returns: nil unless there are 4 or 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// - Parameter text: `192.0.2.1` or `2001:db8::1`; nothing shorter, no other base.
    public init?(_ text: String) {
        guard let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text) else { return nil }
        self.bytes = bytes
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part == "0" || part.first != "0"
            else { return nil }
            return UInt8(part)
        }
        return bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2 else { return nil }
        let groups = halves.map { half -> [UInt8]? in
            guard !half.isEmpty else { return [] }
            var bytes: [UInt8] = []
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if index == parts.count - 1, part.contains(".") {
                    guard let tail = version4(String(part)) else { return nil }
                    bytes += tail
                } else {
                    guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
                        let group = UInt16(part, radix: 16)
                    else { return nil }
                    bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
                }
            }
            return bytes
        }
        guard let front = groups.first ?? nil else { return nil }
        guard halves.count == 2 else { return front.count == 16 ? front : nil }
        guard let back = groups.last ?? nil, front.count + back.count <= 14 else { return nil }
        return front + [UInt8](repeating: 0, count: 16 - front.count - back.count) + back
    }

    /// The IPv4 address that an IPv6 one stands for: mapped, compatible, translated or 6to4; nil when it is none.
    public var embedded: NetworkAddress? {
        guard bytes.count == 16 else { return nil }
        let zeros = [UInt8](repeating: 0, count: 10)
        if bytes.prefix(10).elementsEqual(zeros), bytes[10...11].elementsEqual([0xFF, 0xFF]) {
            return NetworkAddress(bytes: Array(bytes.suffix(4)))
        }
        let isCompatible = bytes.prefix(12).allSatisfy { $0 == 0 } && bytes[12] != 0
        let isTranslated = bytes.prefix(12).elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isCompatible || isTranslated { return NetworkAddress(bytes: Array(bytes.suffix(4))) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return NetworkAddress(bytes: Array(bytes[2..<6])) }
        return nil
    }

    /// Whether only this machine reaches it: 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// Whether it is one of the public Internet: not loopback, private, link-local, multicast, reserved or
    /// documentation (IANA's special-purpose registries), nor an IPv6 form of such an IPv4 address.
    public var isPublic: Bool {
        if let embedded { return embedded.isPublic }
        let ranges = bytes.count == 4 ? Self.special4 : Self.special6
        return !ranges.contains { $0.contains(self) }
    }

    private static let special4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressRange($0) }

    /// `::/8` holds the unspecified address and loopback too; `2001::/23` Teredo and its kin.
    private static let special6 = [
        "::/8", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    ].compactMap { AddressRange($0) }

    public var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}

/// Addresses with a prefix in common, such as `10.0.0.0/8`.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    public let address: NetworkAddress
    public let bitCount: Int

    /// - Parameter text: An address, `/`, and how many of its first bits count; without `/` all of them do.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = NetworkAddress(String(parts[0])) else { return nil }
        let all = address.bytes.count * 8
        guard parts.count == 2 else {
            self.address = address
            bitCount = all
            return
        }
        guard let count = Int(parts[1]), (0...all).contains(count), parts[1].first != "+" else { return nil }
        self.address = address
        bitCount = count
    }

    /// An IPv6 form of an IPv4 address counts as that.
    public func contains(_ other: NetworkAddress) -> Bool {
        if other.bytes.count != address.bytes.count {
            return other.embedded.map { $0.bytes.count == address.bytes.count && contains($0) } ?? false
        }
        for index in address.bytes.indices {
            let bits = min(8, max(0, bitCount - index * 8))
            let mask = bits == 0 ? UInt8(0) : UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
            if address.bytes[index] & mask != other.bytes[index] & mask { return false }
        }
        return true
    }

    public var description: String { "\(address)/\(bitCount)" }
}
