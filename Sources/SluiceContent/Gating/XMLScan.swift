import Glibc

/// One walk over a document's bytes for `XMLSpans`.
struct XMLScan {
    private(set) var elements: [XMLSpans.Element] = []
    private(set) var sequence = XMLNameSequence()
    private var open: [Int] = []
    private var lastChild: [Int] = []

    /// Answers whether the document was understood from its first byte to its last.
    mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        elements.reserveCapacity(bytes.count / 32)
        while let start = Self.first(UInt8(ascii: "<"), bytes, from: place) {
            place = start
            guard place + 1 < bytes.count else { return false }
            let end: Int?
            switch bytes[place + 1] {
            case UInt8(ascii: "?"): end = Self.end("?>", bytes, from: place + 2)
            case UInt8(ascii: "!"):
                if Self.has("<!--", bytes, at: place) {
                    end = Self.end("-->", bytes, from: place + 4)
                } else if Self.has("<![CDATA[", bytes, at: place) {
                    end = Self.end("]]>", bytes, from: place + 9)
                } else {
                    end = nil
                }
            default: end = tag(bytes, at: place)
            }
            guard let end else { return false }
            place = end
        }
        return open.isEmpty && !elements.isEmpty
    }

    /// The first of a byte at or behind a place.
    private static func first(_ byte: UInt8, _ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Int? {
        guard place < bytes.count, let base = bytes.baseAddress else { return nil }
        let found = memchr(base + place, Int32(byte), bytes.count - place)
        return found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) }
    }

    /// Where a tag's `>` stands, from a place outside quotes; those inside quotes do not end it.
    private static func tagEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var place = start
        var quote: UInt8 = 0
        while let end = first(UInt8(ascii: ">"), bytes, from: place) {
            for byte in bytes[place..<end] {
                if quote != 0 {
                    if byte == quote { quote = 0 }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
            }
            if quote == 0 { return end }
            place = end + 1
        }
        return nil
    }

    private static func has(_ mark: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        guard place + mark.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<mark.utf8CodeUnitCount where bytes[place + index] != mark.utf8Start[index] { return false }
        return true
    }

    private static func end(_ mark: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var place = start
        while place + mark.utf8CodeUnitCount <= bytes.count {
            if bytes[place] == mark.utf8Start[0], has(mark, bytes, at: place) { return place + mark.utf8CodeUnitCount }
            place += 1
        }
        return nil
    }

    /// Takes a start or end tag; answers where it ends.
    private mutating func tag(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        if bytes[start + 1] == UInt8(ascii: "/") {
            guard let end = Self.first(UInt8(ascii: ">"), bytes, from: start + 2), let last = open.popLast() else {
                return nil
            }
            lastChild.removeLast()
            elements[last].endTag = start..<end + 1
            return end + 1
        }
        var nameStart = start + 1
        var nameEnd = nameStart
        var hash = XMLNameSequence.hashBasis
        while nameEnd < bytes.count {
            let byte = bytes[nameEnd]
            if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") || XMLSpans.isSpace(byte) { break }
            nameEnd += 1
            if byte == UInt8(ascii: ":") {
                nameStart = nameEnd
                hash = XMLNameSequence.hashBasis
            } else {
                XMLNameSequence.add(byte, to: &hash)
            }
        }
        guard let end = Self.tagEnd(bytes, from: nameEnd) else { return nil }
        sequence.add(hash)
        let index = elements.count
        elements.append(
            XMLSpans.Element(
                startTag: start..<end + 1, name: nameStart..<nameEnd, parent: open.last ?? -1))
        if let parent = open.last {
            if let before = lastChild.last, before >= 0 {
                elements[before].nextSibling = index
            } else {
                elements[parent].firstChild = index
            }
            lastChild[lastChild.count - 1] = index
        }
        if bytes[end - 1] != UInt8(ascii: "/") {
            open.append(index)
            lastChild.append(-1)
        }
        return end + 1
    }
}
