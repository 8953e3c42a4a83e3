import SluiceModel

/// Builds the graph of one OO 10 XML document from the parser's events.
final class FlowDocumentSink: XMLEventSink {
    // Behind a pointer: a class asks for the right to change a field at each event, and twice per element.
    private let builder: UnsafeMutablePointer<FlowDocumentBuilder>

    /// - Parameters:
    ///   - texts: Those of the pack, for documents that have none themselves.
    ///   - detail: How much of the document is kept.
    init(
        file: String, limits: ContentLimits, texts: PackTexts = PackTexts(),
        detail: FlowDocumentBuilder.Detail = .steps
    ) {
        builder = .allocate(capacity: 1)
        builder.initialize(to: FlowDocumentBuilder(file: file, limits: limits, texts: texts, detail: detail))
    }

    deinit {
        builder.deinitialize(count: 1)
        builder.deallocate()
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        try builder.pointee.start(element)
    }

    func endElement(text: String?) throws(ContentError) { try builder.pointee.end(text: text) }

    /// Name of the document's own element.
    var root: String { builder.pointee.root }
    var id: String { builder.pointee.id }
    var name: String { builder.pointee.name }
    /// What an inventory counts.
    var counts: PackPartCounts { builder.pointee.counts }
    /// What the document has that no reference knows; nil when there is none.
    var unknownNote: Diagnostic? { builder.pointee.unknownNote }

    /// The document's graph; nil when it is a configuration item.
    func finished(path: String) throws(ContentError) -> FlowDocument? { try builder.pointee.finished(path: path) }
}
