import SluiceDrawing

/// The picture itself: boxes of containers, then arrows, then nodes, then the responses on the arrows.
struct DrawingBody {
    let graph: DrawingGraph
    let layout: DrawingLayout
    let labels: [ArrowLabels.Label?]

    private static let headLength = 9.0
    private static let headWidth = 4.5

    func draw(_ svg: inout SVGText) {
        drawPutIn(&svg)
        for node in graph.nodes.indices where graph.nodes[node].look == .container { drawBox(node, &svg) }
        for arrow in graph.arrows.indices { drawArrow(arrow, &svg) }
        for node in graph.nodes.indices where graph.nodes[node].look != .container { drawNode(node, &svg) }
        svg.element("g", [.init("font-size", ArrowLabels.size), .init("text-anchor", "middle")]) { svg in
            for arrow in graph.arrows.indices { drawLabel(arrow, &svg) }
        }
    }

    // MARK: What gating put in

    /// One border around all of it, or one around each when something else stands between.
    private func drawPutIn(_ svg: inout SVGText) {
        let ours = graph.nodes.indices.filter { graph.nodes[$0].isPutIn }
        guard let all = DrawnBox.around(ours.map { layout.footprint($0) })?.grown(by: 12) else { return }
        let isAlone = !graph.nodes.indices.contains {
            !graph.nodes[$0].isPutIn && layout.footprint($0).overlaps(all)
        }
        for box in isAlone ? [all] : ours.map({ layout.footprint($0).grown(by: 7) }) {
            svg.box(
                box, radius: 14,
                [
                    .init("fill", DrawingPalette.putIn), .init("stroke", DrawingPalette.gate),
                    .init("stroke-dasharray", "2 4"),
                ])
        }
    }

    // MARK: Arrows

    private func drawArrow(_ number: Int, _ svg: inout SVGText) {
        guard let curve = layout.curves[number], !curve.pieces.isEmpty else { return }
        let arrow = graph.arrows[number]
        let isOfGate = graph.nodes[arrow.source].look == .gate
        let colour = isOfGate ? DrawingPalette.gate : DrawingPalette.line
        svg.element("g", [.init("fill", "none"), .init("stroke", colour), .init("stroke-width", "1.6")]) { svg in
            svg.element("title", text: words(arrow))
            guard isOfGate, let shared = layout.sharedFrom[number] else {
                svg.element("path", [.init("d", Self.path(curve))])
                if layout.hasHead[number] { drawHead(curve, colour, &svg) }
                return
            }
            let (own, others) = curve.split(before: shared)
            svg.element("path", [.init("d", Self.path(own))])
            svg.element("path", [.init("d", Self.path(others)), .init("stroke", DrawingPalette.line)])
            if layout.hasHead[number] { drawHead(curve, DrawingPalette.line, &svg) }
        }
    }

    private func words(_ arrow: DrawingGraph.Arrow) -> String {
        let responses = arrow.transitions.map { transition in
            let response = DrawnText.plain(transition.response)
            let name = DrawnText.plain(transition.name)
            return name == response || name.isEmpty ? response : response + " (labelled " + name + ")"
        }
        let (source, destination) = (graph.nodes[arrow.source].name, graph.nodes[arrow.destination].name)
        return DrawnText.plain(source) + " → " + DrawnText.plain(destination) + ": "
            + responses.joined(separator: ", ")
    }

    private static func path(_ curve: DrawnCurve) -> String {
        var path = "M" + SVGText.point(curve.start)
        for piece in curve.pieces {
            path += "C" + SVGText.point(piece.firstControl) + " " + SVGText.point(piece.secondControl) + " "
            path += SVGText.point(piece.end)
        }
        return path
    }

    private func drawHead(_ curve: DrawnCurve, _ colour: String, _ svg: inout SVGText) {
        let (tip, from) = (curve.end, curve.lastControl)
        let (dx, dy) = (tip.x - from.x, tip.y - from.y)
        let length = (dx * dx + dy * dy).squareRoot()
        guard length > 0 else { return }
        let (ux, uy) = (dx / length, dy / length)
        let base = DrawnPoint(x: tip.x - ux * Self.headLength, y: tip.y - uy * Self.headLength)
        let left = DrawnPoint(x: base.x - uy * Self.headWidth, y: base.y + ux * Self.headWidth)
        let right = DrawnPoint(x: base.x + uy * Self.headWidth, y: base.y - ux * Self.headWidth)
        let path = "M" + SVGText.point(tip) + "L" + SVGText.point(left) + "L" + SVGText.point(right) + "Z"
        svg.element("path", [.init("d", path), .init("fill", colour), .init("stroke", "none")])
    }

    /// The colour inside a container, or of the whole picture.
    func background(around parent: Int?) -> String {
        parent == nil ? DrawingPalette.background : DrawingPalette.box
    }

    private func drawLabel(_ number: Int, _ svg: inout SVGText) {
        guard let label = labels[number] else { return }
        let (source, destination) = (graph.arrows[number].source, graph.arrows[number].destination)
        let isOfGate = graph.nodes[source].look == .gate
        let isInside = graph.nodes[source].isPutIn && graph.nodes[destination].isPutIn
        let behind = isInside ? DrawingPalette.putIn : background(around: graph.nodes[source].parent)
        svg.box(label.box, radius: 3, [.init("fill", behind), .init("fill-opacity", "0.88")])
        for (line, text) in label.lines.enumerated() {
            svg.element(
                "text",
                [
                    .init("x", label.box.centre.x),
                    .init("y", label.box.y + Double(line + 1) * ArrowLabels.lineHeight - 2.5),
                    .init("fill", isOfGate ? DrawingPalette.gateText : DrawingPalette.quietText),
                ], text: text)
        }
    }
}
