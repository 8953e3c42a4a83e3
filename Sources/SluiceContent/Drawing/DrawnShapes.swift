/// A point of a drawing, in its units; y grows downwards.
struct DrawnPoint: Hashable {
    var x: Double
    var y: Double

    static func + (left: DrawnPoint, right: DrawnPoint) -> DrawnPoint {
        DrawnPoint(x: left.x + right.x, y: left.y + right.y)
    }
}

/// Width and height of a part of a drawing.
struct DrawnSize: Hashable {
    var width: Double
    var height: Double
}

/// A box of a drawing.
struct DrawnBox: Hashable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var maxX: Double { x + width }
    var maxY: Double { y + height }
    var centre: DrawnPoint { DrawnPoint(x: x + width / 2, y: y + height / 2) }
    var size: DrawnSize { DrawnSize(width: width, height: height) }

    /// Whether the two share more than an edge.
    func overlaps(_ other: DrawnBox) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }

    func contains(_ point: DrawnPoint) -> Bool {
        point.x > x && point.x < maxX && point.y > y && point.y < maxY
    }

    func moved(by offset: DrawnPoint) -> DrawnBox {
        DrawnBox(x: x + offset.x, y: y + offset.y, width: width, height: height)
    }

    func grown(by margin: Double) -> DrawnBox {
        DrawnBox(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    func union(_ other: DrawnBox) -> DrawnBox {
        let left = min(x, other.x)
        let top = min(y, other.y)
        return DrawnBox(x: left, y: top, width: max(maxX, other.maxX) - left, height: max(maxY, other.maxY) - top)
    }

    /// The smallest box around all; nil when there are none.
    static func around(_ boxes: some Sequence<DrawnBox>) -> DrawnBox? {
        var result: DrawnBox?
        for box in boxes { result = result?.union(box) ?? box }
        return result
    }
}

/// A line of cubic curves, as SVG's `C` draws them.
struct DrawnCurve: Hashable {
    /// One curve, from where the last one ended.
    struct Piece: Hashable {
        var firstControl: DrawnPoint
        var secondControl: DrawnPoint
        var end: DrawnPoint
    }

    var start: DrawnPoint
    private(set) var pieces: [Piece] = []

    init(start: DrawnPoint) { self.start = start }

    /// One curve with one control point.
    init(from start: DrawnPoint, over control: DrawnPoint, to end: DrawnPoint) {
        self.start = start
        let third = { (point: DrawnPoint) in
            DrawnPoint(x: point.x + (control.x - point.x) * 2 / 3, y: point.y + (control.y - point.y) * 2 / 3)
        }
        pieces = [Piece(firstControl: third(start), secondControl: third(end), end: end)]
    }

    var end: DrawnPoint { pieces.last?.end ?? start }
    /// Where its last bit comes from: the arrowhead's direction.
    var lastControl: DrawnPoint {
        guard let last = pieces.last else { return start }
        return last.secondControl == last.end ? last.firstControl : last.secondControl
    }

    mutating func append(_ piece: Piece) { pieces.append(piece) }

    /// A straight bit; one straight on from the last makes that longer.
    mutating func line(to point: DrawnPoint) {
        guard point != end else { return }
        let isVertical = pieces.last.map { $0.firstControl.x == point.x && $0.secondControl.x == point.x } ?? false
        if isVertical, end.x == point.x, pieces[pieces.count - 1].secondControl == end {
            pieces[pieces.count - 1].secondControl = point
            pieces[pieces.count - 1].end = point
            return
        }
        pieces.append(Piece(firstControl: end, secondControl: point, end: point))
    }

    /// A bit that leaves and arrives vertically.
    mutating func bend(to point: DrawnPoint) {
        guard abs(end.x - point.x) >= 0.5 else { return line(to: point) }
        let middle = (end.y + point.y) / 2
        pieces.append(
            Piece(
                firstControl: DrawnPoint(x: end.x, y: middle), secondControl: DrawnPoint(x: point.x, y: middle),
                end: point))
    }

    /// A point of one piece, from 0 at its start to 1 at its end.
    func point(of piece: Int, at part: Double) -> DrawnPoint {
        guard pieces.indices.contains(piece) else { return start }
        let from = piece == 0 ? start : pieces[piece - 1].end
        let rest = 1 - part
        let (a, b, c, d) = (rest * rest * rest, 3 * rest * rest * part, 3 * rest * part * part, part * part * part)
        let curve = pieces[piece]
        return DrawnPoint(
            x: a * from.x + b * curve.firstControl.x + c * curve.secondControl.x + d * curve.end.x,
            y: a * from.y + b * curve.firstControl.y + c * curve.secondControl.y + d * curve.end.y)
    }

    /// The bits before one and those from it on.
    func split(before piece: Int) -> (DrawnCurve, DrawnCurve) {
        var (first, second) = (self, self)
        first.pieces = Array(pieces.prefix(piece))
        second.pieces = Array(pieces.dropFirst(piece))
        second.start = first.end
        return (first, second)
    }

    func moved(by offset: DrawnPoint) -> DrawnCurve {
        var result = DrawnCurve(start: start + offset)
        result.pieces = pieces.map {
            Piece(
                firstControl: $0.firstControl + offset, secondControl: $0.secondControl + offset,
                end: $0.end + offset)
        }
        return result
    }
}

/// Boxes by place, so that what lies somewhere is found without looking at all of them.
struct DrawnBoxIndex {
    private var cells: [Cell: [Int]] = [:]
    private(set) var boxes: [DrawnBox] = []
    private static let cellSide = 96.0

    private struct Cell: Hashable {
        var column: Int
        var row: Int
    }

    /// Adds a box; its number is the count before.
    mutating func insert(_ box: DrawnBox) {
        for cell in Self.cells(of: box) { cells[cell, default: []].append(boxes.count) }
        boxes.append(box)
    }

    /// Numbers of the boxes around a point.
    func boxes(at point: DrawnPoint) -> [Int] {
        let cell = Cell(column: Self.number(point.x), row: Self.number(point.y))
        return cells[cell, default: []].filter { boxes[$0].contains(point) }
    }

    func isFree(_ box: DrawnBox) -> Bool {
        Self.cells(of: box).allSatisfy { cell in
            cells[cell, default: []].allSatisfy { !boxes[$0].overlaps(box) }
        }
    }

    /// How many of the boxes overlap one; each must be within one cell.
    func count(in box: DrawnBox) -> Int {
        Self.cells(of: box).reduce(0) { count, cell in
            count + cells[cell, default: []].count { boxes[$0].overlaps(box) }
        }
    }

    private static func cells(of box: DrawnBox) -> [Cell] {
        (number(box.x)...number(box.maxX)).flatMap { column in
            (number(box.y)...number(box.maxY)).map { Cell(column: column, row: $0) }
        }
    }

    private static func number(_ value: Double) -> Int { Int((value / cellSide).rounded(.down)) }
}
