/// Where each step stands.
struct FlowLayout {
    /// All boxes; a container comes before the boxes inside it.
    private(set) var boxes: [FlowBox] = []
    /// By level, the box of each step.
    private(set) var places: [[String: Int]] = []
    private(set) var frame = FlowRectangle(x: 0, y: 0, width: 0, height: 0)
    private var ends: [String: Int] = [:]
    private let document: FlowDocument

    /// Studio's icons stand closer together than boxes with names, and arrows with labels between them, can.
    private static let scale = (x: 1.75, y: 1.4)
    private static let coordinateMax = 1e6
    private static let columnGap = 96.0
    private static let rowGap = 46.0
    private static let padding = 26.0
    private static let header = 14.0

    init(_ document: FlowDocument) {
        self.document = document
        if let frame = place(document.steps, starts: [document.startStep].compactMap(\.self), depth: 0).frame {
            self.frame = frame
        }
    }

    /// One level, and all inside it.
    private mutating func place(
        _ steps: [FlowStep], starts: [String], depth: Int
    ) -> (frame: FlowRectangle?, isPlaced: Bool) {
        let level = places.count
        places.append([:])
        let byBounds = Self.havePlaces(steps)
        var own: [Range<Int>] = []
        for step in steps {
            let first = boxes.count
            if places[level][step.id] == nil { places[level][step.id] = first }
            boxes.append(box(step, level: level, isStart: starts.contains(step.id)))
            if !step.steps.isEmpty, depth < FlowDrawing.depthMax {
                boxes[first].inside = places.count
                let inner = place(step.steps, starts: step.startSteps, depth: depth + 1)
                if let frame = inner.frame { boxes[first].frame = Self.around(frame) }
                if byBounds, !inner.isPlaced { move(first..<boxes.count, toCentre: Self.centre(of: step)) }
            }
            own.append(first..<boxes.count)
        }
        if byBounds {
            placeEnds(of: steps, own)
        } else {
            placeInColumns(steps, own, starts: starts)
        }
        let frames = own.map { boxes[$0.lowerBound].frame }
        return (frames.dropFirst().reduce(frames.first) { $0?.union($1) }, byBounds)
    }

    private func box(_ step: FlowStep, level: Int, isStart: Bool) -> FlowBox {
        let centre = Self.centre(of: step)
        var box = FlowBox(
            id: step.id, name: step.name.isEmpty ? step.id : step.name, kind: .step(step.kind), level: level,
            frame: FlowRectangle(
                x: centre.x - FlowBox.width / 2, y: centre.y - FlowBox.height / 2, width: FlowBox.width,
                height: FlowBox.height), type: step.returnType ?? "", isGate: step.called.map(PackGate.isGate) ?? false,
            isStart: isStart)
        let isEnd = step.kind == .returnStep || step.kind == .endBranchStep
        box.transitions = step.transitions.filter { !isEnd || $0.destination != step.id }
        return box
    }

    private static func around(_ frame: FlowRectangle) -> FlowRectangle {
        let padded = frame.insetBy(-padding)
        return FlowRectangle(x: padded.x, y: padded.y - header, width: padded.width, height: padded.height + header)
    }

    // MARK: By bounds

    private static func centre(of step: FlowStep) -> FlowPoint {
        let clamp = { (value: Double) in min(max(value.isFinite ? value : 0, -coordinateMax), coordinateMax) }
        return FlowPoint(x: clamp(step.bounds?.x ?? 0) * scale.x, y: clamp(step.bounds?.y ?? 0) * scale.y)
    }

    /// A branch's end that nobody moved stands at 0, 0 (KON "Parallel Execution").
    private static func isUnplacedEnd(_ step: FlowStep) -> Bool {
        step.kind == .endBranchStep && (step.bounds == nil || (step.bounds?.x == 0 && step.bounds?.y == 0))
    }

    /// Whether bounds say where the steps stand: all have some, and not all the same.
    private static func havePlaces(_ steps: [FlowStep]) -> Bool {
        let placed = steps.filter { !isUnplacedEnd($0) }
        guard let first = placed.first, placed.allSatisfy({ $0.bounds != nil }) else { return false }
        return placed.count == 1 || placed.contains { $0.bounds != first.bounds }
    }

