/// How a document is laid out.
public enum JSONStyle: Hashable, Sendable {
    /// No white space.
    case compact
    /// Two spaces a level, one member a line.
    case pretty
}

extension JSONValue {
    /// The document as text.
    public func write(_ style: JSONStyle = .compact) -> String { String(decoding: bytes(style), as: UTF8.self) }

    /// The document as UTF-8.
    public func bytes(_ style: JSONStyle = .compact) -> [UInt8] {
        var writer = JSONWriter(style)
        writer.write(self)
        return writer.bytes
    }
}

extension JSONObject {
    /// The object as text.
    public func write(_ style: JSONStyle = .compact) -> String { JSONValue.object(self).write(style) }

    /// The object as UTF-8.
    public func bytes(_ style: JSONStyle = .compact) -> [UInt8] { JSONValue.object(self).bytes(style) }
}

/// Appends values to a buffer.
private struct JSONWriter {
    var bytes: [UInt8] = []
    private let style: JSONStyle
    private var level = 0

    init(_ style: JSONStyle) {
        self.style = style
        bytes.reserveCapacity(256)
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .number(let number): bytes.append(contentsOf: number.text.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            container("[", "]", elements) { writer, element in writer.write(element) }
        case .object(let object):
            container("{", "}", object.members) { writer, member in
                writer.write(member.name)
                writer.append(writer.style == .pretty ? ": " : ":")
                writer.write(member.value)
            }
        }
    }

    private mutating func container<Element>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element],
        write: (inout JSONWriter, Element) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        level += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            newLine()
            write(&self, element)
        }
        level -= 1
        if !elements.isEmpty { newLine() }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func newLine() {
        guard style == .pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<level { append("  ") }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func write(_ text: String) { JSONText.append(text, to: &bytes) }
}

/// Strings as JSON writes them (RFC 8259 section 7).
package enum JSONText {
    /// Appends a string in its quotes, with escapes where it needs them.
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        func append(_ text: StaticString) {
            bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x00..<0x20, 0x7F:
                append("\\u00")
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
