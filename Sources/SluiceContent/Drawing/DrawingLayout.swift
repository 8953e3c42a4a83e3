import SluiceDrawing

/// Where everything of a picture stands: nodes, names and arrows, each container laid out before what is around it.
struct DrawingLayout {
    /// The icon, card or box of each node.
    private(set) var frames: [DrawnBox]
    /// Whether the node is a card with its name inside; else it is an icon with its name below.
    private(set) var isCard: [Bool]
    /// Lines of each node's name.
    private(set) var names: [[String]]
    /// The line of each arrow.
    private(set) var curves: [DrawnCurve?]
    /// Whether each arrow ends with an arrowhead.
    private(set) var hasHead: [Bool]
    /// The piece of each arrow's line from which on others run there, too; nil where none does.
    private(set) var sharedFrom: [Int?]

    private let graph: DrawingGraph
    private let limits: ContentLimits
    /// Arrows by the container around both their ends; nil around is -1.
    private var arrowsOf: [Int: [Int]] = [:]
    /// Place of each node among its siblings.
    private var rank: [Int]
    private var roots: [Int] = []

    static let nameSize = 12.0
    /// What bold text of that size is measured as.
    private static let boldSize = 13.0
    static let nameLineHeight = 15.0
    static let cardWidth = 216.0
    static let cardTextStart = 50.0
    /// Room around a container's steps; its name stands above them.
    private static let boxMargin = 34.0
    private static let boxTop = 62.0

    init(_ graph: DrawingGraph, limits: ContentLimits) {
        self.graph = graph
        self.limits = limits
        let count = graph.nodes.count
        frames = [DrawnBox](repeating: DrawnBox(x: 0, y: 0, width: 0, height: 0), count: count)
        isCard = [Bool](repeating: false, count: count)
        names = [[String]](repeating: [], count: count)
        curves = [DrawnCurve?](repeating: nil, count: graph.arrows.count)
        hasHead = [Bool](repeating: true, count: graph.arrows.count)
        sharedFrom = [Int?](repeating: nil, count: graph.arrows.count)
        rank = [Int](repeating: 0, count: count)
        roots = graph.nodes.indices.filter { graph.nodes[$0].parent == nil }
        for siblings in [roots] + graph.nodes.map(\.children) {
            for (place, node) in siblings.enumerated() { rank[node] = place }
        }
        for (number, arrow) in graph.arrows.enumerated() {
            let parent = graph.nodes[arrow.source].parent
            if parent == graph.nodes[arrow.destination].parent { arrowsOf[parent ?? -1, default: []].append(number) }
        }
        // A container stands before its own steps, so from the end each is laid out after what is in it.
        for place in graph.nodes.indices.reversed() where graph.nodes[place].look == .container {
            let size = layOut(graph.nodes[place].children, around: place)
            frames[place].width = size.width + 2 * Self.boxMargin
            frames[place].height = size.height + Self.boxTop + Self.boxMargin
        }
        _ = layOut(roots, around: nil)
        moveIntoContainers()
        leadTheRest()
    }

    /// Everything that takes room.
    var extent: DrawnBox {
        var result = DrawnBox.around(frames.indices.map { footprint($0) }) ?? DrawnBox(x: 0, y: 0, width: 0, height: 0)
        for curve in curves {
            guard let curve else { continue }
            for piece in [curve.start] + curve.pieces.flatMap({ [$0.firstControl, $0.secondControl, $0.end] }) {
                result = result.union(DrawnBox(x: piece.x, y: piece.y, width: 0, height: 0))
            }
        }
        return result
    }

    /// The name below an icon; nil where it is inside.
    func nameBox(_ node: Int) -> DrawnBox? {
        guard !isCard[node], graph.nodes[node].look != .container, !names[node].isEmpty else { return nil }
        let width = names[node].map { DrawnText.width($0, size: Self.nameSize) }.max() ?? 0
        return DrawnBox(
            x: frames[node].centre.x - width / 2, y: frames[node].maxY + 4, width: width,
            height: Double(names[node].count) * Self.nameLineHeight + 2)
    }

    /// The node with its name.
    func footprint(_ node: Int) -> DrawnBox { nameBox(node).map { frames[node].union($0) } ?? frames[node] }

    // MARK: One level

