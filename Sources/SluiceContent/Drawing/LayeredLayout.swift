/// Places for steps that have none: layers from top to bottom, the main way straight down, arrows led around.
struct LayeredLayout {
    /// The upper left corner of each node.
    private(set) var corners: [DrawnPoint] = []
    /// The line of each edge; nil for those that are to be led freely.
    private(set) var curves: [DrawnCurve?] = []
    /// Whether the line ends with an arrowhead: others join one that does.
    private(set) var hasHead: [Bool] = []
    /// The piece of each line from which on it is that of several edges; nil where it is its own.
    private(set) var sharedFrom: [Int?] = []

    private let graph: LayeredGraph
    private let order: LayeredOrder
    /// Middle of each cell.
    private var middle: [Double] = []
    private var tops: [Double] = []
    private var heights: [Double] = []
    /// Where each line leaves its upper cell and comes to its lower one.
    private var ports: [(upper: Double, lower: Double)] = []

    private static let layerGap = 74.0
    private static let nodeGap = 44.0
    private static let portDistanceMax = 24.0

    init(sizes: [DrawnSize], edges: [LayeredGraph.Edge], start: Int?, limits: ContentLimits) {
        graph = LayeredGraph(sizes: sizes, edges: edges, start: start, bendCountMax: limits.drawingBendCountMax)
        order = LayeredOrder(graph, triedCountMax: limits.drawingTriedCountMax)
        middle = LayeredColumns(graph, order).middle
        placeRows()
        placeIsolated()
        corners = sizes.indices.map { node in
            DrawnPoint(x: middle[node] - sizes[node].width / 2, y: top(node))
        }
        placePorts()
        for (number, edge) in edges.enumerated() {
            let way = graph.ways[number]
            curves.append(nil)
            sharedFrom.append(nil)
            hasHead.append(way.isWhole)
            if let link = way.link { lead(edge, way, link: link, number: number) }
        }
    }

    // MARK: Places

    private mutating func placeRows() {
        var top = 0.0
        for cells in order.layers {
            let height = cells.map { graph.sizes[$0].height }.max() ?? 0
            tops.append(top)
            heights.append(height)
            top += height + Self.layerGap
        }
    }

    /// What no arrow touches stands in rows below all else.
    private mutating func placeIsolated() {
        guard !graph.isolated.isEmpty else { return }
        let left = order.layers.joined().map { middle[$0] - graph.sizes[$0].width / 2 }.min() ?? 0
        let columnCount = max(3, Int(Double(graph.isolated.count).squareRoot().rounded(.up)))
        var top = (tops.last ?? 0) + (heights.last.map { $0 + Self.layerGap } ?? 0)
        for rowStart in stride(from: 0, to: graph.isolated.count, by: columnCount) {
            let row = graph.isolated[rowStart..<min(rowStart + columnCount, graph.isolated.count)]
            var x = left
            for node in row {
                middle[node] = x + graph.sizes[node].width / 2
                isolatedTops[node] = top
                x += graph.sizes[node].width + Self.nodeGap
            }
            top += (row.map { graph.sizes[$0].height }.max() ?? 0) + Self.nodeGap
        }
    }

    private var isolatedTops: [Int: Double] = [:]

    private func top(_ cell: Int) -> Double {
        if let top = isolatedTops[cell] { return top }
        let layer = graph.layerOf[cell]
        return tops[layer] + (heights[layer] - graph.sizes[cell].height) / 2
    }

    // MARK: Lines

    private mutating func placePorts() {
        ports = graph.links.map { (middle[$0.upper], middle[$0.lower]) }
        var above = [[Int]](repeating: [], count: graph.nodeCount)
        var below = above
        for (number, link) in graph.links.enumerated() {
            if link.lower < graph.nodeCount { above[link.lower].append(number) }
            if link.upper < graph.nodeCount { below[link.upper].append(number) }
        }
        for node in 0..<graph.nodeCount {
            let up = above[node].sorted { (middle[graph.links[$0].upper], $0) < (middle[graph.links[$1].upper], $1) }
            for (link, offset) in zip(up, portOffsets(up, node)) { ports[link].lower += offset }
            let down = below[node].sorted { (middle[graph.links[$0].lower], $0) < (middle[graph.links[$1].lower], $1) }
            for (link, offset) in zip(down, portOffsets(down, node)) { ports[link].upper += offset }
        }
    }

    /// The main line is in the middle, the others beside it.
    private func portOffsets(_ links: [Int], _ node: Int) -> [Double] {
        let main = links.firstIndex { graph.links[$0].isMain }.map(Double.init) ?? Double(links.count - 1) / 2
        let room = graph.sizes[node].width / 2 - 16
        let farthest = max(main, Double(links.count - 1) - main, 1)
        let distance = min(Self.portDistanceMax, room / farthest)
        return links.indices.map { (Double($0) - main) * distance }
    }

    private mutating func lead(_ edge: LayeredGraph.Edge, _ way: LayeredGraph.Way, link: Int, number: Int) {
        let isUp = way.isReversed
        let from = isUp ? ports[link].lower : ports[link].upper
        var curve = DrawnCurve(
            start: DrawnPoint(x: from, y: top(edge.source) + (isUp ? 0 : graph.sizes[edge.source].height)))
        defer { curves[number] = curve }
        curve.line(to: DrawnPoint(x: from, y: side(edge.source, isLower: !isUp)))
        var endLink = link
        if let trunk = way.trunk.map({ graph.trunks[$0] }) {
            let joint = graph.jointOffset(number)
            let cells = isUp ? Array(trunk.cells[...joint].reversed()) : Array(trunk.cells[joint...])
            curve.bend(to: DrawnPoint(x: middle[cells[0]], y: side(cells[0], isLower: isUp)))
            guard way.isWhole else { return }
            if trunk.edgeCount > 1 { sharedFrom[number] = curve.pieces.count }
            for cell in cells {
                curve.bend(to: DrawnPoint(x: middle[cell], y: side(cell, isLower: isUp)))
                curve.line(to: DrawnPoint(x: middle[cell], y: side(cell, isLower: !isUp)))
            }
            endLink = trunk.endLink
        }
        let to = isUp ? ports[endLink].upper : ports[endLink].lower
        curve.bend(to: DrawnPoint(x: to, y: side(edge.destination, isLower: isUp)))
        curve.line(
            to: DrawnPoint(x: to, y: top(edge.destination) + (isUp ? graph.sizes[edge.destination].height : 0)))
    }

    /// The upper or lower edge of a cell's layer.
    private func side(_ cell: Int, isLower: Bool) -> Double {
        let layer = graph.layerOf[cell]
        return tops[layer] + (isLower ? heights[layer] : 0)
    }
}
