import Testing

@testable import SluiceContent

/// The picture of a flow, read back as XML.
@Suite struct FlowDrawingTests {
    private func step(
        _ id: String, _ kind: FlowStep.Kind = .step, at place: (Double, Double)? = nil, type: String? = nil,
        calls: String? = nil, to transitions: KeyValuePairs<String, String> = [:]
    ) -> FlowStep {
        var step = FlowStep(id: id, name: "Name of \(id)", kind: kind)
        step.bounds = place.map { FlowBounds(x: $0.0, y: $0.1) }
        step.returnType = type
        step.called = calls
        step.transitions = transitions.map { FlowTransition(response: $0.key, name: "", destination: $0.value) }
        return step
    }

    private func document(
        _ steps: [FlowStep], kind: PackFlow.Kind = .flow, results: [String] = [], name: String = "Night shift"
    ) -> FlowDocument {
        var document = FlowDocument(id: "f", name: name, path: "", kind: kind)
        document.steps = steps
        document.startStep = steps.first?.id
        document.responses = results.map { FlowResponse(name: $0, type: "") }
        return document
    }

    /// With bounds: the gate, its exits of every type, a container, a step nobody reaches, one that leads nowhere.
    private var whole: FlowDocument {
        var parallel = step("P", .parallelMultiStep, at: (300, 0), to: ["done": "ok"])
        parallel.startSteps = ["A", "B"]
        parallel.steps = [
            step("A", at: (320, 20), to: ["success": "E", "failure": "E"]),
            step("B", at: (320, 120), to: ["success": "E", "again": "B"]),
            step("E", .endBranchStep, at: (0, 0), to: ["success": "E"]),
        ]
        return document([
            step(
                "G", at: (0, 0), calls: PackGate.flowID.uppercased(),
                to: ["proceed": "P", "held": "held", "rejected": "bad", "unreachable": "bad"]),
            parallel, step("lost", at: (0, 500), to: ["success": "gone"]),
            step("ok", .returnStep, at: (700, 0), type: "RESOLVED", to: ["ok": "ok"]),
            step("bad", .returnStep, at: (0, 300), type: "ERROR", to: ["bad": "bad"]),
            step("held", .returnStep, at: (150, 300), type: "NO_ACTION_TAKEN", to: ["held": "held"]),
            step("diagnosed", .returnStep, at: (300, 300), type: "DIAGNOSED", to: ["diagnosed": "diagnosed"]),
        ])
    }

