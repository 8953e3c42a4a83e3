/// A rectangle on the picture.
struct FlowRectangle: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var centre: FlowPoint { FlowPoint(x: x + width / 2, y: y + height / 2) }

    func union(_ other: FlowRectangle) -> FlowRectangle {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return FlowRectangle(
            x: left, y: top, width: max(x + width, other.x + other.width) - left,
            height: max(y + height, other.y + other.height) - top)
    }

    func insetBy(_ inset: Double) -> FlowRectangle {
        FlowRectangle(x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset)
    }

    func contains(_ point: FlowPoint) -> Bool {
        point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height
    }

    func intersects(_ other: FlowRectangle) -> Bool {
        x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
    }

    /// Where a line from its centre towards a point leaves it.
    func border(towards point: FlowPoint) -> FlowPoint {
        let (dx, dy) = (point.x - centre.x, point.y - centre.y)
        guard dx != 0 || dy != 0 else { return FlowPoint(x: x + width, y: centre.y) }
        let scale = min(
            dx == 0 ? .infinity : width / 2 / abs(dx), dy == 0 ? .infinity : height / 2 / abs(dy))
        return FlowPoint(x: centre.x + dx * scale, y: centre.y + dy * scale)
    }
}

/// A point on the picture.
struct FlowPoint: Equatable {
    var x: Double
    var y: Double
}

/// A step on the picture, or the place of a result, or of a destination that is not there.
struct FlowBox {
    enum Kind: Equatable {
        case step(FlowStep.Kind)
        /// A result of a CloudSlang flow.
        case result
        /// What a transition names and nothing is.
        case nowhere
    }

    let id: String
    let name: String
    let kind: Kind
    /// Level of its own steps; nil for all but containers that are drawn with them.
    var inside: Int?
    /// Index of the level in which it stands.
    let level: Int
    var frame: FlowRectangle
    var type = ""
    var isGate = false
    /// Whether its flow or container begins there.
    var isStart = false
    /// Its arrows; none from a return step to itself.
    var transitions: [FlowTransition] = []

    static let width = 134.0
    static let height = 42.0

    var isContainer: Bool { inside != nil }

    /// Whether a flow or branch ends there.
    var isEnd: Bool {
        switch kind {
        case .step(let kind): kind == .returnStep || kind == .endBranchStep
        case .result: true
        case .nowhere: false
        }
    }

    /// Classes for the picture's style.
    var classes: String {
        var classes = [kind == .nowhere ? "nowhere" : isContainer ? "container" : "step"]
        if isGate { classes.append("gate") }
        if isStart { classes.append("start") }
        switch type {
        case "RESOLVED": classes.append("resolved")
        case "ERROR": classes.append("error")
        case "DIAGNOSED": classes.append("diagnosed")
        case _ where isEnd: classes.append("no-action")
        default: break
        }
        return classes.joined(separator: " ")
    }

    /// What a pointer resting on it shows.
    var tip: String {
        switch kind {
        case .nowhere: "\(name): no such step"
        case .result: "result \(name)"
        case .step: type.isEmpty ? name : "\(name) (\(type))"
        }
    }
}
