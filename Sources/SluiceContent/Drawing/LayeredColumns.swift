/// Where the cells of each layer stand from left to right, in their order, lines as straight as may be.
struct LayeredColumns {
    /// Middle of each cell; 0 of those in no layer.
    private(set) var middle: [Double]

    private let graph: LayeredGraph
    private let order: LayeredOrder
    /// Lines that come to each cell, and that leave it.
    private var above: [[Int]]
    private var below: [[Int]]

    /// Where a cell would stand by itself, and how much that counts.
    private struct Wish {
        var place: Double
        var weight: Double
    }

    private static let nodeGap = 44.0
    private static let bendGap = 26.0
    private static let roundCount = 10
    private static let straighteningCountMax = 12

    init(_ graph: LayeredGraph, _ order: LayeredOrder) {
        self.graph = graph
        self.order = order
        middle = [Double](repeating: 0, count: graph.sizes.count)
        above = [[Int]](repeating: [], count: graph.sizes.count)
        below = above
        for (number, link) in graph.links.enumerated() {
            above[link.lower].append(number)
            below[link.upper].append(number)
        }
        for cells in order.layers {
            for (cell, offset) in zip(cells, offsets(cells)) { middle[cell] = offset }
        }
        for round in 0..<Self.roundCount {
            let isDown = round % 2 == 0
            for cells in isDown ? order.layers : order.layers.reversed() {
                settle(cells, cells.map { wish($0, isAbove: isDown) })
            }
        }
        straighten()
    }

    /// The mean of a cell's neighbours on one side, weighted by the lines to them; its own place counts a little.
    private func wish(_ cell: Int, isAbove: Bool) -> Wish {
        var (sum, weight) = (middle[cell] * 0.1, 0.1)
        for link in (isAbove ? above : below)[cell].map({ graph.links[$0] }) {
            sum += middle[isAbove ? link.upper : link.lower] * link.weight
            weight += link.weight
        }
        return Wish(place: sum / weight, weight: weight)
    }

    /// Makes the main way and shared bends straight lines, as far as there is room.
    private mutating func straighten() {
        let lines = graph.straightLines
        var lineOf = [Int?](repeating: nil, count: graph.sizes.count)
        for (number, line) in lines.enumerated() {
            for cell in line { lineOf[cell] = number }
        }
        var targets = lines.map { line in line.reduce(0) { $0 + middle[$1] } / Double(line.count) }
        for _ in 0..<Self.straighteningCountMax {
            for cells in order.layers {
                let wishes = cells.map { cell -> Double in
                    if let line = lineOf[cell] { return targets[line] }
                    let (up, down) = (wish(cell, isAbove: true), wish(cell, isAbove: false))
                    return (up.place * up.weight + down.place * down.weight) / (up.weight + down.weight)
                }
                push(
                    cells, wishes,
                    from: cells.indices.min { lineOf[cells[$0]] ?? Int.max < lineOf[cells[$1]] ?? Int.max })
            }
            var isStraight = true
            for (number, line) in lines.enumerated() {
                // Where it is pushed farthest, all of it goes.
                let farthest = line.map { middle[$0] - targets[number] }.max { abs($0) < abs($1) } ?? 0
                if abs(farthest) > 0.5 { isStraight = false }
                targets[number] += farthest
            }
            if isStraight { break }
        }
    }

    /// Puts cells of a layer at their wishes, those beside the anchor as far out as they must.
    private mutating func push(_ cells: [Int], _ wishes: [Double], from anchor: Int?) {
        guard let anchor else { return }
        let offsets = offsets(cells)
        middle[cells[anchor]] = wishes[anchor]
        for place in cells.indices.dropFirst(anchor + 1) {
            let least = middle[cells[place - 1]] + offsets[place] - offsets[place - 1]
            middle[cells[place]] = max(wishes[place], least)
        }
        for place in cells.indices.prefix(anchor).reversed() {
            let most = middle[cells[place + 1]] + offsets[place] - offsets[place + 1]
            middle[cells[place]] = min(wishes[place], most)
        }
    }

    /// Puts cells of a layer as near to their wishes as can be when nothing is too close: those that would be are
    /// pooled, and the pool stands at the mean of their wishes.
    private mutating func settle(_ cells: [Int], _ wishes: [Wish]) {
        let offsets = offsets(cells)
        var pools: [(wish: Wish, count: Int)] = []
        for (wish, offset) in zip(wishes, offsets) {
            pools.append((Wish(place: wish.place - offset, weight: wish.weight), 1))
            while pools.count > 1, pools[pools.count - 2].wish.place >= pools[pools.count - 1].wish.place {
                let (last, lastCount) = pools.removeLast()
                let (pool, count) = pools.removeLast()
                let weight = pool.weight + last.weight
                let place = (pool.place * pool.weight + last.place * last.weight) / weight
                pools.append((Wish(place: place, weight: weight), count + lastCount))
            }
        }
        let places = pools.flatMap { [Double](repeating: $0.wish.place, count: $0.count) }
        for (number, cell) in cells.enumerated() { middle[cell] = places[number] + offsets[number] }
    }

    /// Middles of a layer's cells when they stand as close as they may, from 0.
    private func offsets(_ cells: [Int]) -> [Double] {
        var result: [Double] = []
        for (place, cell) in cells.enumerated() {
            guard place > 0 else {
                result.append(0)
                continue
            }
            let last = cells[place - 1]
            let isBend = cell >= graph.nodeCount || last >= graph.nodeCount
            let gap = isBend ? Self.bendGap : Self.nodeGap
            result.append(result[place - 1] + (graph.sizes[last].width + graph.sizes[cell].width) / 2 + gap)
        }
        return result
    }
}
