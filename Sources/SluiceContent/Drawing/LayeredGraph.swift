/// Steps in layers from top to bottom: each arrow leads to a lower one, but for those that close a circle.
///
/// Arrows across several layers run through bends, one in each layer between. Those to the same step share their bends,
/// so that thirty ways to FAILURE are one line.
struct LayeredGraph {
    /// An arrow between two nodes.
    struct Edge {
        var source: Int
        var destination: Int
        /// How little it is the way on from its source, from 0.
        var detour: Int
    }

    /// A line between two cells of neighbouring layers.
    struct Link {
        var upper: Int
        var lower: Int
        var weight: Double
        var isMain: Bool
    }

    /// How an edge runs.
    struct Way {
        /// The line at its source; nil for one that is not led through layers.
        var link: Int?
        /// Its bends, shared with others; nil when it leads to the next layer.
        var trunk: Int?
        /// Whether it leads upwards.
        var isReversed: Bool
        /// Whether it is the main way on from its source: the first of those down with the least detour.
        var isMain = false
        /// Whether it is the one that is drawn all the way; others end where they join it.
        var isWhole = true
    }

    /// The bends that all long edges to one node share, from the top.
    struct Trunk {
        var topLayer = 0
        var isReversed = false
        var cells: [Int] = []
        /// Edges that run through them.
        var edgeCount = 0
        /// The line between the bends and the node.
        var endLink = 0
    }

    /// Size of each cell: first the nodes, then the bends.
    private(set) var sizes: [DrawnSize]
    private(set) var layerOf: [Int]
    private(set) var links: [Link] = []
    private(set) var ways: [Way] = []
    private(set) var trunks: [Trunk] = []
    /// Nodes that no edge touches; they are in no layer.
    private(set) var isolated: [Int] = []
    /// The order in which a walk from the start comes to the cells.
    private(set) var rank: [Int]
    let nodeCount: Int
    private let edges: [Edge]
    private static let bendSize = DrawnSize(width: 12, height: 0)

    init(sizes: [DrawnSize], edges: [Edge], start: Int?, bendCountMax: Int) {
        self.sizes = sizes
        self.edges = edges
        nodeCount = sizes.count
        layerOf = [Int](repeating: 0, count: sizes.count)
        rank = [Int](repeating: 0, count: sizes.count)
        var isTouched = [Bool](repeating: false, count: sizes.count)
        for edge in edges where edge.source != edge.destination {
            isTouched[edge.source] = true
            isTouched[edge.destination] = true
        }
        isolated = sizes.indices.filter { !isTouched[$0] }
        let finished = orient(start)
        assignLayers(finished, start: start)
        chooseMainWays()
        addTrunks(bendCountMax: bendCountMax)
        addLinks()
    }

