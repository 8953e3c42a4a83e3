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
    /// For an outline: what its bytes were.
    var fingerprint = DocumentFingerprint()
    /// Its graph; nil for a configuration item.
    var document: FlowDocument?

    init(
        _ file: PackSource.File, from source: PackSource, limits: ContentLimits, texts: PackTexts,
        detail: FlowDocumentBuilder.Detail
    ) {
        let place = source.shownPath(file.path)
        let sink = FlowDocumentSink(file: place, limits: limits, texts: texts, detail: detail)
        let parser = XMLPushParser(file: place, limits: limits, sink: sink)
        var count = 0
        var checksum = Checksum()
        let unreadable = source.read(file, limits: limits) { piece in
            count += piece.count
            if detail == .outline, file.entry == nil { checksum.update(piece) }
            return parser.feed(piece)
        }
        byteCount = count
        problem = unreadable ?? parser.finish()
        keptTextBytes = parser.keptTextBytes
        guard problem == nil else { return }
        (root, id, name, counts) = (sink.root, sink.id, sink.name, sink.counts)
        note = sink.unknownNote
        // An entry that was read well has the checksum that its archive says.
        fingerprint = DocumentFingerprint(
            length: count, checksum: file.entry.map { UInt($0.checksum) } ?? checksum.value, names: parser.names)
        do throws(ContentError) {
            document = try sink.finished(path: file.path)
        } catch {
            problem = error.diagnostic
        }
    }
}

/// What a document's bytes were when it was read, to know them again.
struct DocumentFingerprint: Hashable, Sendable {
    var length = 0
    /// CRC-32.
    var checksum: UInt = 0
    /// What `XMLSpans` is compared with.
    var names = XMLNameSequence()
}

/// A flow as far as gating has to know it before it is edited.
struct FlowOutline: Sendable {
    var document: FlowDocument
    var fingerprint: DocumentFingerprint
}
