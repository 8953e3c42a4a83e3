import SluiceModel

/// What one XML document of a pack gave, before it is counted in; made on any thread.
struct ParsedDocument: Sendable {
    /// Bytes that were read of it.
    var byteCount = 0
    var keptTextBytes = 0
    /// Why it is left out; nil when it was read.
    var problem: Diagnostic?
    /// What else there is to say of it.
    var note: Diagnostic?
    var root = ""
    var id = ""
    var name = ""
    var counts = PackPartCounts()
    /// Its graph; nil for a configuration item.
    var document: FlowDocument?

    init(
        _ file: PackSource.File, from source: PackSource, limits: ContentLimits, texts: PackTexts,
        detail: FlowDocumentBuilder.TextDetail
    ) {
        let place = source.shownPath(file.path)
        let sink = FlowDocumentSink(file: place, limits: limits, texts: texts, detail: detail)
        let parser = XMLPushParser(file: place, limits: limits, sink: sink)
        var count = 0
        let unreadable = source.read(file, limits: limits) { piece in
            count += piece.count
            return parser.feed(piece)
        }
        byteCount = count
        problem = unreadable ?? parser.finish()
        keptTextBytes = parser.keptTextBytes
        guard problem == nil else { return }
        (root, id, name, counts) = (sink.root, sink.id, sink.name, sink.counts)
        note = sink.unknownNote
        do throws(ContentError) {
            document = try sink.finished(path: file.path)
        } catch {
            problem = error.diagnostic
        }
    }
}
