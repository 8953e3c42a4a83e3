/// Places of steps as their author put them on Studio's canvas, with room for names and containers.
///
/// Empty strips are narrowed, the rest is stretched a little so that responses fit between the icons, and containers,
/// which Studio draws small, push what is right of them and below. What has no place of its own goes in rows below.
struct CanvasLayout {
    /// A step of one level.
    struct Item {
        var bounds: FlowBounds?
        /// As drawn, without its name.
        var size: DrawnSize
        var isEndBranch = false
    }

    /// The upper left corner of each item, in the order given.
    private(set) var corners: [DrawnPoint]

    /// Size of a Studio icon.
    static let iconSide = 60.0
    /// Coordinates beyond this are no places.
    private static let coordinateMax = 1e6
    /// Steps closer than this, in both directions, share a place.
    private static let sharedDistance = 50.0
    /// Empty strips are not wider and not higher than this.
    private static let emptyStripMax = DrawnSize(width: 360, height: 220)
    /// The nearest two steps are drawn this far apart, if the stretch for it is none too large.
    private static let nearestDistance = 165.0
    private static let stretchMax = 1.5
    /// Steps that each is compared with to find the nearest two.
    private static let comparedCountMax = 30
    private static let gap = 90.0
    /// Room for a name of three lines.
    private static let nameHeight = 50.0
    private static let rowPitch = DrawnSize(width: 170, height: 150)
    private static let rowLengthMin = 6

    /// Nil when most items have no place of their own, so that another layout is the better one.
    init?(_ items: [Item]) {
        let placed = Self.placed(items)
        let expected = items.count { !$0.isEndBranch }
        guard !placed.isEmpty, placed.count * 2 > expected else { return nil }
        corners = [DrawnPoint](repeating: DrawnPoint(x: 0, y: 0), count: items.count)
        let (xs, ys) = (placed.map { $0.corner.x }, placed.map { $0.corner.y })
        let stretch = Self.stretch(placed.map(\.corner))
        let columns = Self.columns(xs, by: stretch, sizes: placed.map { items[$0.item].size })
        let rows = Self.rows(
            ys, columns: columns, by: stretch, sizes: placed.map { items[$0.item].size })
        for (number, place) in placed.enumerated() {
            corners[place.item] = DrawnPoint(x: columns[number], y: rows[number])
        }
        placeRest(items, placed: placed.map(\.item))
    }

    /// Items that have a place to themselves, with its corner.
    private static func placed(_ items: [Item]) -> [(item: Int, corner: DrawnPoint)] {
        struct Cell: Hashable {
            var column: Int
            var row: Int
        }
        var cells: [Cell: [DrawnPoint]] = [:]
        var result: [(item: Int, corner: DrawnPoint)] = []
        for (number, item) in items.enumerated() {
            guard let bounds = item.bounds, abs(bounds.x) <= coordinateMax, abs(bounds.y) <= coordinateMax,
                // Studio does not show the end of a branch, and leaves it in the corner.
                !(item.isEndBranch && bounds.x == 0 && bounds.y == 0)
            else { continue }
            let corner = DrawnPoint(x: bounds.x, y: bounds.y)
            let column = Int((corner.x / sharedDistance).rounded(.down))
            let row = Int((corner.y / sharedDistance).rounded(.down))
            let isShared = (-1...1).contains { columnOffset in
                (-1...1).contains { rowOffset in
                    cells[Cell(column: column + columnOffset, row: row + rowOffset), default: []].contains {
                        abs($0.x - corner.x) < sharedDistance && abs($0.y - corner.y) < sharedDistance
                    }
                }
            }
            guard !isShared else { continue }
            cells[Cell(column: column, row: row), default: []].append(corner)
            result.append((number, corner))
        }
        return result
    }

    /// What makes the nearest two of the corners far enough apart for a response between them.
    private static func stretch(_ corners: [DrawnPoint]) -> Double {
        let sorted = corners.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        var nearest = nearestDistance
        for (place, corner) in sorted.enumerated() {
            for other in sorted[(place + 1)...].prefix(comparedCountMax) {
                nearest = min(nearest, max(abs(corner.x - other.x), abs(corner.y - other.y)))
            }
        }
        return min(max(nearestDistance / nearest, 1), stretchMax)
    }

