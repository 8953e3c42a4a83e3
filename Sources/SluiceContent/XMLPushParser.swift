import CLibXML2
import SluiceModel

/// One document on its way through libxml2's SAX2 push parser, hardened and streaming.
///
/// No network, no DTD, no entity but the five of XML, bounded depth, attributes, text, silence and time
/// (reference/swift-stack.md section 6). Use it once, within one synchronous function: `feed` until it answers false
/// or the document ends, then `finish`. Not `Sendable`.
final class XMLPushParser {
    /// The names of the elements so far.
    var names: XMLNameSequence { state.pointee.names }
    /// Bytes of text handed to the sink so far.
    private(set) var keptTextBytes = 0
    private let context: xmlParserCtxtPtr
    private let file: String
    private let limits: ContentLimits
    private let sink: any XMLEventSink
    private let deadline: ContinuousClock.Instant
    private let watchesStrayText: Bool
    /// Bytes that wait for their chunk to be full.
    private var pending: [UInt8] = []
    private var failure: ContentError?
    /// The first thing libxml2 complained about: later ones are mostly its consequences.
    private var firstComplaint: ContentError?
    /// What every event changes; behind a pointer, because a class asks for the right to at each access.
    private let state: UnsafeMutablePointer<State>
    private var eventCountAtLastChunk = 0
    private var bytesWithoutEvent = 0
    private var bytesInTag = 0
    private var byteCount = 0
    private var text: [UInt8] = []
    private var textBytesMax = 0

    private struct State {
        var names = XMLNameSequence()
        var depth = 0
        var eventCount = 0
        /// Depth of the element whose text is kept; -1 when none is.
        var textDepth = -1
        /// Whether nothing more is wanted.
        var isStopped = false
        let known = XMLNameTable()
    }

    /// - Parameter passesText: Hands every text to the sink's `characters`, and none to its `endElement`.
    init(file: String, limits: ContentLimits, sink: any XMLEventSink, passesText: Bool = false) {
        _ = libxmlIsReady
        var handler = passesText ? Self.textHandler : Self.handler
        // Creation fails only when memory does.
        guard let context = xmlCreatePushParserCtxt(&handler, nil, nil, 0, nil) else {
            preconditionFailure("libxml2 is out of memory")
        }
        self.context = context
        self.file = file
        self.limits = limits
        self.sink = sink
        watchesStrayText = sink.watchesStrayText
        deadline = .now.advanced(by: limits.xmlDuration)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_BIG_LINES.rawValue
        xmlCtxtUseOptions(context, Int32(options))
        context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        state.pointee.known.deallocate()
        state.deallocate()
        if let document = context.pointee.myDoc {
            xmlFreeDoc(document)
            context.pointee.myDoc = nil
        }
        xmlFreeParserCtxt(context)
    }

