/// Where the elements of a document stand in its bytes, for edits that leave every other byte alone.
///
/// A plain scan for tags, comments, CDATA sections and processing instructions. It is made only of documents that
/// libxml2 has accepted, and the names it finds must be the ones that libxml2 found, in the same order: any difference
/// refuses the document. UTF-8 only, without a DOCTYPE.
struct XMLSpans {
    /// One element.
    struct Element {
        // Half as wide as `Int`: a document has thousands of elements, and all are written before any is read.
        private var startTagBounds: (Int32, Int32)
        private var endTagBounds: (Int32, Int32)
        private var nameBounds: (Int32, Int32)
        private var links: (parent: Int32, firstChild: Int32, nextSibling: Int32)

        init(startTag: Range<Int>, name: Range<Int>, parent: Int) {
            startTagBounds = Self.bounds(startTag)
            endTagBounds = Self.bounds(startTag.upperBound..<startTag.upperBound)
            nameBounds = Self.bounds(name)
            links = (Int32(parent), -1, -1)
        }

        /// From `<` of its start tag to after `>`.
        var startTag: Range<Int> { Self.range(startTagBounds) }
        /// From `<` of its end tag to after `>`; empty, at the end of the start tag, when that ends with `/>`.
        var endTag: Range<Int> {
            get { Self.range(endTagBounds) }
            set { endTagBounds = Self.bounds(newValue) }
        }
        /// The name without prefix, inside the start tag.
        var name: Range<Int> { Self.range(nameBounds) }
        /// Index of the element around it; -1 for the root.
        var parent: Int { Int(links.parent) }
        /// Index of its first child; -1 when there is none.
        var firstChild: Int {
            get { Int(links.firstChild) }
            set { links.firstChild = Int32(newValue) }
        }
        /// Index of the next child of its parent; -1 when there is none.
        var nextSibling: Int {
            get { Int(links.nextSibling) }
            set { links.nextSibling = Int32(newValue) }
        }

        private static func bounds(_ range: Range<Int>) -> (Int32, Int32) {
            (Int32(range.lowerBound), Int32(range.upperBound))
        }

        private static func range(_ bounds: (Int32, Int32)) -> Range<Int> { Int(bounds.0)..<Int(bounds.1) }

        /// Whether it is written as `<a/>`.
        var isSelfClosed: Bool { endTag.isEmpty }
        /// The whole element.
        var range: Range<Int> { startTag.lowerBound..<endTag.upperBound }
        /// What stands between its tags.
        var content: Range<Int> { startTag.upperBound..<endTag.lowerBound }
    }

    let bytes: [UInt8]
    /// The names that were found.
    let names: XMLNameSequence
    /// In the order of their start tags; the root is the first.
    let elements: [Element]

    /// - Parameter sequence: What the parser that accepted the document made of its elements' names.
    /// - Throws: Why it cannot be edited by place.
    init(_ bytes: [UInt8], sequence: XMLNameSequence, file: String) throws(ContentError) {
        if let encoding = Self.declaredEncoding(bytes), !["UTF-8", "UTF8", "US-ASCII"].contains(encoding.uppercased()) {
            throw ContentError(
                "pack-not-editable",
                "cannot be edited by place: its encoding is \(shown(encoding)); save it again as UTF-8", file: file,
                line: 1)
        }
        var scan = XMLScan()
        let isUnderstood = bytes.count < Int32.max && bytes.withUnsafeBufferPointer { scan.run($0) }
        guard isUnderstood, scan.sequence == sequence else {
            throw ContentError(
                "pack-not-editable", "cannot be edited by place: it is not plain UTF-8 XML; save it again as UTF-8",
                file: file, line: 1)
        }
        self.bytes = bytes
        names = sequence
        elements = scan.elements
    }

    /// Parses the document too, for one that nobody has parsed.
    init(_ bytes: [UInt8], file: String, limits: ContentLimits) throws(ContentError) {
        let parser = XMLPushParser(file: file, limits: limits, sink: IgnoringSink())
        _ = bytes.withUnsafeBytes { parser.feed($0) }
        if let problem = parser.finish() { throw ContentError(problem) }
        try self.init(bytes, sequence: parser.names, file: file)
    }