    /// Places siblings, from 0,0, and the arrows between them; answers the room they take.
    private mutating func layOut(_ siblings: [Int], around parent: Int?) -> DrawnSize {
        let items = siblings.map { node in
            CanvasLayout.Item(
                bounds: graph.nodes[node].step?.bounds, size: canvasSize(node),
                isEndBranch: graph.nodes[node].look == .endBranch)
        }
        let arrows = arrowsOf[parent ?? -1, default: []]
        if let canvas = CanvasLayout(items) {
            for (number, node) in siblings.enumerated() {
                setName(node, isCard: false)
                place(node, at: canvas.corners[number], size: items[number].size)
            }
        } else {
            let sizes = siblings.map { node -> DrawnSize in
                setName(node, isCard: true)
                return cardSize(node)
            }
            let edges = arrows.map { number -> LayeredGraph.Edge in
                let arrow = graph.arrows[number]
                return LayeredGraph.Edge(
                    source: rank[arrow.source], destination: rank[arrow.destination],
                    detour: detour(arrow.destination))
            }
            let start = graph.start.flatMap { graph.nodes[$0].parent == parent ? rank[$0] : nil }
            let layers = LayeredLayout(sizes: sizes, edges: edges, start: start, limits: limits)
            for (place, node) in siblings.enumerated() {
                self.place(node, at: layers.corners[place], size: sizes[place])
            }
            for (place, number) in arrows.enumerated() {
                curves[number] = layers.curves[place]
                hasHead[number] = layers.hasHead[place]
                sharedFrom[number] = layers.sharedFrom[place]
            }
        }
        guard let all = DrawnBox.around(siblings.map { footprint($0) }) else { return DrawnSize(width: 0, height: 0) }
        let offset = DrawnPoint(x: -all.x, y: -all.y)
        for node in siblings { frames[node] = frames[node].moved(by: offset) }
        for number in arrows { curves[number] = curves[number]?.moved(by: offset) }
        return all.size
    }

    /// A way on leads to a step; else rather to a good end than to a bad one, or to a step that only leads to such.
    private func detour(_ node: Int) -> Int {
        let look = graph.nodes[node].look
        if look == .resolved { return 1 }
        return look.isEnd || graph.onlyFails[node] ? 2 : 0
    }

    private mutating func place(_ node: Int, at corner: DrawnPoint, size: DrawnSize) {
        frames[node] = DrawnBox(x: corner.x, y: corner.y, width: size.width, height: size.height)
    }

    private mutating func setName(_ node: Int, isCard card: Bool) {
        isCard[node] = card && graph.nodes[node].look != .container
        let name = DrawnText.plain(graph.nodes[node].name)
        guard graph.nodes[node].look != .container else {
            names[node] = [name]
            return
        }
        names[node] = DrawnText.wrapped(
            name, widthMax: isCard[node] ? Self.cardWidth - Self.cardTextStart - 12 : 118,
            size: isCard[node] ? Self.boldSize : Self.nameSize, lineCountMax: 3)
    }

    private func canvasSize(_ node: Int) -> DrawnSize {
        if graph.nodes[node].look == .container { return frames[node].size }
        let side = { (length: Double?) in min(max(length ?? CanvasLayout.iconSide, CanvasLayout.iconSide), 160) }
        let bounds = graph.nodes[node].step?.bounds
        return DrawnSize(width: side(bounds?.width), height: side(bounds?.height))
    }

    private func cardSize(_ node: Int) -> DrawnSize {
        let look = graph.nodes[node].look
        if look == .container { return frames[node].size }
        let height = Double(names[node].count) * Self.nameLineHeight
        guard look.isEnd || look == .endBranch else {
            return DrawnSize(width: Self.cardWidth, height: max(height + 38, 54))
        }
        let width = names[node].map { DrawnText.width($0, size: Self.boldSize) }.max() ?? 0
        return DrawnSize(
            width: min(max(width + Self.cardTextStart + 20, 110), Self.cardWidth), height: max(height + 22, 40))
    }

    // MARK: All levels

    private mutating func moveIntoContainers() {
        var offsets = [DrawnPoint](repeating: DrawnPoint(x: 0, y: 0), count: graph.nodes.count)
        for place in graph.nodes.indices where graph.nodes[place].look == .container {
            frames[place] = frames[place].moved(by: offsets[place])
            let offset = DrawnPoint(x: frames[place].x + Self.boxMargin, y: frames[place].y + Self.boxTop)
            for child in graph.nodes[place].children { offsets[child] = offset }
            for number in arrowsOf[place, default: []] { curves[number] = curves[number]?.moved(by: offset) }
        }
        for place in graph.nodes.indices where graph.nodes[place].look != .container {
            frames[place] = frames[place].moved(by: offsets[place])
        }
    }

    private mutating func leadTheRest() {
        let paths = FreePaths(graph, frames: frames, names: graph.nodes.indices.map { nameBox($0) })
        for number in graph.arrows.indices where curves[number] == nil {
            curves[number] = paths.curve(graph.arrows[number])
            hasHead[number] = true
        }
    }
}
