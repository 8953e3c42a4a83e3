import CLibXML2

/// Receives a document's elements in order; implemented by the pack, pom and Quartz readers.
protocol XMLEventSink: AnyObject {
    /// An element opens; answer true to be given its own text when it closes.
    ///
    /// Only leaves are asked for: text of elements inside one whose text is kept is left out.
    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool

    /// The innermost open element closes; `text` is its own text, untrimmed, when it was asked for.
    func endElement(text: String?) throws(ContentError)

    /// Text other than white space in the innermost open element, which did not ask for it; only for sinks that watch.
    func strayText(line: Int, column: Int)

    /// Whether `strayText` is wanted; asked once.
    var watchesStrayText: Bool { get }

    /// A piece of the innermost open element's text; only for sinks whose parser passes every text on.
    func characters(_ bytes: UnsafeRawBufferPointer)
}

extension XMLEventSink {
    func characters(_ bytes: UnsafeRawBufferPointer) {}
    func strayText(line: Int, column: Int) {}
    var watchesStrayText: Bool { false }
}

/// One opening tag; valid only during the call that hands it over, because its attributes live in libxml2's buffer.
struct XMLStartElement {
    /// The name as an element that content packs have; nil for others.
    let packElement: PackElement?
    private let localName: UnsafePointer<xmlChar>
    private let prefixName: UnsafePointer<xmlChar>?
    private let namespaceURI: UnsafePointer<xmlChar>?
    private let context: xmlParserCtxtPtr
    fileprivate let attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    fileprivate let attributeCount: Int

    init(
        name: UnsafePointer<xmlChar>, packElement: PackElement?, prefix: UnsafePointer<xmlChar>?,
        namespace: UnsafePointer<xmlChar>?, context: xmlParserCtxtPtr,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, attributeCount: Int
    ) {
        localName = name
        self.packElement = packElement
        prefixName = prefix
        namespaceURI = namespace
        self.context = context
        self.attributes = attributes
        self.attributeCount = attributeCount
    }

    /// Name without prefix. It is made each time: keep it where it is used more than once.
    var name: String { String(cString: localName) }

    /// The prefix as written; nil when there is none.
    var prefix: String? { prefixName.map { String(cString: $0) } }

    /// The namespace's URI; nil when there is none.
    var namespace: String? { namespaceURI.map { String(cString: $0) } }

    /// Line, from 1.
    var line: Int { Int(max(1, xmlSAX2GetLineNumber(context))) }

    /// Column, from 1, of the character after the tag.
    var column: Int { Int(max(1, xmlSAX2GetColumnNumber(context))) }

    /// The value of an attribute without prefix, entities resolved; nil when it is absent or longer than `bytesMax`.
    func attribute(_ name: StaticString, bytesMax: Int = 4096) -> String? {
        guard let attributes else { return nil }
        for index in 0..<attributeCount {
            // libxml2 gives five pointers each: local name, prefix, URI, start and end of the value.
            let fields = attributes + index * 5
            guard let local = fields[0], fields[1] == nil, let start = fields[3], let end = fields[4] else { continue }
            guard xmlStrEqual(local, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: xmlChar.self)) == 1
            else { continue }
            guard end - start <= bytesMax else { return nil }
            return Self.text(UnsafeBufferPointer(start: start, count: end - start))
        }
        return nil
    }

    /// One attribute of the tag.
    struct Attribute {
        let name: String
        let prefix: String?
        let namespace: String?
        /// nil when it is longer than `valueBytesMax`.
        let value: String?

        static let valueBytesMax = 4096

        /// As written.
        var qualifiedName: String { prefix.map { "\($0):\(name)" } ?? name }
    }

    /// Its attributes in their order, without declarations of namespaces.
    var allAttributes: [Attribute] {
        guard let attributes else { return [] }
        return (0..<attributeCount).compactMap { index in
            let fields = attributes + index * 5
            guard let local = fields[0], let start = fields[3], let end = fields[4] else { return nil }
            let isShort = end - start <= Attribute.valueBytesMax
            return Attribute(
                name: String(cString: local), prefix: fields[1].map { String(cString: $0) },
                namespace: fields[2].map { String(cString: $0) },
                value: isShort ? Self.text(UnsafeBufferPointer(start: start, count: end - start)) : nil)
        }
    }

    /// Hands over each attribute: its name without prefix and its value as libxml2 has it, the same for the same text.
    func forEachAttribute(_ body: (_ name: String, _ value: UnsafeRawBufferPointer) -> Void) {
        guard let attributes else { return }
        for index in 0..<attributeCount {
            let fields = attributes + index * 5
            guard let local = fields[0], let start = fields[3], let end = fields[4] else { continue }
            body(String(cString: local), UnsafeRawBufferPointer(start: start, count: end - start))
        }
    }

    /// libxml2 resolves every reference but the one to `&`, which it writes as `&#38;`, in SAX2 and without
    /// `XML_PARSE_NOENT` (parser.c, `xmlParseAttValueComplex`); no other `&` comes from it.
    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        let reference = Array("&#38;".utf8)
        var resolved: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            resolved.append(byte)
            rest = rest.dropFirst(rest.starts(with: reference) ? reference.count : 1)
        }
        return String(decoding: resolved, as: UTF8.self)
    }
}
