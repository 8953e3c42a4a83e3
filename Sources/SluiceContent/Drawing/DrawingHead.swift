import SluiceDrawing

/// The lines above a picture: which flow it is, whether it is gated, and what is not shown.
struct DrawingHead {
    let title: String
    /// One sentence for those who do not see the picture.
    let summary: String
    private let lines: [Line]

    private struct Line {
        var text: String
        var size: Double
        var colour: String
        var isBold = false
        var height: Double { size * 1.5 }
    }

    init(_ graph: DrawingGraph, width: Double) {
        let document = graph.document
        title = "Flow " + DrawnText.plain(document.name)
        let gate = Self.gateWords(graph)
        let count = document.allSteps.count
        let steps = count == 1 ? "1 step" : "\(count) steps"
        summary = Self.kind(document.kind) + " with " + steps + ". " + gate
        var lines = [
            Line(
                text: DrawnText.shortened(DrawnText.plain(document.name), widthMax: width, size: 22), size: 20,
                colour: DrawingPalette.text, isBold: true)
        ]
        for text in [document.path, Self.kind(document.kind) + " " + document.id] {
            let wrapped = DrawnText.wrapped(DrawnText.plain(text), widthMax: width, size: 12, lineCountMax: 3)
            lines += wrapped.map { Line(text: $0, size: 12, colour: DrawingPalette.quietText) }
        }
        lines.append(
            Line(
                text: steps + ". " + gate, size: 12,
                colour: document.gateStep == nil ? DrawingPalette.quietText : DrawingPalette.gateText, isBold: true))
        for note in Self.notes(graph) {
            lines.append(Line(text: note, size: 12, colour: DrawingLook.error.stroke, isBold: true))
        }
        self.lines = lines
    }

    var height: Double { lines.reduce(0) { $0 + $1.height } }

    func draw(_ svg: inout SVGText, at corner: DrawnPoint) {
        var y = corner.y
        for line in lines {
            y += line.height
            var attributes: [SVGText.Attribute] = [
                .init("x", corner.x), .init("y", y - line.size * 0.4), .init("font-size", line.size),
                .init("fill", line.colour),
            ]
            if line.isBold { attributes.append(.init("font-weight", "bold")) }
            svg.element("text", attributes, text: line.text)
        }
    }

    private static func kind(_ kind: PackFlow.Kind) -> String {
        switch kind {
        case .flow: "Flow"
        case .operation: "Operation"
        case .cloudSlangFlow: "CloudSlang flow"
        case .cloudSlangOperation: "CloudSlang operation"
        case .cloudSlangDecision: "CloudSlang decision"
        }
    }

    private static func gateWords(_ graph: DrawingGraph) -> String {
        if graph.document.gateStep != nil { return "Gated: every run asks the gate first." }
        if PackGate.isGate(graph.document.id) { return "This is the gate itself." }
        if graph.nodes.contains(where: { $0.look == .gate }) { return "Not gated: its gate step is not the first one." }
        return "Not gated."
    }

    private static func notes(_ graph: DrawingGraph) -> [String] {
        var notes: [String] = []
        if graph.document.allSteps.isEmpty { notes.append("There are no steps to draw.") }
        if graph.start == nil, !graph.nodes.isEmpty { notes.append("It has no start step.") }
        if graph.leftOutStepCount > 0 {
            let drawn = graph.document.allSteps.count - graph.leftOutStepCount
            notes.append("Only the first \(drawn) steps are drawn; \(graph.leftOutStepCount) are not.")
        }
        if graph.leftOutTransitionCount > 0 {
            notes.append("\(graph.leftOutTransitionCount) transitions are not drawn.")
        }
        return notes
    }
}

/// What the colours and signs of a picture mean; only those that it has.
struct DrawingLegend {
    private struct Entry {
        var look: DrawingLook?
        var words: String
        var place = DrawnPoint(x: 0, y: 0)
    }

    private var entries: [Entry] = []
    private(set) var height = 0.0

    private static let size = 11.0
    private static let rowHeight = 30.0
    private static let textStart = 30.0
    private static let gap = 26.0

    init(_ graph: DrawingGraph, width: Double) {
        let used = Set(graph.nodes.map(\.look))
        let isCloudSlang = graph.document.kind == .cloudSlangFlow
        for look in DrawingLook.allCases where used.contains(look) {
            entries.append(Entry(look: look, words: look.words(isCloudSlang: isCloudSlang)))
        }
        if graph.nodes.contains(where: \.isPutIn) {
            entries.append(Entry(look: nil, words: "Put in by sluice pack gate"))
        }
        var corner = DrawnPoint(x: 0, y: 0)
        for number in entries.indices {
            let needed = Self.textStart + DrawnText.width(entries[number].words, size: Self.size)
            if corner.x > 0, corner.x + needed > width { corner = DrawnPoint(x: 0, y: corner.y + Self.rowHeight) }
            entries[number].place = corner
            corner.x += needed + Self.gap
        }
        height = entries.isEmpty ? 0 : corner.y + Self.rowHeight
    }

    func draw(_ svg: inout SVGText, at corner: DrawnPoint) {
        for entry in entries {
            let place = entry.place + corner
            let box = DrawnBox(x: place.x, y: place.y + 4, width: 22, height: 22)
            if let look = entry.look {
                let dash: [SVGText.Attribute] = look == .encoder ? [.init("stroke-dasharray", "4 2")] : []
                svg.box(box, radius: 5, [.init("fill", look.fill), .init("stroke", look.stroke)] + dash)
                look.draw(&svg, at: box.centre, scale: 0.5)
            } else {
                svg.box(
                    box, radius: 5,
                    [
                        .init("fill", DrawingPalette.putIn), .init("stroke", DrawingPalette.gate),
                        .init("stroke-dasharray", "2 3"),
                    ])
            }
            svg.element(
                "text",
                [
                    .init("x", place.x + Self.textStart), .init("y", place.y + 19), .init("font-size", Self.size),
                    .init("fill", DrawingPalette.quietText),
                ], text: entry.words)
        }
    }
}
