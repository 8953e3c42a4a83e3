import SluiceDrawing

/// The responses on the arrows, each where it covers neither a node nor another label, if there is such a place.
struct ArrowLabels {
    /// The lines of one arrow's label and where they stand.
    struct Label: Hashable {
        var lines: [String]
        var box: DrawnBox
    }

    private(set) var labels: [Label?] = []

    static let size = 11.0
    static let lineHeight = 13.0
    private static let widthMax = 150.0
    /// Responses that are listed on one arrow; the others are counted.
    private static let lineCountMax = 5
    /// Places along the first bit of a line, in the order tried.
    private static let parts: [Double] = [0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75]

    /// Between two points of a line that labels of others should not cover.
    private static let sampleDistance = 12.0
    private static let sampleCountMax = 60

    init(_ graph: DrawingGraph, _ layout: DrawingLayout, limits: ContentLimits) {
        var taken = DrawnBoxIndex()
        let lines = graph.arrows.count <= limits.drawingTriedCountMax ? Self.points(layout.curves) : DrawnBoxIndex()
        for node in graph.nodes.indices {
            let frame = layout.frames[node]
            if graph.nodes[node].look == .container {
                // Its border, not what is inside.
                taken.insert(DrawnBox(x: frame.x, y: frame.y, width: frame.width, height: 2))
                taken.insert(DrawnBox(x: frame.x, y: frame.maxY - 2, width: frame.width, height: 2))
                taken.insert(DrawnBox(x: frame.x, y: frame.y, width: 2, height: frame.height))
                taken.insert(DrawnBox(x: frame.maxX - 2, y: frame.y, width: 2, height: frame.height))
            } else {
                taken.insert(frame)
            }
            if let name = layout.nameBox(node) { taken.insert(name) }
        }
        for (number, arrow) in graph.arrows.enumerated() {
            guard let curve = layout.curves[number], !curve.pieces.isEmpty else {
                labels.append(nil)
                continue
            }
            let texts = Self.lines(arrow.transitions)
            let width = texts.map { DrawnText.width($0, size: Self.size) }.max() ?? 0
            let size = DrawnSize(width: width + 6, height: Double(texts.count) * Self.lineHeight + 2)
            var box = texts.isEmpty ? nil : Self.place(size, on: curve, taken, lines)
            if box != nil, arrow.source == arrow.destination {
                // Right of the loop: marks stand above the node.
                let frame = layout.frames[arrow.source]
                box?.x = frame.maxX + 18
                box?.y = frame.y - size.height + 4
            }
            if let box { taken.insert(box) }
            labels.append(box.map { Label(lines: texts, box: $0) })
        }
    }

    private static func lines(_ transitions: [FlowTransition]) -> [String] {
        var lines = transitions.map { transition in
            let text = transition.response.isEmpty ? transition.name : transition.response
            return DrawnText.shortened(DrawnText.plain(text), widthMax: widthMax, size: size)
        }.filter { !$0.isEmpty }
        if lines.count > lineCountMax {
            let more = lines.count - lineCountMax + 1
            lines = lines.prefix(lineCountMax - 1) + ["and \(more) more"]
        }
        return lines
    }

    /// Boxes around points of all lines.
    private static func points(_ curves: [DrawnCurve?]) -> DrawnBoxIndex {
        var index = DrawnBoxIndex()
        for curve in curves.compactMap({ $0 }) {
            for piece in curve.pieces.indices {
                let (from, to) = (curve.point(of: piece, at: 0), curve.point(of: piece, at: 1))
                let length = abs(to.x - from.x) + abs(to.y - from.y)
                let count = min(max(Int(length / sampleDistance), 1), sampleCountMax)
                for sample in 0..<count {
                    let point = curve.point(of: piece, at: (Double(sample) + 0.5) / Double(count))
                    index.insert(DrawnBox(x: point.x, y: point.y, width: 0.1, height: 0.1))
                }
            }
        }
        return index
    }

    /// Where it covers neither a node, a label nor another line; else no node and label; else in the middle.
    private static func place(
        _ size: DrawnSize, on curve: DrawnCurve, _ taken: DrawnBoxIndex, _ lines: DrawnBoxIndex
    ) -> DrawnBox {
        let piece = longestOfFirst(curve)
        let own = points([curve])
        let boxes = parts.map { part -> DrawnBox in
            let point = curve.point(of: piece, at: part)
            return DrawnBox(
                x: point.x - size.width / 2, y: point.y - size.height / 2, width: size.width, height: size.height)
        }
        let free = boxes.filter { taken.isFree($0) }
        return free.first { lines.count(in: $0) <= own.count(in: $0) } ?? free.first ?? boxes[0]
    }

    /// The bit near the source that has room: the first, unless that is only a stub before a bend.
    private static func longestOfFirst(_ curve: DrawnCurve) -> Int {
        guard curve.pieces.count > 1 else { return 0 }
        let length = { (piece: Int) -> Double in
            let (from, to) = (curve.point(of: piece, at: 0), curve.point(of: piece, at: 1))
            return abs(to.x - from.x) + abs(to.y - from.y)
        }
        return length(0) >= 60 ? 0 : 1
    }
}
