internal import CLibXML2

/// Reads a whole document that somebody else wrote: no network, no DTD, no entity but XML's five, and bounded in every
/// way (swift-stack.md section 6).
public enum XMLReader {
    /// - Throws: `XMLError`.
    public static func read(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLError) -> XMLElement {
        guard bytes.count <= limits.byteCountMax else {
            throw XMLError(.tooLong, line: 1, "the document has more than \(limits.byteCountMax) bytes")
        }
        return try XMLTreeParser(limits).read(bytes)
    }

    /// The same with a text.
    public static func read(_ text: String, limits: XMLLimits = .standard) throws(XMLError) -> XMLElement {
        try read(Array(text.utf8), limits: limits)
    }
}

/// One document on its way through libxml2's SAX2 push parser. Use it once, within one synchronous function.
final class XMLTreeParser {
    private let context: xmlParserCtxtPtr
    private let limits: XMLLimits
    private var failure: XMLError?
    private var complaint: XMLError?
    /// The open elements, outermost first.
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var elementCount = 0
    private var eventCount = 0
    /// Bytes of each open element's text so far.
    private var textByteCounts: [Int] = []
    /// Text of the innermost element since its last child.
    private var pending: [UInt8] = []

    /// Bytes handed to libxml2 at once: the watchdog sees each piece.
    private static let pieceBytes = 16 << 10

    init(_ limits: XMLLimits) {
        _ = libxmlIsReady
        var handler = XMLTreeParser.handler
        // Creation fails only when memory does.
        guard let context = xmlCreatePushParserCtxt(&handler, nil, nil, 0, nil) else {
            preconditionFailure("libxml2 is out of memory")
        }
        self.context = context
        self.limits = limits
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_BIG_LINES.rawValue
        xmlCtxtUseOptions(context, Int32(options))
        context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        if let document = context.pointee.myDoc {
            xmlFreeDoc(document)
            context.pointee.myDoc = nil
        }
        xmlFreeParserCtxt(context)
    }

    func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            var stalled = 0
            while start < bytes.count, failure == nil, complaint == nil {
                let end = min(start + XMLTreeParser.pieceBytes, bytes.count)
                let before = eventCount
                let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                _ = piece.withMemoryRebound(to: CChar.self) {
                    xmlParseChunk(context, $0.baseAddress, Int32($0.count), 0)
                }
                stalled = eventCount == before ? stalled + piece.count : 0
                if stalled > limits.stalledByteCountMax {
                    stop(.tooLong, "\(limits.stalledByteCountMax) bytes hold no element and no text")
                }
                start = end
            }
        }
        if failure == nil, complaint == nil { xmlParseChunk(context, nil, 0, 1) }
        if let failure { throw failure }
        if let complaint { throw complaint }
        guard context.pointee.wellFormed == 1, open.isEmpty, let root else {
            throw XMLError(.malformed, line: line, "the document is empty or ends too early")
        }
        return root
    }

    private var line: Int { Int(max(1, xmlSAX2GetLineNumber(context))) }

    fileprivate func stop(_ code: XMLError.Code, _ message: String) {
        if failure == nil { failure = XMLError(code, line: line, message) }
        xmlStopParser(context)
    }

    // MARK: Events

    fileprivate func started(_ element: XMLElement, attributeCount: Int) {
        guard failure == nil else { return }
        flushText()
        eventCount += 1
        elementCount += 1
        guard open.count < limits.depthMax else { return stop(.tooDeep, "more than \(limits.depthMax) levels") }
        guard elementCount <= limits.elementCountMax else {
            return stop(.tooMany, "more than \(limits.elementCountMax) elements")
        }
        guard attributeCount <= limits.attributeCountMax else {
            return stop(.tooMany, "an element has more than \(limits.attributeCountMax) attributes")
        }
        guard element.attributes.allSatisfy({ $0.value.utf8.count <= limits.textByteCountMax }) else {
            return stop(.tooLong, "an attribute has more than \(limits.textByteCountMax) bytes")
        }
        open.append(element)
        textByteCounts.append(0)
    }

    fileprivate func ended() {
        guard failure == nil else { return }
        flushText()
        guard let element = open.popLast() else { return }
        eventCount += 1
        textByteCounts.removeLast()
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].nodes.append(.element(element))
        }
    }

    fileprivate func characters(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard failure == nil, !open.isEmpty else { return }
        eventCount += 1
        let last = open.count - 1
        textByteCounts[last] += bytes.count
        guard textByteCounts[last] <= limits.textByteCountMax else {
            return stop(.tooLong, "a text has more than \(limits.textByteCountMax) bytes")
        }
        pending.append(contentsOf: bytes)
    }

    /// libxml2 cuts texts where its input is cut and at each reference, so their pieces are joined here.
    private func flushText() {
        guard !pending.isEmpty, !open.isEmpty else { return }
        open[open.count - 1].nodes.append(.text(String(decoding: pending, as: UTF8.self)))
        pending.removeAll(keepingCapacity: true)
    }

    fileprivate func complained(_ error: xmlError) {
        // A prefix that nobody declared is in the vendor's own examples (`xsi:type`): the name stays as written.
        guard error.domain != Int32(XML_FROM_NAMESPACE.rawValue), error.level.rawValue >= XML_ERR_ERROR.rawValue,
            complaint == nil, failure == nil
        else { return }
        // libxml2's own words may hold pieces of the document, so its number stands for them.
        complaint = XMLError(
            .malformed, line: error.line > 0 ? Int(error.line) : line,
            "it is not well-formed XML (libxml2 \(error.code))")
    }
}