    /// Decides which edges lead upwards; answers the nodes, each behind all it leads to.
    private mutating func orient(_ start: Int?) -> [Int] {
        var outgoing = [[Int]](repeating: [], count: nodeCount)
        var hasIncoming = [Bool](repeating: false, count: nodeCount)
        for (number, edge) in edges.enumerated() where edge.source != edge.destination {
            outgoing[edge.source].append(number)
            hasIncoming[edge.destination] = true
        }
        ways = edges.map { _ in Way(isReversed: false) }
        let roots = [start].compactMap { $0 } + sizes.indices.filter { !hasIncoming[$0] } + Array(sizes.indices)
        var isSeen = [Bool](repeating: false, count: nodeCount)
        var isOpen = isSeen
        var finished: [Int] = []
        var seenCount = 0
        for root in roots where !isSeen[root] {
            var path = [(node: root, next: 0)]
            while let (node, next) = path.last {
                if next == 0 && !isSeen[node] {
                    isSeen[node] = true
                    isOpen[node] = true
                    rank[node] = seenCount
                    seenCount += 1
                }
                guard next < outgoing[node].count else {
                    isOpen[node] = false
                    finished.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let number = outgoing[node][next]
                let destination = edges[number].destination
                if isOpen[destination] {
                    ways[number].isReversed = true
                } else if !isSeen[destination] {
                    path.append((destination, 0))
                }
            }
        }
        return finished
    }

    private mutating func chooseMainWays() {
        var main = [(number: Int, cost: Int)?](repeating: nil, count: nodeCount)
        for (number, edge) in edges.enumerated() where edge.source != edge.destination && !ways[number].isReversed {
            let isLong = layerOf[edge.destination] - layerOf[edge.source] > 1
            let cost = edge.detour * 2 + (isLong ? 1 : 0)
            if let known = main[edge.source], known.cost <= cost { continue }
            main[edge.source] = (number, cost)
        }
        for way in main.compactMap({ $0 }) { ways[way.number].isMain = true }
    }

    private func upper(_ number: Int) -> Int {
        ways[number].isReversed ? edges[number].destination : edges[number].source
    }

    private func lower(_ number: Int) -> Int {
        ways[number].isReversed ? edges[number].source : edges[number].destination
    }

    /// Each node below all that lead to it; what nothing leads to is just above the first it leads to.
    private mutating func assignLayers(_ finished: [Int], start: Int?) {
        var below = [[Int]](repeating: [], count: nodeCount)
        var hasAbove = [Bool](repeating: false, count: nodeCount)
        for (number, edge) in edges.enumerated() where edge.source != edge.destination {
            below[upper(number)].append(lower(number))
            hasAbove[lower(number)] = true
        }
        for node in finished.reversed() {
            for next in below[node] { layerOf[next] = max(layerOf[next], layerOf[node] + 1) }
        }
        for node in 0..<nodeCount where !hasAbove[node] && node != start {
            if let first = below[node].map({ layerOf[$0] }).min() { layerOf[node] = max(0, first - 1) }
        }
    }

    private mutating func addTrunks(bendCountMax: Int) {
        /// What edges have in common that share their bends.
        struct Key: Hashable {
            var destination: Int
            var isReversed: Bool
        }
        var known: [Key: Int] = [:]
        var lengths: [Int] = []
        var bendCount = 0
        for (number, edge) in edges.enumerated() where edge.source != edge.destination {
            let length = layerOf[lower(number)] - layerOf[upper(number)] - 1
            guard length > 0 else { continue }
            let key = Key(destination: edge.destination, isReversed: ways[number].isReversed)
            let trunk = known[key]
            let added = length - (trunk.map { lengths[$0] } ?? 0)
            guard bendCount + max(0, added) <= bendCountMax else { continue }
            bendCount += max(0, added)
            if let trunk {
                lengths[trunk] = max(lengths[trunk], length)
                ways[number].trunk = trunk
            } else {
                known[key] = lengths.count
                ways[number].trunk = lengths.count
                lengths.append(length)
                trunks.append(Trunk(isReversed: key.isReversed))
            }
        }
        for (number, edge) in edges.enumerated() {
            guard let trunk = ways[number].trunk else { continue }
            trunks[trunk].edgeCount += 1
            guard trunks[trunk].cells.isEmpty else { continue }
            let destination = layerOf[edge.destination]
            let top = ways[number].isReversed ? destination + 1 : destination - lengths[trunk]
            trunks[trunk].topLayer = top
            trunks[trunk].cells = Array(sizes.count..<sizes.count + lengths[trunk])
            for offset in 0..<lengths[trunk] {
                sizes.append(Self.bendSize)
                layerOf.append(top + offset)
                rank.append(rank[edge.destination])
            }
        }
    }

    private mutating func addLinks() {
        var isDrawn = [Bool](repeating: false, count: trunks.count)
        for (number, edge) in edges.enumerated() where edge.source != edge.destination {
            let isReversed = ways[number].isReversed
            guard let trunk = ways[number].trunk else {
                guard layerOf[lower(number)] - layerOf[upper(number)] == 1 else { continue }
                ways[number].link = add(upper(number), lower(number), isReversed ? 0.5 : 1, ways[number].isMain)
                continue
            }
            let cells = trunks[trunk].cells
            let joint = cells[jointOffset(number)]
            ways[number].link =
                isReversed ? add(joint, edge.source, 1, false) : add(edge.source, joint, 1, false)
            let isAtEnd = joint == (isReversed ? cells[cells.count - 1] : cells[0])
            ways[number].isWhole = isAtEnd && !isDrawn[trunk]
            guard ways[number].isWhole else { continue }
            isDrawn[trunk] = true
            for (first, second) in zip(cells, cells.dropFirst()) { _ = add(first, second, 8, false) }
            trunks[trunk].endLink =
                isReversed
                ? add(edge.destination, cells[0], 1, false) : add(cells[cells.count - 1], edge.destination, 1, false)
        }
    }

    /// Which bend of its trunk an edge comes to first.
    func jointOffset(_ number: Int) -> Int {
        let trunk = ways[number].trunk.map { trunks[$0] } ?? Trunk()
        return layerOf[edges[number].source] + (ways[number].isReversed ? -1 : 1) - trunk.topLayer
    }

    private mutating func add(_ upper: Int, _ lower: Int, _ weight: Double, _ isMain: Bool) -> Int {
        links.append(Link(upper: upper, lower: lower, weight: isMain ? weight * 4 : weight, isMain: isMain))
        return links.count - 1
    }
}
