/// Draws a flow's graph as an SVG picture, the way Studio shows it, with the gate marked.
///
/// Steps stand where the document's bounds put them; where it has none, as in CloudSlang, in columns by their distance
/// from the start. Every step and every transition is there, also those that nothing reaches and those that lead
/// nowhere. Arrows from a return step to itself are left out: they only name the flow's response.
///
/// The picture has no script, font or link from outside, and no text that is not escaped, whatever the flow is called.
public struct FlowDrawing: Sendable {
    /// Boxes up to which arrows and labels look for a free way; beyond, they go straight.
    static let avoidedBoxCountMax = 400
    /// Containers inside each other that are drawn with their steps.
    static let depthMax = 64

    private let document: FlowDocument

    public init(_ document: FlowDocument) { self.document = document }

    /// The picture as a whole SVG file.
    public var svg: String {
        var layout = FlowLayout(document)
        layout.addEnds()
        let arrows = FlowArrows(layout)
        let frame = arrows.frame.union(layout.frame).insetBy(-24)
        var svg = SVGText()
        svg.open(
            "svg",
            [
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("viewBox", [frame.x, frame.y, frame.width, frame.height].map(SVGText.number).joined(separator: " ")),
                ("width", SVGText.number(frame.width)), ("height", SVGText.number(frame.height)), ("role", "img"),
            ])
        svg.leaf("title", [], text: document.name)
        svg.leaf("style", [], text: Self.style)
        svg.mark(
            "rect",
            [
                ("class", "paper"), ("x", SVGText.number(frame.x)), ("y", SVGText.number(frame.y)),
                ("width", SVGText.number(frame.width)), ("height", SVGText.number(frame.height)),
            ])
        Self.arrowHeads(&svg)
        for box in layout.boxes where box.isContainer { draw(box, in: &svg) }
        arrows.draw(in: &svg)
        for box in layout.boxes where !box.isContainer { draw(box, in: &svg) }
        arrows.drawLabels(in: &svg)
        svg.close("svg")
        return svg.text
    }

    private func draw(_ box: FlowBox, in svg: inout SVGText) {
        let frame = box.frame
        svg.open("g", [("class", box.classes), ("data-step", box.id)])
        svg.leaf("title", [], text: box.tip)
        svg.mark(
            "rect",
            [
                ("x", SVGText.number(frame.x)), ("y", SVGText.number(frame.y)), ("width", SVGText.number(frame.width)),
                ("height", SVGText.number(frame.height)), ("rx", box.isEnd ? "20" : "6"),
            ])
        if box.isContainer {
            svg.line(box.name, x: frame.x + 10, y: frame.y + 16, width: frame.width - 20, isCentred: false)
        } else {
            svg.lines(box.name, in: frame)
        }
        if box.isGate {
            svg.leaf(
                "text", [("class", "badge"), ("x", SVGText.number(frame.x)), ("y", SVGText.number(frame.y - 6))],
                text: "gate")
        }
        svg.close("g")
    }

    private static func arrowHeads(_ svg: inout SVGText) {
        svg.open("defs", [])
        for (id, isBad) in [("head", false), ("bad-head", true)] {
            svg.open(
                "marker",
                [
                    ("id", id), ("viewBox", "0 0 8 8"), ("refX", "7"), ("refY", "4"), ("markerWidth", "8"),
                    ("markerHeight", "8"), ("orient", "auto"),
                ])
            svg.mark("path", [("class", isBad ? "bad-fill" : "fill"), ("d", "M0 0 L8 4 L0 8 Z")])
            svg.close("marker")
        }
        svg.close("defs")
    }

    /// Colours that people with any kind of sight tell apart: types differ in lightness too, and the names say them.
    private static let style = """
        text { font: 11px sans-serif; fill: #1c2430; }
        .paper { fill: #ffffff; }
        .step rect { fill: #eef3fa; stroke: #5c7392; stroke-width: 1.2; }
        .container rect { fill: #f7f7f4; stroke: #8a8a7a; stroke-dasharray: 6 4; stroke-width: 1.2; }
        .gate rect { fill: #ffe9b8; stroke: #b26a00; stroke-width: 3; }
        .badge { font-weight: bold; fill: #8a5200; }
        .start rect { stroke-width: 2.4; }
        .resolved rect { fill: #d3efd6; stroke: #2e7d3c; }
        .error rect { fill: #f9d6d2; stroke: #b3261e; }
        .diagnosed rect { fill: #d9e7fb; stroke: #2b5fab; }
        .no-action rect { fill: #ececec; stroke: #6b6b6b; }
        .nowhere rect { fill: #ffffff; stroke: #b3261e; stroke-dasharray: 3 3; }
        .arrow { fill: none; stroke: #4b5666; stroke-width: 1.3; marker-end: url(#head); }
        .bad .arrow { stroke: #b3261e; stroke-dasharray: 4 3; marker-end: url(#bad-head); }
        .fill { fill: #4b5666; }
        .bad-fill { fill: #b3261e; }
        .label { font-size: 10px; text-anchor: middle; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
        .middle { text-anchor: middle; }
        """
}
