import SluiceDrawing

/// The nodes: icons with their names below, cards with their names inside, boxes around the steps of containers.
extension DrawingBody {
    private static let markSize = 9.5

    func drawBox(_ node: Int, _ svg: inout SVGText) {
        let frame = layout.frames[node]
        let look = graph.nodes[node].look
        svg.element("g", [.init("role", "graphics-object group")]) { svg in
            svg.element("title", text: layout.names[node].joined(separator: " "))
            svg.element("desc", text: words(node))
            svg.box(
                frame, radius: 14,
                [.init("fill", look.fill), .init("stroke", look.stroke), .init("stroke-width", "1.5")])
            look.draw(&svg, at: DrawnPoint(x: frame.x + 24, y: frame.y + 24), scale: 0.7)
            let name = DrawnText.plain(graph.nodes[node].name)
            let text = DrawnText.shortened(name, widthMax: frame.width - 60, size: DrawingLayout.nameSize)
            svg.element(
                "text",
                [.init("x", frame.x + 44), .init("y", frame.y + 28), .init("font-weight", "bold")], text: text)
            drawMarks(node, &svg)
        }
    }

    func drawNode(_ node: Int, _ svg: inout SVGText) {
        let look = graph.nodes[node].look
        let frame = layout.frames[node]
        svg.element("g", [.init("role", "graphics-symbol img")]) { svg in
            let name = DrawnText.plain(graph.nodes[node].name)
            svg.element("title", text: name.isEmpty ? "(no name)" : name)
            svg.element("desc", text: words(node))
            var border: [SVGText.Attribute] = [
                .init("fill", look.fill), .init("stroke", look.stroke),
                .init("stroke-width", look == .gate ? "3" : "1.6"),
            ]
            if look == .encoder { border.append(.init("stroke-dasharray", "6 3")) }
            let isRound = layout.isCard[node] && look.isEnd
            svg.box(frame, radius: isRound ? min(frame.height / 2, 22) : 12, border)
            if layout.isCard[node] {
                look.draw(&svg, at: DrawnPoint(x: frame.x + 26, y: frame.centre.y), scale: look.isEnd ? 0.75 : 0.9)
                drawCardText(node, &svg)
            } else {
                look.draw(&svg, at: frame.centre, scale: 1.2)
                drawName(node, &svg)
            }
            if graph.nodes[node].step?.loop != nil, look != .loop { drawLoopSign(frame, look, &svg) }
            drawMarks(node, &svg)
        }
    }

    private func drawName(_ node: Int, _ svg: inout SVGText) {
        guard let box = layout.nameBox(node) else { return }
        let part = graph.nodes[node]
        let behind = part.isPutIn ? DrawingPalette.putIn : background(around: part.parent)
        svg.box(box.grown(by: 1), radius: 3, [.init("fill", behind), .init("fill-opacity", "0.8")])
        for (line, text) in layout.names[node].enumerated() {
            let y = box.y + Double(line + 1) * DrawingLayout.nameLineHeight - 3
            svg.element(
                "text",
                [.init("x", layout.frames[node].centre.x), .init("y", y), .init("text-anchor", "middle")], text: text)
        }
    }

    private func drawCardText(_ node: Int, _ svg: inout SVGText) {
        let frame = layout.frames[node]
        let callee = calleeName(node)
        let lines = layout.names[node]
        let height = Double(lines.count) * DrawingLayout.nameLineHeight + (callee == nil ? 0 : 14)
        var y = frame.centre.y - height / 2 + 12
        let x = SVGText.Attribute("x", frame.x + DrawingLayout.cardTextStart)
        for line in lines {
            svg.element("text", [x, .init("y", y), .init("font-weight", "bold")], text: line)
            y += DrawingLayout.nameLineHeight
        }
        guard let callee else { return }
        let widthMax = frame.width - DrawingLayout.cardTextStart - 10
        svg.element(
            "text", [x, .init("y", y), .init("font-size", "10"), .init("fill", DrawingPalette.quietText)],
            text: DrawnText.shortenedName(callee, widthMax: widthMax, size: 10))
    }

    /// A ring at the corner: the step runs once per element.
    private func drawLoopSign(_ frame: DrawnBox, _ look: DrawingLook, _ svg: inout SVGText) {
        let centre = DrawnPoint(x: frame.maxX - 14, y: frame.maxY - 14)
        svg.element(
            "path",
            [
                .init("transform", "translate(" + SVGText.point(centre) + ")"), .init("fill", "none"),
                .init("stroke", look.stroke), .init("stroke-width", "1.8"), .init("d", "M5,-3A6,6 0 1 0 6,1M6,-6V-2H2"),
            ])
    }

    /// Words such as `START` on the upper border.
    private func drawMarks(_ node: Int, _ svg: inout SVGText) {
        let marks = graph.nodes[node].marks
        guard !marks.isEmpty else { return }
        let text = marks.joined(separator: " · ").uppercased()
        let frame = layout.frames[node]
        let width = DrawnText.width(text, size: Self.markSize) + 14
        let isLeft = layout.isCard[node] || graph.nodes[node].look == .container
        let x = isLeft ? frame.x + 14 : frame.centre.x - width / 2
        let box = DrawnBox(x: x, y: frame.y - (isLeft ? 8 : 12), width: width, height: 16)
        let colour = marks.contains("gate") ? DrawingPalette.gateText : DrawingPalette.text
        svg.box(box, radius: 8, [.init("fill", colour), .init("stroke", DrawingPalette.background)])
        svg.element(
            "text",
            [
                .init("x", box.centre.x), .init("y", box.y + 11.5), .init("font-size", Self.markSize),
                .init("font-weight", "bold"), .init("text-anchor", "middle"), .init("fill", DrawingPalette.background),
            ], text: text)
    }

    // MARK: Words

    /// What a step calls, as far as a name is known.
    private func calleeName(_ node: Int) -> String? {
        guard let called = graph.nodes[node].step?.called else { return nil }
        if graph.document.kind == .cloudSlangFlow { return DrawnText.plain(called) }
        let name = PackGate.isGate(called) ? "Maintenance Gate" : BaseOperation.named(called)?.name
        return name == graph.nodes[node].name ? nil : name
    }

    /// What a node is, in words.
    private func words(_ node: Int) -> String {
        let part = graph.nodes[node]
        var words = [part.look.words(isCloudSlang: graph.document.kind == .cloudSlangFlow)]
        if part.marks.contains("start") { words.append("the flow starts here") }
        if part.isPutIn { words.append("put in by sluice pack gate") }
        if let step = part.step {
            if let called = step.called {
                let name = calleeName(node).map { $0 == called ? "" : " (" + $0 + ")" } ?? ""
                words.append("calls " + DrawnText.plain(called) + name)
            }
            if let loop = step.loop {
                words.append("once for each " + loop.variables.map { DrawnText.plain($0) }.joined(separator: ", "))
            }
            words.append("line \(step.line)")
        }
        return words.joined(separator: "; ") + "."
    }
}
