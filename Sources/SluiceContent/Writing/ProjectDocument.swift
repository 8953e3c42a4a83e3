/// An XML document of a project on its way into a jar: found readable, and its texts apart from it.
struct ProjectDocument {
    /// The document without its `descriptionCdata`; every other byte stays, so a blank line remains, as in real packs.
    let bytes: [UInt8]
    /// What its `descriptionCdata` said, in the form of properties; usually one.
    let texts: [String]

    /// - Throws: Why the reader of content packs cannot read it.
    init(_ source: [UInt8], path: String, file: String, limits: ContentLimits) throws(ContentError) {
        let sink = ProjectDocumentSink(FlowDocumentSink(file: file, limits: limits, detail: .inputs))
        let parser = XMLPushParser(file: file, limits: limits, sink: sink)
        _ = source.withUnsafeBytes { parser.feed($0) }
        if let problem = parser.finish() { throw ContentError(problem) }
        _ = try sink.document.finished(path: path)
        texts = sink.texts
        guard !texts.isEmpty else {
            bytes = source
            return
        }
        let spans = try XMLSpans(source, sequence: parser.names, file: file)
        var kept: [UInt8] = []
        var start = 0
        for child in spans.children(of: 0) where spans.isNamed("descriptionCdata", child) {
            let range = spans.elements[child].range
            kept += source[start..<range.lowerBound]
            start = range.upperBound
        }
        bytes = kept + source[start...]
    }
}

/// Reads a document as ever, and keeps the texts that stand directly below its own element.
private final class ProjectDocumentSink: XMLEventSink {
    let document: FlowDocumentSink
    private(set) var texts: [String] = []
    private var depth = 0
    /// Whether the texts are open, and whether the reader wants them too: not those of a configuration item.
    private var open: (isWantedToo: Bool, depth: Int)?

    init(_ document: FlowDocumentSink) { self.document = document }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        defer { depth += 1 }
        let isWanted = try document.startElement(element)
        guard depth == 1, element.packElement == .descriptionCdata else { return isWanted }
        open = (isWanted, depth)
        return true
    }

    func endElement(text: String?) throws(ContentError) {
        depth -= 1
        guard let open, open.depth == depth else { return try document.endElement(text: text) }
        self.open = nil
        texts.append(text ?? "")
        try document.endElement(text: open.isWantedToo ? text : nil)
    }
}
