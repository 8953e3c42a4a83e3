import SluiceDrawing

/// Draws the graph of a flow as SVG: steps, arrows with their responses, the gate marked, a legend.
///
/// Steps of XML flows stand where their author put them on Studio's canvas; where the document has no places, as in
/// CloudSlang, they are laid out from top to bottom. The same document is always the same text. Names from the document
/// are shown with control characters and marks of direction escaped; no value of an input is shown. The picture has no
/// scripts, style sheets, ids or references.
public struct FlowDrawing: Sendable {
    /// The picture, a whole SVG 1.1 document.
    public let svg: String

    private static let margin = 28.0
    private static let widthMin = 680.0

    public init(_ document: FlowDocument, limits: ContentLimits = ContentLimits()) {
        let graph = DrawingGraph(document, limits: limits)
        let layout = DrawingLayout(graph, limits: limits)
        let labels = ArrowLabels(graph, layout, limits: limits).labels
        let boxes = labels.compactMap { $0?.box }
        // Marks stand above their node, gates have a border around them.
        let extent = (DrawnBox.around([layout.extent] + boxes) ?? layout.extent).grown(by: 16)
        let width = max(extent.width + 2 * Self.margin, Self.widthMin)
        let head = DrawingHead(graph, width: width - 2 * Self.margin)
        let legend = DrawingLegend(graph, width: width - 2 * Self.margin)
        let hasNodes = !graph.nodes.isEmpty
        let bodyHeight = hasNodes ? extent.height + Self.margin : 0
        let height = Self.margin + head.height + 16 + bodyHeight + legend.height + Self.margin
        var svg = SVGText()
        svg.element(
            "svg",
            [
                .init("xmlns", "http://www.w3.org/2000/svg"), .init("width", width), .init("height", height),
                .init("viewBox", "0 0 " + SVGText.number(width) + " " + SVGText.number(height)),
                .init("role", "graphics-document document"), .init("font-family", DrawingPalette.font),
                .init("font-size", DrawingLayout.nameSize), .init("fill", DrawingPalette.text),
            ]
        ) { svg in
            svg.element("title", text: head.title)
            svg.element("desc", text: head.summary)
            svg.element(
                "rect",
                [.init("width", width), .init("height", height), .init("fill", DrawingPalette.background)])
            head.draw(&svg, at: DrawnPoint(x: Self.margin, y: Self.margin))
            let top = Self.margin + head.height + 16
            // A picture that is narrower than its title stands in the middle.
            let left = (width - extent.width) / 2
            let offset = DrawnPoint(x: left - extent.x, y: top - extent.y)
            if hasNodes {
                svg.element("g", [.init("transform", "translate(" + SVGText.point(offset) + ")")]) { svg in
                    DrawingBody(graph: graph, layout: layout, labels: labels).draw(&svg)
                }
            }
            legend.draw(&svg, at: DrawnPoint(x: Self.margin, y: top + bodyHeight))
        }
        self.svg = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg.text
    }
}
