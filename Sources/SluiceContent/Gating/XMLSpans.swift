/// Where the elements of a document stand in its bytes, for edits that leave every other byte alone.
///
/// A plain scan for tags, comments, CDATA sections and processing instructions. It is made only of documents that
/// libxml2 has accepted, and the names it finds must be the ones that libxml2 found, in the same order: any difference
/// refuses the document. UTF-8 only, without a DOCTYPE.
struct XMLSpans {
    /// One element.
    struct Element {
        /// Name without prefix.
        var name: String
        /// Index of the element around it; nil for the root.
        var parent: Int?
        /// From `<` of its start tag to after `>`.
        var startTag: Range<Int>
        /// From `<` of its end tag to after `>`; empty, at the end of the start tag, when that ends with `/>`.
        var endTag: Range<Int>
        /// Whether it is written as `<a/>`.
        var isSelfClosed: Bool
        /// Line of its start tag, from 1.
        var line: Int

        /// The whole element.
        var range: Range<Int> { startTag.lowerBound..<endTag.upperBound }
        /// What stands between its tags.
        var content: Range<Int> { startTag.upperBound..<endTag.lowerBound }
    }

    let bytes: [UInt8]
    /// In the order of their start tags; the root is the first.
    let elements: [Element]
    private let childrenOf: [[Int]]

    /// - Throws: What is wrong with the document, or why it cannot be edited by place.
    init(_ bytes: [UInt8], file: String, limits: ContentLimits) throws(ContentError) {
        let names = NameSink()
        let parser = XMLPushParser(file: file, limits: limits, sink: names)
        _ = bytes.withUnsafeBytes { parser.feed($0) }
        if let problem = parser.finish() { throw ContentError(problem) }
        var scan = Scan(bytes: bytes)
        guard scan.run(), scan.elements.map(\.name) == names.names else {
            throw ContentError(
                "pack-not-editable", "cannot be edited by place: it is not plain UTF-8 XML; save it again as UTF-8",
                file: file, line: 1)
        }
        self.bytes = bytes
        elements = scan.elements
        var children = [[Int]](repeating: [], count: elements.count)
        for (index, element) in elements.enumerated() {
            if let parent = element.parent { children[parent].append(index) }
        }
        childrenOf = children
    }

    /// Indices of an element's children, in order.
    func children(of index: Int) -> [Int] { childrenOf[index] }

    /// The first child of a name.
    func child(_ name: String, of index: Int) -> Int? { childrenOf[index].first { elements[$0].name == name } }

    /// An element's text as written, entities unresolved, without the white space around it, with its place.
    func text(of index: Int) -> (text: String, range: Range<Int>) {
        var range = elements[index].content
        while let first = range.first, Self.isSpace(bytes[first]) { range = first + 1..<range.upperBound }
        while let last = range.last, Self.isSpace(bytes[last]) { range = range.lowerBound..<last }
        return (String(decoding: bytes[range], as: UTF8.self), range)
    }

    /// An attribute's value as written; nil when it is absent.
    func attribute(_ name: String, of index: Int) -> String? {
        let tag = Array(bytes[elements[index].startTag])
        var place = 1
        while place < tag.count, !Self.isSpace(tag[place]), tag[place] != UInt8(ascii: ">") { place += 1 }
        while place < tag.count {
            while place < tag.count, Self.isSpace(tag[place]) { place += 1 }
            let start = place
            while place < tag.count, tag[place] != UInt8(ascii: "="), !Self.isSpace(tag[place]) { place += 1 }
            let found = String(decoding: tag[start..<place], as: UTF8.self)
            while place < tag.count, tag[place] != UInt8(ascii: "\""), tag[place] != UInt8(ascii: "'") { place += 1 }
            guard place < tag.count else { return nil }
            let quote = tag[place]
            let value = place + 1
            place = value
            while place < tag.count, tag[place] != quote { place += 1 }
            if found == name { return String(decoding: tag[value..<min(place, tag.count)], as: UTF8.self) }
            place += 1
        }
        return nil
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    /// Collects the names of all elements.
    private final class NameSink: XMLEventSink {
        var names: [String] = []

        func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
            names.append(element.name)
            return false
        }

        func endElement(_ name: String, text: String?) throws(ContentError) {}
    }
}

/// One walk over the bytes.
private struct Scan {
    let bytes: [UInt8]
    var elements: [XMLSpans.Element] = []
    private var open: [Int] = []
    private var place = 0
    private var line = 1
    private var lineCountedTo = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Answers whether the document was understood from its first byte to its last.
    mutating func run() -> Bool {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        while let start = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            let rest = bytes[start...]
            let end: Int?
            if rest.starts(with: Array("<!--".utf8)) {
                end = find("-->", from: start + 4)
            } else if rest.starts(with: Array("<![CDATA[".utf8)) {
                end = find("]]>", from: start + 9)
            } else if rest.starts(with: Array("<?".utf8)) {
                end = find("?>", from: start + 2)
            } else if rest.starts(with: Array("<!".utf8)) {
                end = nil
            } else {
                end = tag(at: start)
            }
            guard let end else { return false }
            place = end
        }
        return open.isEmpty && !elements.isEmpty
    }

    private func find(_ mark: String, from start: Int) -> Int? {
        let mark = Array(mark.utf8)
        var place = start
        while place + mark.count <= bytes.count {
            guard let found = bytes[place...].firstIndex(of: mark[0]) else { return nil }
            if bytes[found...].starts(with: mark) { return found + mark.count }
            place = found + 1
        }
        return nil
    }

    private mutating func tag(at start: Int) -> Int? {
        var end = start + 1
        var quote: UInt8?
        while end < bytes.count {
            let byte = bytes[end]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            end += 1
        }
        guard end < bytes.count else { return nil }
        let range = start..<end + 1
        if bytes[start + 1] == UInt8(ascii: "/") {
            guard let last = open.popLast() else { return nil }
            elements[last].endTag = range
            return range.upperBound
        }
        for byte in bytes[lineCountedTo..<start] where byte == 0x0A { line += 1 }
        lineCountedTo = start
        let isSelfClosed = bytes[end - 1] == UInt8(ascii: "/")
        elements.append(
            XMLSpans.Element(
                name: name(in: range), parent: open.last, startTag: range, endTag: range.upperBound..<range.upperBound,
                isSelfClosed: isSelfClosed, line: line))
        if !isSelfClosed { open.append(elements.count - 1) }
        return range.upperBound
    }

    private func name(in tag: Range<Int>) -> String {
        let written = bytes[(tag.lowerBound + 1)...].prefix {
            !XMLSpans.isSpace($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/")
        }
        let local = written.lastIndex(of: UInt8(ascii: ":")).map { written[($0 + 1)...] } ?? written
        return String(decoding: local, as: UTF8.self)
    }
}
