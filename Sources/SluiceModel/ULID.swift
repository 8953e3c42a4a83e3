/// A universally unique, lexicographically sortable identifier: 48 bits of milliseconds, 80 random bits.
///
/// Text form: 26 characters of Crockford's Base32 (github.com/ulid/spec).
public struct ULID: Hashable, Sendable, Comparable {
    /// The upper 64 bits: time and the first 16 random bits.
    public let high: UInt64
    /// The lower 64 random bits.
    public let low: UInt64

    /// Makes one from a wall-clock time and random bits that the caller drew.
    /// - Parameter random: 80 bits are used: all of `low`, the low 16 of `high`.
    public init(at time: Timestamp, random: (high: UInt16, low: UInt64)) {
        let milliseconds = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | UInt64(random.high)
        low = random.low
    }

    /// Takes the two halves as they were stored.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the 26-character text; letters of either case, `I` and `L` as 1, `O` as 0.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 26 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            guard let digit = ULID.value(of: byte), index > 0 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | digit
        }
        self.init(high: high, low: low)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// When it was made.
    public var time: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func value(of byte: UInt8) -> UInt64? {
        let upper = byte >= 97 && byte <= 122 ? byte - 32 : byte
        switch upper {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        case UInt8(ascii: "O"): return 0
        default: return alphabet.firstIndex(of: upper).map { UInt64($0) }
        }
    }
}

extension ULID: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            for index in 0..<26 {
                let shift = 125 - index * 5
                let digit: UInt64
                if shift >= 64 {
                    digit = high >> UInt64(shift - 64)
                } else if shift > 59 {
                    digit = high << UInt64(64 - shift) | low >> UInt64(shift)
                } else {
                    digit = low >> UInt64(shift)
                }
                buffer[index] = ULID.alphabet[Int(digit & 31)]
            }
            return 26
        }
    }
}

/// The public name of a hold, `h_` and a ULID. It names; it has no power to start anything.
public struct Ticket: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Sorts by arrival to the millisecond.
    public let ulid: ULID

    public init(_ ulid: ULID) { self.ulid = ulid }

    /// Reads `h_01KB…`.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("h_"), let ulid = ULID(text.dropFirst(2)) else { return nil }
        self.ulid = ulid
    }

    public static func < (left: Self, right: Self) -> Bool { left.ulid < right.ulid }

    public var description: String { "h_\(ulid)" }
}

/// Names one pass, so that its redemption can be recorded.
public struct PassID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let ulid: ULID

    public init(_ ulid: ULID) { self.ulid = ulid }

    public static func < (left: Self, right: Self) -> Bool { left.ulid < right.ulid }

    public var description: String { ulid.description }
}
