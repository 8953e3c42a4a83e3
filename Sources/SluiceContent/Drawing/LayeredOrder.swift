/// The cells of each layer from left to right, in an order in which few lines cross.
struct LayeredOrder {
    private(set) var layers: [[Int]]
    private var position: [Int]
    /// Neighbours of each cell, and what crossing the line to them costs.
    private var above: [[Neighbour]]
    private var below: [[Neighbour]]

    private struct Neighbour {
        var cell: Int
        var cost: Int
    }

    /// Where the bends of long edges are at first.
    private enum BendSide: CaseIterable {
        /// Those upwards left of all steps, those downwards right of them.
        case byDirection
        case right
        /// Where the step is that they lead to.
        case within
    }

    private static let roundCountMax = 12
    /// Layouts that bends are moved in, as a whole and one layer at a time: bends times cells.
    private static let movedCountMax = 200_000

    init(_ graph: LayeredGraph, triedCountMax: Int) {
        above = [[Neighbour]](repeating: [], count: graph.sizes.count)
        below = above
        for link in graph.links {
            above[link.lower].append(Neighbour(cell: link.upper, cost: Int(link.weight.rounded(.up))))
            below[link.upper].append(Neighbour(cell: link.lower, cost: Int(link.weight.rounded(.up))))
        }
        position = [Int](repeating: 0, count: graph.sizes.count)
        let isIsolated = Set(graph.isolated)
        let cells = graph.sizes.indices.filter { !isIsolated.contains($0) }
        layers = []
        let isSmall = cells.count <= triedCountMax
        var best: (cost: Int, layers: [[Int]])?
        for side in isSmall ? BendSide.allCases : [.byDirection] {
            arrange(cells, graph, side)
            improve(roundCount: isSmall ? Self.roundCountMax : 2)
            if graph.trunks.count * cells.count <= Self.movedCountMax { moveTrunks(graph) }
            let cost = crossingCost()
            if cost < best?.cost ?? Int.max { best = (cost, layers) }
            if cost == 0 { break }
        }
        layers = best?.layers ?? []
        for layer in layers.indices { number(layer) }
    }

    private mutating func arrange(_ cells: [Int], _ graph: LayeredGraph, _ side: BendSide) {
        var sides = [Int](repeating: 0, count: graph.sizes.count)
        for trunk in graph.trunks where side != .within {
            for cell in trunk.cells { sides[cell] = trunk.isReversed && side == .byDirection ? -1 : 1 }
        }
        let key = { (cell: Int) in (sides[cell], graph.rank[cell], cell) }
        layers = [[Int]](repeating: [], count: (cells.map { graph.layerOf[$0] }.max() ?? -1) + 1)
        for cell in cells.sorted(by: { key($0) < key($1) }) { layers[graph.layerOf[cell]].append(cell) }
        for layer in layers.indices { number(layer) }
    }

    private mutating func number(_ layer: Int) {
        for (place, cell) in layers[layer].enumerated() { position[cell] = place }
    }

    /// Sorts each layer by the mean place of its neighbours, downwards and upwards in turn; keeps the best order.
    private mutating func improve(roundCount: Int) {
        var best = layers
        var lowest = crossingCost()
        for round in 0..<roundCount where lowest > 0 {
            let isDown = round % 2 == 0
            for layer in isDown ? Array(layers.indices) : layers.indices.reversed() {
                sort(layer, by: isDown ? above : below)
            }
            let cost = crossingCost()
            if cost < lowest { (lowest, best) = (cost, layers) }
        }
        layers = best
        for layer in layers.indices { number(layer) }
    }

    private mutating func sort(_ layer: Int, by neighbours: [[Neighbour]]) {
        let keys = layers[layer].map { cell -> Double in
            let near = neighbours[cell]
            guard !near.isEmpty else { return Double(position[cell]) }
            return Double(near.reduce(0) { $0 + position[$1.cell] }) / Double(near.count)
        }
        let order = layers[layer].indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        layers[layer] = order.map { layers[layer][$0] }
        number(layer)
    }

    /// Moves the bends of each long edge, all of them, to the one or the other side where that costs less.
    private mutating func moveTrunks(_ graph: LayeredGraph) {
        var lowest = crossingCost()
        for trunk in graph.trunks {
            for isLeft in [true, false] where lowest > 0 {
                let before = layers
                for cell in trunk.cells {
                    let layer = graph.layerOf[cell]
                    layers[layer].remove(at: position[cell])
                    layers[layer].insert(cell, at: isLeft ? 0 : layers[layer].count)
                    number(layer)
                }
                let cost = crossingCost()
                if cost < lowest {
                    lowest = cost
                } else {
                    layers = before
                    for cell in trunk.cells { number(graph.layerOf[cell]) }
                }
            }
        }
    }

    /// What all crossings cost: that of two lines the product of their costs.
    private func crossingCost() -> Int {
        var cost = 0
        for (layer, next) in zip(layers, layers.dropFirst()) {
            // What came to each place of the lower layer from further left (Barth et al., accumulator tree).
            var tree = [Int](repeating: 0, count: next.count + 1)
            var total = 0
            for cell in layer {
                for line in below[cell] {
                    var upTo = 0
                    var node = position[line.cell] + 1
                    while node > 0 {
                        upTo += tree[node]
                        node -= node & -node
                    }
                    cost += (total - upTo) * line.cost
                }
                for line in below[cell] {
                    var node = position[line.cell] + 1
                    while node <= next.count {
                        tree[node] += line.cost
                        node += node & -node
                    }
                    total += line.cost
                }
            }
        }
        return cost
    }
}