    /// Puts ends of branches that have no place to the right of the others.
    private mutating func placeEnds(of steps: [FlowStep], _ own: [Range<Int>]) {
        let pairs = zip(steps, own)
        let frames = pairs.filter { !Self.isUnplacedEnd($0.0) }.map { boxes[$0.1.lowerBound].frame }
        guard let first = frames.first else { return }
        let frame = frames.dropFirst().reduce(first) { $0.union($1) }
        var y = frame.centre.y
        for (_, range) in pairs.filter({ Self.isUnplacedEnd($0.0) }) {
            let x = frame.x + frame.width + Self.columnGap + FlowBox.width / 2
            move(range, toCentre: FlowPoint(x: x, y: y))
            y += FlowBox.height + Self.rowGap
        }
    }

    // MARK: In columns

    /// Columns by the least number of arrows from the start; what nothing reaches comes last.
    private mutating func placeInColumns(_ steps: [FlowStep], _ own: [Range<Int>], starts: [String]) {
        let indices = Dictionary(zip(steps.map(\.id), steps.indices), uniquingKeysWith: { first, _ in first })
        var columns: [[Int]] = []
        var seen: Set<Int> = []
        var column = starts.compactMap { indices[$0] }.filter { seen.insert($0).inserted }
        while !column.isEmpty {
            columns.append(column)
            column = column.flatMap { steps[$0].transitions.compactMap { indices[$0.destination] } }
                .filter { seen.insert($0).inserted }
        }
        let unreached = steps.indices.filter { !seen.contains($0) }
        if !unreached.isEmpty { columns.append(unreached) }
        var x = 0.0
        for column in columns {
            let frames = column.map { boxes[own[$0].lowerBound].frame }
            let width = frames.map(\.width).max() ?? 0
            let height = frames.reduce(-Self.rowGap) { $0 + $1.height + Self.rowGap }
            var y = -height / 2
            for (index, frame) in zip(column, frames) {
                move(own[index], toCentre: FlowPoint(x: x + width / 2, y: y + frame.height / 2))
                y += frame.height + Self.rowGap
            }
            x += width + Self.columnGap
        }
    }

    private mutating func move(_ range: Range<Int>, toCentre centre: FlowPoint) {
        let old = boxes[range.lowerBound].frame.centre
        for index in range {
            boxes[index].frame.x += centre.x - old.x
            boxes[index].frame.y += centre.y - old.y
        }
    }

    // MARK: Destinations that are no steps

    /// Adds a box for each result of a CloudSlang flow that is led to, and for what is not there.
    mutating func addEnds() {
        let results = Set(document.responses.map(\.name))
        var new: [FlowBox] = []
        for box in boxes {
            for transition in box.transitions where destination(of: transition, from: box) == nil {
                let isResult = document.kind == .cloudSlangFlow && results.contains(transition.destination)
                ends[transition.destination] = boxes.count + new.count
                new.append(
                    FlowBox(
                        id: transition.destination, name: transition.destination, kind: isResult ? .result : .nowhere,
                        level: 0, frame: FlowRectangle(x: 0, y: 0, width: FlowBox.width, height: FlowBox.height),
                        type: isResult ? Self.type(ofResult: transition.destination) : ""))
            }
        }
        guard !new.isEmpty else { return }
        let first = boxes.count
        boxes += new
        let height = Double(new.count) * (FlowBox.height + Self.rowGap) - Self.rowGap
        var y = frame.centre.y - height / 2 + FlowBox.height / 2
        for index in first..<boxes.count {
            move(
                index..<(index + 1),
                toCentre: FlowPoint(x: frame.x + frame.width + Self.columnGap + FlowBox.width / 2, y: y))
            y += FlowBox.height + Self.rowGap
        }
        frame = boxes[first...].reduce(frame) { $0.union($1.frame) }
    }

    private static func type(ofResult name: String) -> String {
        name == "SUCCESS" ? "RESOLVED" : name == "FAILURE" ? "ERROR" : ""
    }

    /// The box a transition leads to: a step of the same level, a result, or what stands for one that is not there.
    func destination(of transition: FlowTransition, from box: FlowBox) -> Int? {
        places[box.level][transition.destination] ?? ends[transition.destination]
    }
}
