/// A JSON number as its text: nothing is lost, whatever its size.
public struct JSONNumber: Hashable, Sendable {
    /// As it was written, such as `459301278` or `-1.5e3`.
    public let text: String

    /// Takes a text that is a JSON number.
    /// - Returns: nil when it is not one (RFC 8259 section 6).
    public init?(_ text: String) {
        var scanner = JSONNumberScanner()
        guard scanner.takesAll(text.utf8) else { return nil }
        self.text = text
    }

    /// A whole number.
    public init(_ value: some BinaryInteger) { text = String(value) }

    /// - Returns: nil for infinities and not-a-number, which JSON cannot write.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// For the reader, which has checked the text.
    init(unchecked text: String) { self.text = text }

    /// The value of a whole number without fraction or exponent; nil when it is not one or does not fit.
    public var int64: Int64? { Int64(text) }

    /// The same as `Int`.
    public var int: Int? { Int(text) }

    /// The nearest double; nil when it is beyond the range.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// The grammar of a number, a byte at a time.
struct JSONNumberScanner {
    private var state = State.start

    private enum State {
        case start, sign, zero, integer, point, fraction, exponent, exponentSign, exponentDigits
    }

    /// Takes one byte; false when the number cannot go on with it.
    mutating func take(_ byte: UInt8) -> Bool {
        guard let next = next(byte) else { return false }
        state = next
        return true
    }

    /// Whether what was taken is a whole number literal.
    var isComplete: Bool {
        switch state {
        case .zero, .integer, .fraction, .exponentDigits: true
        case .start, .sign, .point, .exponent, .exponentSign: false
        }
    }

    mutating func takesAll(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes where !take(byte) { return false }
        return isComplete
    }

    private func next(_ byte: UInt8) -> State? {
        let isDigit = byte >= 0x30 && byte <= 0x39
        switch state {
        case .start:
            if byte == UInt8(ascii: "-") { return .sign }
            return isDigit ? (byte == 0x30 ? .zero : .integer) : nil
        case .sign: return isDigit ? (byte == 0x30 ? .zero : .integer) : nil
        case .zero: return isDigit ? nil : afterInteger(byte)
        case .integer: return isDigit ? .integer : afterInteger(byte)
        case .point: return isDigit ? .fraction : nil
        case .fraction:
            if isDigit { return .fraction }
            return byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") ? .exponent : nil
        case .exponent:
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { return .exponentSign }
            return isDigit ? .exponentDigits : nil
        case .exponentSign, .exponentDigits: return isDigit ? .exponentDigits : nil
        }
    }

    private func afterInteger(_ byte: UInt8) -> State? {
        switch byte {
        case UInt8(ascii: "."): .point
        case UInt8(ascii: "e"), UInt8(ascii: "E"): .exponent
        default: nil
        }
    }
}