    /// Indices of an element's children, in order.
    func children(of index: Int) -> [Int] {
        var children: [Int] = []
        var child = elements[index].firstChild
        while child >= 0 {
            children.append(child)
            child = elements[child].nextSibling
        }
        return children
    }

    /// Whether an element has a name.
    func isNamed(_ name: StaticString, _ index: Int) -> Bool {
        let range = elements[index].name
        guard range.count == name.utf8CodeUnitCount else { return false }
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return bytes[range].elementsEqual(wanted)
    }

    /// The first child of a name.
    func child(_ name: StaticString, of index: Int) -> Int? {
        var child = elements[index].firstChild
        while child >= 0 {
            if isNamed(name, child) { return child }
            child = elements[child].nextSibling
        }
        return nil
    }

    /// An element's text as written, entities unresolved, without the white space around it, with its place.
    func text(of index: Int) -> (text: String, range: Range<Int>) {
        var range = elements[index].content
        while let first = range.first, Self.isSpace(bytes[first]) { range = first + 1..<range.upperBound }
        while let last = range.last, Self.isSpace(bytes[last]) { range = range.lowerBound..<last }
        return (String(decoding: bytes[range], as: UTF8.self), range)
    }

    /// The value of the attribute `id` as written; nil when it is absent.
    func id(of index: Int) -> String? {
        let tag = elements[index].startTag
        var place = elements[index].name.upperBound
        while place < tag.upperBound {
            while place < tag.upperBound, Self.isSpace(bytes[place]) { place += 1 }
            let start = place
            while place < tag.upperBound, bytes[place] != UInt8(ascii: "="), !Self.isSpace(bytes[place]) { place += 1 }
            let isID = bytes[start..<place].elementsEqual("id".utf8)
            while place < tag.upperBound, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "'") {
                place += 1
            }
            guard place < tag.upperBound else { return nil }
            let quote = bytes[place]
            let value = place + 1
            place = value
            while place < tag.upperBound, bytes[place] != quote { place += 1 }
            if isID { return String(decoding: bytes[value..<place], as: UTF8.self) }
            place += 1
        }
        return nil
    }

    /// Bytes of an XML declaration that are looked at; it has three short attributes.
    private static let declarationBytesMax = 400

    /// The encoding that the XML declaration names; nil when it names none.
    private static func declaredEncoding(_ bytes: [UInt8]) -> String? {
        let head = String(decoding: bytes.prefix(declarationBytesMax), as: UTF8.self)
        guard let start = head.firstRange(of: "<?xml"), let end = head.firstRange(of: "?>"),
            start.upperBound < end.lowerBound,
            let key = head[start.upperBound..<end.lowerBound].firstRange(of: "encoding")
        else { return nil }
        let rest = head[key.upperBound..<end.lowerBound].drop { $0 == "=" || $0.isWhitespace }
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private final class IgnoringSink: XMLEventSink {
        func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool { false }
        func endElement(text: String?) throws(ContentError) {}
    }
}

/// The names of a document's elements in order, as one number: two readers of it that agree have the same.
struct XMLNameSequence: Hashable {
    private var count = 0
    private var value: UInt64 = 0

    /// Adds a name by its hash.
    mutating func add(_ nameHash: UInt64) {
        count += 1
        value = (value &* 0x0000_0100_0000_01B3) ^ nameHash
    }

    /// FNV-1a of a name's bytes: it is against accidents, not against an adversary, whom libxml2 has met before.
    static func hash(_ name: some Sequence<UInt8>) -> UInt64 {
        var hash = hashBasis
        for byte in name { add(byte, to: &hash) }
        return hash
    }

    static let hashBasis: UInt64 = 0xCBF2_9CE4_8422_2325

    /// One more byte of a name.
    static func add(_ byte: UInt8, to hash: inout UInt64) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
}
