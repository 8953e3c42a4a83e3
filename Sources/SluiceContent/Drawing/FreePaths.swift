/// Lines of arrows between places that nobody laid out: straight, or bent around what would be in the way.
struct FreePaths {
    private let graph: DrawingGraph
    private let frames: [DrawnBox]
    private let names: [DrawnBox?]
    private var obstacles = DrawnBoxIndex()
    /// The node of each obstacle.
    private var nodes: [Int] = []
    private var ways: Set<Way> = []

    private struct Way: Hashable {
        var source: Int
        var destination: Int
    }

    /// How far a line may be bent aside, in the order tried.
    private static let bends: [Double] = [0, 34, -34, 68, -68, 110, -110, 160, -160]
    private static let sampleCount = 24
    /// Between an arrow and the node it belongs to.
    private static let clearance = 4.0

    init(_ graph: DrawingGraph, frames: [DrawnBox], names: [DrawnBox?]) {
        self.graph = graph
        self.frames = frames
        self.names = names
        for node in graph.nodes.indices where graph.nodes[node].look != .container {
            for box in [frames[node], names[node]].compactMap({ $0 }) {
                obstacles.insert(box.grown(by: 3))
                nodes.append(node)
            }
        }
        for arrow in graph.arrows { ways.insert(Way(source: arrow.source, destination: arrow.destination)) }
    }

    /// The line of an arrow.
    func curve(_ arrow: DrawingGraph.Arrow) -> DrawnCurve {
        guard arrow.source != arrow.destination else { return loop(frames[arrow.source]) }
        let isMutual = ways.contains(Way(source: arrow.destination, destination: arrow.source))
        var best: (curve: DrawnCurve, hitCount: Int)?
        for bend in Self.bends where !(isMutual && bend == 0) {
            let curve = curve(arrow, bend: bend)
            let hitCount = hitCount(curve, arrow)
            if hitCount < best?.hitCount ?? Int.max { best = (curve, hitCount) }
            if hitCount == 0 { break }
        }
        return best?.curve ?? curve(arrow, bend: 0)
    }

    private func curve(_ arrow: DrawingGraph.Arrow, bend: Double) -> DrawnCurve {
        let (from, to) = (frames[arrow.source].centre, frames[arrow.destination].centre)
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let length = max((dx * dx + dy * dy).squareRoot(), 1)
        // To the right of its direction, so that two opposite arrows are two lines. A curve reaches half its control.
        let aside = DrawnPoint(x: -dy / length * bend * 2, y: dx / length * bend * 2)
        let control = { (one: DrawnPoint, other: DrawnPoint) in
            DrawnPoint(x: (one.x + other.x) / 2, y: (one.y + other.y) / 2) + aside
        }
        let start = exit(arrow.source, towards: control(from, to))
        let end = exit(arrow.destination, towards: control(from, to))
        return DrawnCurve(from: start, over: control(start, end), to: end)
    }

    /// Where a line from a node's middle leaves the node, and its name when it goes through that.
    private func exit(_ node: Int, towards target: DrawnPoint) -> DrawnPoint {
        let box = frames[node].grown(by: Self.clearance)
        let (dx, dy) = (target.x - box.centre.x, target.y - box.centre.y)
        guard dx != 0 || dy != 0 else { return DrawnPoint(x: box.centre.x, y: box.maxY) }
        let point = { (part: Double) in DrawnPoint(x: box.centre.x + dx * part, y: box.centre.y + dy * part) }
        let leaves = Self.parts(of: box, from: box.centre, dx: dx, dy: dy)?.upperBound ?? 0
        guard let name = names[node].flatMap({ Self.parts(of: $0.grown(by: 2), from: box.centre, dx: dx, dy: dy) }),
            name.lowerBound < 1, name.upperBound > leaves
        else { return point(leaves) }
        return point(name.upperBound)
    }

    /// Which parts of a ray are in a box, 1 being its length; nil when none is.
    private static func parts(of box: DrawnBox, from: DrawnPoint, dx: Double, dy: Double) -> ClosedRange<Double>? {
        var (first, last) = (0.0, Double.infinity)
        for (start, step, low, high) in [(from.x, dx, box.x, box.maxX), (from.y, dy, box.y, box.maxY)] {
            if step == 0 {
                guard start > low, start < high else { return nil }
                continue
            }
            let (one, other) = ((low - start) / step, (high - start) / step)
            first = max(first, min(one, other))
            last = min(last, max(one, other))
        }
        return first < last ? first...last : nil
    }

    private func hitCount(_ curve: DrawnCurve, _ arrow: DrawingGraph.Arrow) -> Int {
        var hit: Set<Int> = []
        for sample in 1..<Self.sampleCount {
            let point = curve.point(of: 0, at: Double(sample) / Double(Self.sampleCount))
            for box in obstacles.boxes(at: point) where !isEnd(nodes[box], of: arrow) { hit.insert(nodes[box]) }
        }
        return hit.count
    }

    private func isEnd(_ node: Int, of arrow: DrawingGraph.Arrow) -> Bool {
        node == arrow.source || node == arrow.destination
    }

    /// A line from a node to itself, round its upper right corner.
    private func loop(_ box: DrawnBox) -> DrawnCurve {
        var curve = DrawnCurve(start: DrawnPoint(x: box.maxX - 16, y: box.y - Self.clearance))
        curve.append(
            DrawnCurve.Piece(
                firstControl: DrawnPoint(x: box.maxX - 16, y: box.y - 44),
                secondControl: DrawnPoint(x: box.maxX + 44, y: box.y + 16),
                end: DrawnPoint(x: box.maxX + Self.clearance, y: box.y + 16)))
        return curve
    }
}
