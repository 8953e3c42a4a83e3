extension LayeredGraph {
    /// Cells that should stand below each other: the main ways from the longest, then the bends of long edges.
    var straightLines: [[Int]] {
        var next = [Int?](repeating: nil, count: nodeCount)
        for link in links where link.isMain { next[link.upper] = link.lower }
        var isTaken = [Bool](repeating: false, count: nodeCount)
        var lines: [[Int]] = []
        // From the top: a line that begins higher takes the cells that several lead to.
        for first in (0..<nodeCount).sorted(by: { (layerOf[$0], rank[$0]) < (layerOf[$1], rank[$1]) })
        where !isTaken[first] {
            var cells = [first]
            isTaken[first] = true
            while let cell = next[cells[cells.count - 1]], !isTaken[cell] {
                isTaken[cell] = true
                cells.append(cell)
            }
            lines.append(cells)
        }
        let order = lines.indices.filter { lines[$0].count > 1 }.sorted {
            (-lines[$0].count, $0) < (-lines[$1].count, $1)
        }
        return order.map { lines[$0] } + trunks.map(\.cells)
    }
}
