import SluiceModel

/// Builds the graph of one OO 10 XML document from the parser's events.
final class FlowDocumentSink: XMLEventSink {
    // A value of its own: whoever changes it asks once for the right to, and not at every field.
    private var builder: FlowDocumentBuilder

    /// - Parameters:
    ///   - texts: Those of the pack, for documents that have none themselves.
    ///   - detail: How much of the texts is looked up.
    init(
        file: String, limits: ContentLimits, texts: PackTexts = PackTexts(),
        detail: FlowDocumentBuilder.TextDetail = .steps
    ) {
        builder = FlowDocumentBuilder(file: file, limits: limits, texts: texts, detail: detail)
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool { try builder.start(element) }

    func endElement(_ name: String, text: String?) throws(ContentError) { try builder.end(text: text) }

    /// Name of the document's own element.
    var root: String { builder.root }
    var id: String { builder.id }
    var name: String { builder.name }
    /// What an inventory counts.
    var counts: PackPartCounts { builder.counts }
    /// What the document has that no reference knows; nil when there is none.
    var unknownNote: Diagnostic? { builder.unknownNote }

    /// The document's graph; nil when it is a configuration item.
    func finished(path: String) throws(ContentError) -> FlowDocument? { try builder.finished(path: path) }
}
