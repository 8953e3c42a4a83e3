extension JSONParser {
    /// A string or name, from its opening quote to its closing one.
    mutating func string() throws(Failure) -> String {
        let start = offset + 1
        offset = start
        // Most strings have no escape: they are taken in one piece.
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = try text(bytes[start..<offset], at: start)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw malformed("a control character in a string must be escaped") }
            offset += 1
        }
        throw malformed("a string has no closing quote")
    }

    private mutating func escapedString(from start: Int) throws(Failure) -> String {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try text(scratch[...], at: start)
                offset += 1
                return text
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw malformed("a control character in a string must be escaped")
            default:
                scratch.append(byte)
                offset += 1
            }
        }
        throw malformed("a string has no closing quote")
    }

    private mutating func escape() throws(Failure) {
        guard offset + 1 < bytes.count else {
            offset = bytes.count
            throw malformed("an escape is cut")
        }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""): scratch.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): scratch.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): scratch.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw malformed("an unknown escape in a string")
        }
        offset += 2
    }

    /// `\uXXXX`, or two of them that form one surrogate pair.
    private mutating func unicodeEscape() throws(Failure) {
        let start = offset
        var code = try hexDigits()
        if (0xD800...0xDBFF).contains(code) {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
            else { throw loneSurrogate(start) }
            let low = try hexDigits()
            guard (0xDC00...0xDFFF).contains(low) else { throw loneSurrogate(start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw loneSurrogate(start) }
        scratch.append(contentsOf: UTF8.encode(scalar)!)
    }

    /// Takes `\uXXXX`.
    private mutating func hexDigits() throws(Failure) -> UInt32 {
        offset += 2
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count else { throw malformed("an escape is cut") }
            switch bytes[offset] {
            case let digit where digit >= 0x30 && digit <= 0x39: code = code << 4 | UInt32(digit - 0x30)
            case let letter where letter >= 0x41 && letter <= 0x46: code = code << 4 | UInt32(letter - 0x37)
            case let letter where letter >= 0x61 && letter <= 0x66: code = code << 4 | UInt32(letter - 0x57)
            default: throw malformed("an escape needs four hexadecimal digits")
            }
            offset += 1
        }
        return code
    }

    private func loneSurrogate(_ start: Int) -> Failure {
        Failure(code: .invalidUTF8, offset: start, message: "half a surrogate pair")
    }

    private func text<Bytes: Collection<UInt8>>(_ slice: Bytes, at start: Int) throws(Failure) -> String {
        guard slice.count <= limits.stringByteCountMax else {
            throw Failure(
                code: .tooLong, offset: start,
                message: "a string has more than \(limits.stringByteCountMax) bytes")
        }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw Failure(code: .invalidUTF8, offset: firstInvalid(from: start), message: "not UTF-8")
        }
        return text
    }

    /// The first byte from `start` on that no UTF-8 text can have there. Escapes are ASCII and do not disturb it.
    private func firstInvalid(from start: Int) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var position = start
        var iterator = bytes[start...].makeIterator()
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): position += scalar.count
            case .error, .emptyInput: return min(position, bytes.count)
            }
        }
    }
}