    /// New left sides: what is right of a container begins behind it.
    private static func columns(_ values: [Double], by stretch: Double, sizes: [DrawnSize]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var result = [Double](repeating: 0, count: values.count)
        var position = 0.0
        /// Right sides of containers, by their old left sides.
        var ends: [(value: Double, end: Double)] = []
        var passedCount = 0
        var least = -Double.infinity
        for (rank, place) in order.enumerated() {
            if rank > 0 {
                position += min(values[place] - values[order[rank - 1]], emptyStripMax.width) * stretch
            }
            while passedCount < ends.count, ends[passedCount].value + iconSide / 2 <= values[place] {
                least = max(least, ends[passedCount].end + gap)
                passedCount += 1
            }
            position = max(position, least)
            result[place] = position
            if isLarge(sizes[place]) { ends.append((values[place], position + sizes[place].width)) }
        }
        return result
    }

    /// New upper sides: a container's middle is where its icon's was, and rows below what is above them.
    private static func rows(
        _ values: [Double], columns: [Double], by stretch: Double, sizes: [DrawnSize]
    ) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var result = [Double](repeating: 0, count: values.count)
        var done: [Int] = []
        var doneLarge: [Int] = []
        var position = 0.0
        var rank = 0
        while rank < order.count {
            if rank > 0 {
                position += min(values[order[rank]] - values[order[rank - 1]], emptyStripMax.height) * stretch
            }
            let row = order[rank...].prefix { values[$0] - values[order[rank]] < iconSide / 2 }
            var shift = 0.0
            for place in row {
                result[place] =
                    position + (values[place] - values[order[rank]]) * stretch + (iconSide - sizes[place].height) / 2
                let isAlone = !isLarge(sizes[place])
                for other in isAlone ? doneLarge : done
                where columns[place] < columns[other] + sizes[other].width + gap
                    && columns[other] < columns[place] + sizes[place].width + gap
                {
                    let bottom = result[other] + sizes[other].height + gap + (isLarge(sizes[other]) ? 0 : nameHeight)
                    shift = max(shift, bottom - result[place])
                }
            }
            for place in row {
                result[place] += shift
                done.append(place)
                if isLarge(sizes[place]) { doneLarge.append(place) }
            }
            rank += row.count
            position += shift + (values[order[rank - 1]] - values[row[row.startIndex]]) * stretch
        }
        return result
    }

    private static func isLarge(_ size: DrawnSize) -> Bool { max(size.width, size.height) > iconSide * 1.5 }

    /// Ends of branches go to the right, others in rows below.
    private mutating func placeRest(_ items: [Item], placed: [Int]) {
        let isPlaced = Set(placed)
        let boxes = placed.map { number in
            DrawnBox(
                x: corners[number].x, y: corners[number].y, width: items[number].size.width,
                height: items[number].size.height)
        }
        guard let all = DrawnBox.around(boxes) else { return }
        let columnCount = max(Self.rowLengthMin, Int(all.width / Self.rowPitch.width))
        var column = 0
        var right = all.maxX + 2 * Self.gap
        var below = all.maxY + Self.rowPitch.height / 2
        var rowHeight = 0.0
        var x = all.x
        for (number, item) in items.enumerated() where !isPlaced.contains(number) {
            if item.isEndBranch {
                corners[number] = DrawnPoint(x: right, y: all.centre.y - item.size.height / 2)
                right += item.size.width + Self.gap
                continue
            }
            if column == columnCount {
                below += rowHeight + Self.rowPitch.height - Self.iconSide
                (column, rowHeight, x) = (0, 0, all.x)
            }
            corners[number] = DrawnPoint(x: x, y: below)
            x += item.size.width + Self.rowPitch.width - Self.iconSide
            rowHeight = max(rowHeight, item.size.height)
            column += 1
        }
    }
}
