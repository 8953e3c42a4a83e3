/// The arrows of a picture: each takes the first way that crosses no box, each label the first free place on its arrow.
struct FlowArrows {
    private struct Arrow {
        let transition: FlowTransition
        let source: FlowBox
        let target: FlowBox
        var start: FlowPoint
        var control: FlowPoint
        var end: FlowPoint
        var label = FlowRectangle(x: 0, y: 0, width: 0, height: 12)

        /// A point of the quadratic curve, 0 at its start and 1 at its end.
        func point(_ part: Double) -> FlowPoint {
            let rest = 1 - part
            return FlowPoint(
                x: rest * rest * start.x + 2 * rest * part * control.x + part * part * end.x,
                y: rest * rest * start.y + 2 * rest * part * control.y + part * part * end.y)
        }
    }

    private var arrows: [Arrow] = []
    /// What the arrows and labels need.
    private(set) var frame: FlowRectangle

    /// How far aside an arrow goes, in the order tried.
    private static let bends: [Double] = [
        0, 34, -34, 17, -17, 51, -51, 68, -68, 85, -85, 110, -110, 160, -160, 220, -220,
    ]
    private static let parts = (1...15).map { Double($0) / 16 }
    private static let labelParts = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74]
    private static let labelWidthMax = 118.0

    init(_ layout: FlowLayout) {
        frame = layout.frame
        let avoids = layout.boxes.count <= FlowDrawing.avoidedBoxCountMax
        var used: [Set<Int>: Set<Double>] = [:]
        var taken = avoids ? layout.boxes.filter { !$0.isContainer }.map(\.frame) : []
        for (index, box) in layout.boxes.enumerated() {
            for transition in box.transitions {
                guard let target = layout.destination(of: transition, from: box) else { continue }
                let pair: Set<Int> = [index, target]
                var arrow = Self.arrow(
                    transition, index, target, layout, used: used[pair, default: []], avoids: avoids)
                used[pair, default: []].insert(arrow.bend * (index <= target ? 1 : -1))
                Self.placeLabel(&arrow.arrow, taken: taken)
                if avoids { taken.append(arrow.arrow.label) }
                frame = frame.union(arrow.arrow.label)
                for part in [0.25, 0.5, 0.75] {
                    let point = arrow.arrow.point(part)
                    frame = frame.union(FlowRectangle(x: point.x, y: point.y, width: 0, height: 0))
                }
                arrows.append(arrow.arrow)
            }
        }
    }

    private static func arrow(
        _ transition: FlowTransition, _ source: Int, _ target: Int, _ layout: FlowLayout, used: Set<Double>,
        avoids: Bool
    ) -> (arrow: Arrow, bend: Double) {
        let (from, to) = (layout.boxes[source], layout.boxes[target])
        guard source != target else {
            let bend = bends.first { $0 > 0 && !used.contains($0) } ?? Double(used.count) * 34
            let (top, x) = (from.frame.y, from.frame.centre.x)
            return (
                Arrow(
                    transition: transition, source: from, target: to, start: FlowPoint(x: x + 40, y: top),
                    control: FlowPoint(x: x, y: top - bend * 2), end: FlowPoint(x: x - 40, y: top)), bend
            )
        }
        let (a, b) = (from.frame.centre, to.frame.centre)
        let length = max(1, ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot())
        var best: (arrow: Arrow, bend: Double, hits: Int)?
        // The way of one arrow between two boxes is not the way of the one back.
        let sign: Double = source <= target ? 1 : -1
        let free = bends.filter { !used.contains($0 * sign) }
        for bend in free.isEmpty ? [Double(used.count) * 24] : free {
            let aside = FlowPoint(x: -(b.y - a.y) / length * bend * 2, y: (b.x - a.x) / length * bend * 2)
            let aim = FlowPoint(x: (a.x + b.x) / 2 + aside.x, y: (a.y + b.y) / 2 + aside.y)
            let (start, end) = (
                from.frame.border(towards: bend == 0 ? b : aim), to.frame.border(towards: bend == 0 ? a : aim)
            )
            let arrow = Arrow(
                transition: transition, source: from, target: to, start: start,
                control: FlowPoint(x: (start.x + end.x) / 2 + aside.x, y: (start.y + end.y) / 2 + aside.y), end: end)
            let hits = avoids ? self.hits(arrow, layout, but: [source, target]) : 0
            if best.map({ hits < $0.hits }) ?? true { best = (arrow, bend, hits) }
            if hits == 0 { break }
        }
        let found =
            best ?? (
                Arrow(transition: transition, source: from, target: to, start: a, control: a, end: b), 0, 0
            )
        return (found.arrow, found.bend)
    }

    /// How many points of it lie in boxes that are not its own.
    private static func hits(_ arrow: Arrow, _ layout: FlowLayout, but own: [Int]) -> Int {
        let points = parts.map(arrow.point)
        var hits = 0
        for (index, box) in layout.boxes.enumerated() where !box.isContainer && !own.contains(index) {
            let frame = box.frame.insetBy(-6)
            hits += points.count(where: frame.contains)
        }
        return hits
    }

    private static func placeLabel(_ arrow: inout Arrow, taken: [FlowRectangle]) {
        let width = min(SVGText.width(of: arrow.transition.response) * 10 / 11, labelWidthMax) + 4
        let places = labelParts.map { part in
            let point = arrow.point(part)
            return FlowRectangle(x: point.x - width / 2, y: point.y - 6, width: width, height: 12)
        }
        arrow.label = places.first { place in !taken.contains { $0.intersects(place) } } ?? places[0]
    }

    // MARK: Drawing

    func draw(in svg: inout SVGText) {
        for arrow in arrows {
            let isBad = arrow.target.kind == .nowhere
            svg.open(
                "g",
                [
                    ("class", isBad ? "transition bad" : "transition"), ("data-from", arrow.source.id),
                    ("data-to", arrow.target.id), ("data-response", arrow.transition.response),
                ])
            svg.leaf("title", [], text: Self.tip(arrow))
            let path = [arrow.start, arrow.control, arrow.end].map {
                SVGText.number($0.x) + " " + SVGText.number($0.y)
            }
            svg.mark("path", [("class", "arrow"), ("d", "M\(path[0]) Q\(path[1]) \(path[2])")])
            svg.close("g")
        }
    }

    func drawLabels(in svg: inout SVGText) {
        for arrow in arrows {
            svg.leaf(
                "text",
                [
                    ("class", "label"), ("x", SVGText.number(arrow.label.centre.x)),
                    ("y", SVGText.number(arrow.label.y + 10)),
                ], text: SVGText.fitted(arrow.transition.response, width: Self.labelWidthMax * 11 / 10))
        }
    }

    private static func tip(_ arrow: Arrow) -> String {
        let (response, name) = (arrow.transition.response, arrow.transition.name)
        let label = name.isEmpty || name == response ? response : "\(response), labelled \(name)"
        return "\(arrow.source.name): \(label) to \(arrow.target.name)"
    }
}