    @Test func drawsEveryStepAndTransition() throws {
        let picture = try Picture(whole)
        #expect(
            picture.boxes.map(\.id).sorted()
                == ["A", "B", "E", "G", "P", "bad", "diagnosed", "gone", "held", "lost", "ok"])
        #expect(
            picture.arrows.map { "\($0.from) \($0.response) \($0.to)" }.sorted() == [
                "A failure E", "A success E", "B again B", "B success E", "G held held", "G proceed P",
                "G rejected bad", "G unreachable bad", "P done ok", "lost success gone",
            ])
        #expect(
            picture.labels.sorted() == [
                "again", "done", "failure", "held", "proceed", "rejected", "success", "success", "success",
                "unreachable",
            ])
        #expect(picture.texts.contains("Name of G"))
        #expect(picture.title == "Night shift")
    }

    @Test(arguments: [
        ("G", "step gate start"), ("P", "container"), ("A", "step start"), ("E", "step no-action"),
        ("ok", "step resolved"), ("bad", "step error"), ("held", "step no-action"), ("diagnosed", "step diagnosed"),
        ("lost", "step"), ("gone", "nowhere"),
    ])
    func showsWhatAStepIs(id: String, classes: String) throws {
        #expect(try Picture(whole).boxes.first { $0.id == id }?.classes == classes)
    }

    @Test func marksTheArrowThatLeadsNowhere() throws {
        let bad = try Picture(whole).arrows.filter { $0.classes == "transition bad" }
        #expect(bad.map(\.to) == ["gone"])
    }

    @Test func containerSurroundsItsSteps() throws {
        let picture = try Picture(whole)
        let container = try #require(picture.boxes.first { $0.id == "P" }).frame
        for id in ["A", "B", "E"] {
            let inner = try #require(picture.boxes.first { $0.id == id }).frame
            #expect(container.union(inner) == container)
        }
        // A branch's end that nobody moved does not stand at 0, 0.
        #expect(picture.boxes.first { $0.id == "E" }?.frame != picture.boxes.first { $0.id == "G" }?.frame)
    }

    @Test func keepsThePlacesOfTheBounds() throws {
        let picture = try Picture(whole)
        let places = ["G", "held", "diagnosed"].compactMap { id in picture.boxes.first { $0.id == id }?.frame.centre }
        #expect(places.map(\.x) == [0, 150 * 1.75, 300 * 1.75])
        #expect(places.map(\.y) == [0, 300 * 1.4, 300 * 1.4])
    }

    @Test func viewHoldsEverything() throws {
        var flow = whole
        flow.steps[0].bounds = FlowBounds(x: -900, y: -40)
        let picture = try Picture(flow)
        for box in picture.boxes { #expect(picture.view.union(box.frame) == picture.view) }
    }

    // MARK: Without bounds

    private var slang: FlowDocument {
        document(
            [
                step(
                    "ask", calls: PackGate.cloudSlangName,
                    to: ["PROCEED": "work", "HELD": "HELD", "REJECTED": "FAILURE"]),
                step("work", to: ["SUCCESS": "rest", "FAILURE": "mail"]),
                step("rest", to: ["SUCCESS": "SUCCESS", "FAILURE": "ask"]),
                step("mail", to: ["SUCCESS": "FAILURE", "FAILURE": "FAILURE"]), step("lost"),
            ], kind: .cloudSlangFlow, results: ["SUCCESS", "FAILURE", "HELD"])
    }

    @Test func layersWhatHasNoBounds() throws {
        let picture = try Picture(slang)
        let x = { (id: String) in picture.boxes.first { $0.id == id }?.frame.x ?? .nan }
        #expect(x("ask") < x("work"))
        #expect(x("work") < x("rest"))
        #expect(x("rest") == x("mail"))
        #expect(x("rest") < x("lost"))
        #expect(x("lost") < x("SUCCESS"))
        for (index, box) in picture.boxes.enumerated() {
            for other in picture.boxes[(index + 1)...] { #expect(!box.frame.intersects(other.frame)) }
        }
    }

    @Test func drawsTheResultsThatAreLedToOnce() throws {
        let picture = try Picture(slang)
        #expect(picture.boxes.map(\.id).suffix(3).sorted() == ["FAILURE", "HELD", "SUCCESS"])
        let classes = Dictionary(uniqueKeysWithValues: picture.boxes.map { ($0.id, $0.classes) })
        #expect(classes["SUCCESS"] == "step resolved")
        #expect(classes["FAILURE"] == "step error")
        #expect(classes["HELD"] == "step no-action")
        #expect(classes["ask"] == "step gate start")
        #expect(picture.arrows.count == 9)
    }

    @Test func stepsOnOneSpotAreTakenForUnplaced() throws {
        let picture = try Picture(document([step("a", at: (5, 5), to: ["s": "b"]), step("b", at: (5, 5))]))
        #expect(!picture.boxes[0].frame.intersects(picture.boxes[1].frame))
    }

    @Test func drawsAContainerWithoutBounds() throws {
        var parallel = step("P", .parallelMultiStep, to: ["done": "b"])
        parallel.startSteps = ["i"]
        parallel.steps = [step("i", to: ["s": "e"]), step("e", .endBranchStep)]
        let picture = try Picture(document([step("a", to: ["s": "P"]), parallel, step("b")]))
        let frame = { (id: String) in try #require(picture.boxes.first { $0.id == id }).frame }
        #expect(try frame("P").union(frame("i")) == frame("P"))
        #expect(try frame("P").union(frame("e")) == frame("P"))
        #expect(try !frame("P").intersects(frame("a")))
        #expect(try !frame("P").intersects(frame("b")))
    }

    // MARK: Hostile

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><svg onload='x'>", "a & b &amp; ]]>", "\u{0}\u{1}\u{8}\u{1B}[31m",
        "\u{FFFE}\u{FFFF}",
        "\u{202E}evil\u{2066}", "--><!--", "ü😀日本語", String(repeating: "very long ", count: 2_000), "", "\r\n\t",
        "</title></svg>", "x' onclick='y",
    ])
    func escapesEveryName(text: String) throws {
        var first = step(text, calls: text, to: [:])
        first.name = text
        first.transitions = [
            FlowTransition(response: text, name: text, destination: text + "2"),
            FlowTransition(response: "s", name: text, destination: text),
        ]
        var end = step("end", .returnStep, type: text)
        end.name = text
        let picture = try Picture(document([first, end], name: text))
        #expect(
            picture.elements.isSubset(of: ["svg", "title", "style", "rect", "defs", "marker", "path", "g", "text"]))
        #expect(picture.boxes.count == 3)
        #expect(picture.arrows.count == 2)
        #expect(!picture.svg.contains("onload='") && !picture.svg.contains("onclick='"))
        #expect(!picture.svg.unicodeScalars.contains("\u{202E}"))
        if text == "ü😀日本語" { #expect(picture.title == text) }
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300])
    func survivesAnyCoordinate(value: Double) throws {
        let picture = try Picture(document([step("a", at: (value, value), to: ["s": "b"]), step("b", at: (0, 0))]))
        #expect(picture.boxes.count == 2)
        #expect(!picture.svg.contains("nan") && !picture.svg.contains("inf"))
        for box in picture.boxes { #expect(picture.view.union(box.frame) == picture.view) }
        #expect(picture.view.width >= FlowBox.width && picture.view.height >= FlowBox.height)
    }

    @Test func drawsLargeAndDeepFlows() throws {
        let many = (0..<5_000).map { step("s\($0)", to: ["success": "s\($0 + 1)", "failure": "s0"]) }
        #expect(try Picture(document(many)).arrows.count == 10_000)
        var inner = step("last")
        for level in 0..<200 {
            var outer = step("p\(level)", .parallelMultiStep)
            outer.steps = [inner]
            inner = outer
        }
        #expect(try Picture(document([inner])).boxes.count == FlowDrawing.depthMax + 1)
    }

    @Test func drawsWhatIsUnfinished() throws {
        #expect(try Picture(document([])).boxes.isEmpty)
        var twice = document([step("a", to: ["s": "a"]), step("a", to: ["s": "a", "t": "a"])])
        twice.startStep = "gone"
        #expect(try Picture(twice).arrows.count == 3)
    }

    @Test func isTheSameEachTime() {
        #expect(FlowDrawing(whole).svg == FlowDrawing(whole).svg)
        #expect(FlowDrawing(slang).svg == FlowDrawing(slang).svg)
    }
}