extension XMLTreeParser {
    /// Callbacks that capture nothing; the parser travels as libxml2's user data.
    private static var handler: xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.initialized = UInt32(XML_SAX2_MAGIC)
        handler.startElementNs = { data, local, prefix, _, namespaceCount, namespaces, count, _, attributes in
            guard let local else { return }
            XMLTreeParser.with(data) { parser in
                var element = XMLElement(XMLTreeParser.name(local, prefix))
                for index in 0..<Int(namespaceCount) {
                    let uri = namespaces?[index * 2 + 1].map { String(cString: $0) } ?? ""
                    let prefix = namespaces?[index * 2].map { "xmlns:" + String(cString: $0) } ?? "xmlns"
                    element.attributes.append(XMLAttribute(prefix, uri))
                }
                for index in 0..<Int(count) {
                    // Five pointers each: local name, prefix, URI, start and end of the value.
                    guard let fields = attributes.map({ $0 + index * 5 }), let local = fields[0],
                        let start = fields[3], let end = fields[4]
                    else { continue }
                    let value = XMLTreeParser.text(UnsafeBufferPointer(start: start, count: end - start))
                    element.attributes.append(XMLAttribute(XMLTreeParser.name(local, fields[1]), value))
                }
                parser.started(element, attributeCount: Int(count) + Int(namespaceCount))
            }
        }
        handler.endElementNs = { data, _, _, _ in XMLTreeParser.with(data) { $0.ended() } }
        handler.characters = { data, bytes, count in
            guard let bytes else { return }
            XMLTreeParser.with(data) { $0.characters(UnsafeBufferPointer(start: bytes, count: Int(count))) }
        }
        handler.ignorableWhitespace = handler.characters
        handler.internalSubset = { data, _, _, _ in
            XMLTreeParser.with(data) { $0.stop(.forbidden, "a DOCTYPE is not taken") }
        }
        handler.externalSubset = { data, _, _, _ in
            XMLTreeParser.with(data) { $0.stop(.forbidden, "an external DTD is not taken") }
        }
        handler.entityDecl = { data, _, _, _, _, _ in
            XMLTreeParser.with(data) { $0.stop(.forbidden, "an entity declaration is not taken") }
        }
        handler.unparsedEntityDecl = { data, _, _, _, _ in
            XMLTreeParser.with(data) { $0.stop(.forbidden, "an entity declaration is not taken") }
        }
        // Without this one, a document with an undeclared entity may pass with text missing.
        handler.reference = { data, _ in
            XMLTreeParser.with(data) { $0.stop(.forbidden, "an entity reference is not taken") }
        }
        // The structured channel keeps libxml2 from printing to standard error.
        handler.serror = { data, error in
            guard let error else { return }
            XMLTreeParser.with(data) { $0.complained(error.pointee) }
        }
        return handler
    }

    private static func name(_ local: UnsafePointer<xmlChar>, _ prefix: UnsafePointer<xmlChar>?) -> String {
        let local = String(cString: local)
        return prefix.map { "\(String(cString: $0)):\(local)" } ?? local
    }

    /// libxml2 resolves every reference in an attribute but the one to `&`, which it writes as `&#38;`
    /// (parser.c, `xmlParseAttValueComplex`); no other `&` comes from it.
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

    private static func with(_ data: UnsafeMutableRawPointer?, _ body: (XMLTreeParser) -> Void) {
        guard let data else { return }
        body(Unmanaged<XMLTreeParser>.fromOpaque(data).takeUnretainedValue())
    }
}

/// `xmlInitParser` must run once before any thread parses; a global constant is set exactly once.
private let libxmlIsReady: Void = xmlInitParser()