    /// Parses the next piece of the document; answers false when the rest need not be read.
    ///
    /// libxml2's complaints depend on where its input is cut, so it is always cut alike: every
    /// `ContentLimits.chunkBytes`, whatever the pieces. The watchdog sees every one of these chunks.
    func feed(_ piece: UnsafeRawBufferPointer) -> Bool {
        var rest = piece
        while canContinue, !rest.isEmpty {
            if pending.isEmpty, rest.count >= ContentLimits.chunkBytes {
                parse(UnsafeRawBufferPointer(rebasing: rest[..<ContentLimits.chunkBytes]))
                rest = UnsafeRawBufferPointer(rebasing: rest[ContentLimits.chunkBytes...])
                continue
            }
            let count = min(rest.count, ContentLimits.chunkBytes - pending.count)
            pending.append(contentsOf: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if pending.count == ContentLimits.chunkBytes { parsePending() }
        }
        return canContinue
    }

    private var canContinue: Bool { failure == nil && firstComplaint == nil }

    private func parsePending() {
        pending.withUnsafeBytes(parse)
        pending.removeAll(keepingCapacity: true)
    }

    private func parse(_ chunk: UnsafeRawBufferPointer) {
        _ = chunk.withMemoryRebound(to: CChar.self) { xmlParseChunk(context, $0.baseAddress, Int32($0.count), 0) }
        watch(chunkBytes: chunk.count)
    }

    /// Ends the document.
    ///
    /// - Returns: What made it unreadable; nil when it was well formed and within every limit.
    func finish() -> Diagnostic? {
        if canContinue, !pending.isEmpty { parsePending() }
        if failure == nil { xmlParseChunk(context, nil, 0, 1) }
        if let failure { return failure.diagnostic }
        if context.pointee.wellFormed == 1, context.pointee.nsWellFormed == 1 { return nil }
        if context.pointee.lastError.code == Int32(XML_ERR_DOCUMENT_END.rawValue), state.pointee.eventCount == 0 {
            return ContentError("xml-empty", "the document has no element", file: file, line: 1).diagnostic
        }
        if let firstComplaint { return firstComplaint.diagnostic }
        return ContentError(complaint: context.pointee.lastError, file: file, line: line).diagnostic
    }

    // MARK: Limits

    private func watch(chunkBytes: Int) {
        byteCount += chunkBytes
        let eventCount = state.pointee.eventCount
        if eventCount == eventCountAtLastChunk {
            bytesWithoutEvent += chunkBytes
        } else {
            bytesWithoutEvent = 0
        }
        eventCountAtLastChunk = eventCount
        bytesInTag = sluice_xml_waits_in_start_tag(context) == 1 && bytesWithoutEvent > 0 ? bytesInTag + chunkBytes : 0
        guard canContinue else { return }
        if byteCount > limits.documentBytesMax {
            stop("xml-size", "the document is larger than \(limits.documentBytesMax) bytes")
        } else if bytesInTag > limits.xmlTagBytesMax {
            stop("xml-tag-size", "a tag is longer than \(limits.xmlTagBytesMax) bytes")
        } else if bytesWithoutEvent > limits.xmlStalledBytesMax {
            stop("xml-stalled", "\(limits.xmlStalledBytesMax) bytes hold no element: a comment or value is too long")
        } else if ContinuousClock.now > deadline {
            stop("xml-time", "the document takes longer than \(limits.xmlDuration)")
        }
    }

    private func stop(_ code: String, _ message: String) {
        stop(ContentError(code, message, file: file, line: line, column: column))
    }

    private func stop(_ error: ContentError) {
        if failure == nil { failure = error }
        state.pointee.isStopped = true
        xmlStopParser(context)
    }

    private var line: Int { Int(max(1, xmlSAX2GetLineNumber(context))) }
    private var column: Int { Int(max(1, xmlSAX2GetColumnNumber(context))) }

    // MARK: Events

    func started(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, namespace: UnsafePointer<xmlChar>?,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, attributeCount: Int
    ) {
        guard !state.pointee.isStopped else { return }
        state.pointee.eventCount += 1
        state.pointee.depth += 1
        guard state.pointee.depth <= limits.xmlDepthMax else {
            return stop("xml-depth", "elements are nested deeper than \(limits.xmlDepthMax)")
        }
        guard attributeCount <= limits.xmlAttributeCountMax else {
            return stop("xml-attributes", "an element has more than \(limits.xmlAttributeCountMax) attributes")
        }
        let known = state.pointee.known[local]
        state.pointee.names.add(known.hash)
        let element = XMLStartElement(
            name: local, packElement: known.packElement, prefix: prefix, namespace: namespace, context: context,
            attributes: attributes, attributeCount: attributeCount)
        do throws(ContentError) {
            guard try sink.startElement(element), state.pointee.textDepth < 0 else { return }
            state.pointee.textDepth = state.pointee.depth
            let isLong =
                known.packElement == .value || known.packElement == .script || known.packElement == .descriptionCdata
            textBytesMax = isLong ? limits.xmlValueBytesMax : limits.xmlTextBytesMax
            text.removeAll(keepingCapacity: true)
        } catch {
            stop(error)
        }
    }

    func ended() {
        guard !state.pointee.isStopped else { return }
        state.pointee.eventCount += 1
        var kept: String?
        if state.pointee.textDepth == state.pointee.depth {
            kept = String(decoding: text, as: UTF8.self)
            keptTextBytes += text.count
            state.pointee.textDepth = -1
        }
        state.pointee.depth -= 1
        do throws(ContentError) {
            try sink.endElement(text: kept)
        } catch {
            stop(error)
        }
    }

    func characters(_ bytes: UnsafePointer<xmlChar>, count: Int) {
        guard !state.pointee.isStopped else { return }
        state.pointee.eventCount += 1
        guard state.pointee.textDepth == state.pointee.depth else {
            if watchesStrayText, state.pointee.textDepth < 0, !isBlank(bytes, count: count) {
                sink.strayText(line: line, column: column)
            }
            return
        }
        guard text.count + count <= textBytesMax else {
            return stop("xml-text-size", "a value is longer than \(textBytesMax) bytes")
        }
        text.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }

    private func isBlank(_ bytes: UnsafePointer<xmlChar>, count: Int) -> Bool {
        UnsafeBufferPointer(start: bytes, count: count).allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    func passed(_ bytes: UnsafePointer<xmlChar>, count: Int) {
        guard !state.pointee.isStopped else { return }
        state.pointee.eventCount += 1
        sink.characters(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    func refused(_ code: String, _ message: String) { stop(code, message) }

    func complained(_ error: UnsafeMutablePointer<xmlError>) {
        guard firstComplaint == nil, failure == nil, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else {
            return
        }
        firstComplaint = ContentError(complaint: error.pointee, file: file, line: line)
    }
}

/// `xmlInitParser` must run once before any thread parses; a global constant is set exactly once.
private let libxmlIsReady: Void = xmlInitParser()