/// A picture read by the same parser that reads packs.
private struct Picture {
    let svg: String
    private let sink = PictureSink()

    init(_ document: FlowDocument) throws {
        svg = FlowDrawing(document).svg
        let parser = XMLPushParser(file: "f.svg", limits: ContentLimits(), sink: sink)
        _ = Array(svg.utf8).withUnsafeBytes { parser.feed($0) }
        let problem = parser.finish()
        try #require(problem == nil, "\(String(describing: problem))")
    }

    var elements: Set<String> { sink.elements }
    var boxes: [PictureSink.Box] { sink.boxes }
    var arrows: [PictureSink.Arrow] { sink.arrows }
    var labels: [String] { sink.labels }
    var texts: [String] { sink.texts }
    var title: String? { sink.title }
    var view: FlowRectangle { sink.view }
}

private final class PictureSink: XMLEventSink {
    struct Box {
        let id: String
        let classes: String
        var frame: FlowRectangle
    }

    struct Arrow {
        let from: String
        let to: String
        let response: String
        let classes: String
    }

    var elements: Set<String> = []
    var boxes: [Box] = []
    var arrows: [Arrow] = []
    var labels: [String] = []
    var texts: [String] = []
    var title: String?
    var view = FlowRectangle(x: 0, y: 0, width: 0, height: 0)
    private var isLabel = false
    private var open: [String] = []

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        open.append(element.name)
        elements.insert(element.name)
        let text = { (name: StaticString) in element.attribute(name, bytesMax: 1 << 20) ?? "" }
        let number = { (name: StaticString) in Double(text(name)) ?? .nan }
        let frame = FlowRectangle(x: number("x"), y: number("y"), width: number("width"), height: number("height"))
        switch element.name {
        case "svg":
            let parts = text("viewBox").split(separator: " ").compactMap { Double($0) }
            view = FlowRectangle(x: parts[0], y: parts[1], width: parts[2], height: parts[3])
        case "g" where element.attribute("data-from") != nil || text("class").hasPrefix("transition"):
            arrows.append(
                Arrow(
                    from: text("data-from"), to: text("data-to"), response: text("data-response"),
                    classes: text("class")))
        case "g":
            boxes.append(Box(id: text("data-step"), classes: text("class"), frame: frame))
        case "rect" where text("class") != "paper":
            boxes[boxes.count - 1].frame = frame
        case "text": isLabel = text("class") == "label"
        default: break
        }
        return element.name == "text" || element.name == "title"
    }

    func endElement(text: String?) throws(ContentError) {
        let name = open.removeLast()
        guard let text else { return }
        if name == "title" {
            if title == nil { title = text }
        } else if isLabel {
            labels.append(text)
        } else {
            texts.append(text)
        }
    }
}
