/// Base64 (RFC 4648), strict: one text for each byte string, and one byte string for each text.
struct Base64: Sendable {
    private let digits: [UInt8]
    private let values: [UInt8]
    private let isPadded: Bool

    /// Section 4, with padding: for files and variables that people make.
    static let standard = Base64(last: "+/", isPadded: true)
    /// Section 5, without padding: safe in URLs and headers.
    static let url = Base64(last: "-_", isPadded: false)

    private static let none: UInt8 = 0xFF

    private init(last: String, isPadded: Bool) {
        digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        var values = [UInt8](repeating: Base64.none, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        self.values = values
        self.isPadded = isPadded
    }

    /// - Parameter prefix: Stands before it, as it is.
    func encode(_ bytes: some Collection<UInt8>, after prefix: StaticString = "") -> String {
        let prefixCount = prefix.utf8CodeUnitCount
        return String(unsafeUninitializedCapacity: prefixCount + (bytes.count + 2) / 3 * 4) { text in
            var count = text.initialize(
                fromContentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefixCount))
            func append(_ digit: UInt8) {
                text[count] = digit
                count += 1
            }
            digits.withUnsafeBufferPointer { digits in
                var bits: UInt32 = 0
                var bitCount: UInt32 = 0
                for byte in bytes {
                    bits = bits << 8 | UInt32(byte)
                    bitCount += 8
                    while bitCount >= 6 {
                        bitCount -= 6
                        append(digits[Int(bits >> bitCount & 63)])
                    }
                }
                if bitCount > 0 { append(digits[Int(bits << (6 - bitCount) & 63)]) }
            }
            while isPadded, (count - prefixCount) % 4 != 0 { append(UInt8(ascii: "=")) }
            return count
        }
    }

    /// - Returns: nil for any text that `encode` would not have made.
    func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var rest = Array(text)
        if isPadded {
            guard rest.count % 4 == 0 else { return nil }
            for _ in 0..<2 where rest.last == UInt8(ascii: "=") { rest.removeLast() }
        }
        guard rest.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rest.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in rest {
            let value = values[Int(digit)]
            guard value != Base64.none else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        // Bits beyond the last byte must be zero, or two texts would say the same.
        guard bits & (1 << UInt32(bitCount) - 1) == 0 else { return nil }
        return bytes
    }
}
