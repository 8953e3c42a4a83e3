import Foundation
import SluiceDrawing
import SluiceModel
import Testing

@testable import SluiceContent

/// Pictures of flows: everything is in them, nothing from outside can do harm, and they are the same each time.
@Suite struct FlowDrawingTests {
    private func gated(_ text: String, onHold: GatePlan.OnHold = .end) throws -> FlowDocument {
        let path = "Content/Library/Own.xml"
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "own") { _ in
            GatePlan(onHold: onHold, reason: "")
        }
        guard case .gated(let bytes, _) = outcome else { throw ContentError("test", "\(outcome)", file: "own") }
        return try #require(FlowDocumentReader().read(bytes: bytes, path: path, file: "own").document)
    }

    private func document(_ text: String) throws -> FlowDocument {
        try #require(FlowXML.read(text).document)
    }

    private func steps(_ count: Int, at place: (Int) -> FlowBounds?) -> FlowDocument {
        var document = FlowDocument(id: "f-1", name: "Own", path: "Content/Library/Own.xml", kind: .flow)
        document.steps = (0..<count).map { number in
            var step = FlowStep(id: "s\(number)", name: "Step \(number)", kind: .step)
            step.bounds = place(number)
            if number + 1 < count {
                step.transitions = [
                    FlowTransition(response: "success", name: "success", destination: "s\(number + 1)")
                ]
            }
            return step
        }
        document.startStep = "s0"
        return document
    }

    // MARK: What is in it

    @Test func drawsEveryStepAndTransition() throws {
        let document = try document(GatingFixtures.flow())
        let picture = try Picture(FlowDrawing(document).svg)
        #expect(picture.nodes.map(\.title) == ["Ask & see", "Resolved : success", "Error : failure"])
        #expect(picture.arrows == ["Ask & see → Resolved : success: success", "Ask & see → Error : failure: failure"])
        for text in ["Nightly", "Ask & see", "success", "failure", "START", "Ends: resolved", "Ends: error"] {
            #expect(picture.texts.contains(text), "\(text)")
        }
        #expect(picture.texts.contains { $0.contains(GatingFixtures.id) })
        #expect(picture.nodes[0].words.contains("the flow starts here"))
    }

    @Test func marksTheGateOnlyWhereThereIsOne() throws {
        let text = GatingFixtures.flow(inputs: GatingFixtures.inputs(GatingFixtures.input("host")))
        let plain = try Picture(FlowDrawing(document(text)).svg)
        #expect(!plain.texts.contains { $0.contains("GATE") || $0.contains("sluice pack gate") })
        #expect(plain.texts.contains("3 steps. Not gated."))
        #expect(!plain.elements.contains { $0.attributes.values.contains(DrawingPalette.gate) })
        let gated = try Picture(FlowDrawing(gated(text)).svg)
        #expect(gated.texts.contains("GATE") && gated.texts.contains("Put in by sluice pack gate"))
        #expect(gated.texts.contains("7 steps. Gated: every run asks the gate first."))
        let words = Dictionary(gated.nodes.map { ($0.title, $0.words) }) { first, _ in first }
        #expect(words["Maintenance Gate"]?.hasPrefix("Gate step") == true)
        #expect(words["Encode the inputs"]?.contains("the flow starts here; put in by sluice pack gate") == true)
        #expect(words["Ask & see"]?.contains("put in") == false)
        #expect(gated.arrows.contains("Maintenance Gate → Error : failure: rejected, unreachable"))
    }

    @Test func saysWhenTheGateIsNotTheFirstStep() throws {
        let text = GatingFixtures.flow(start: "s1", called: "bbbb").replacing(
            "<steps>", with: "<steps>" + FlowXML.gateStep)
        let picture = try Picture(FlowDrawing(document(text)).svg)
        #expect(picture.texts.contains("4 steps. Not gated: its gate step is not the first one."))
        #expect(picture.texts.contains("GATE"))
    }

    @Test(arguments: [
        ("RESOLVED", "Ends: resolved"), ("ERROR", "Ends: error"), ("DIAGNOSED", "Ends: diagnosed"),
        ("NO_ACTION_TAKEN", "Ends: no action taken"), ("OTHER", "Ends: type unknown"),
    ])
    func colourOfAnEndIsItsType(type: String, words: String) throws {
        var document = steps(1) { _ in FlowBounds(x: 0, y: 0) }
        document.steps[0].kind = .returnStep
        document.steps[0].returnType = type
        document.steps[0].transitions = [FlowTransition(response: "done", name: "return", destination: "s0")]
        let picture = try Picture(FlowDrawing(document).svg)
        #expect(picture.nodes.map(\.words) == ["\(words); the flow starts here; line 1."])
        #expect(picture.texts.contains(words))
        #expect(picture.arrows.isEmpty)
    }

    @Test func aStepMayLeadToItselfAndToNowhere() throws {
        var document = steps(2) { FlowBounds(x: Double($0) * 150, y: 0) }
        document.steps[1].transitions = [
            FlowTransition(response: "again", name: "Try again", destination: "s1"),
            FlowTransition(response: "gone", name: "gone", destination: "nobody"),
        ]
        let picture = try Picture(FlowDrawing(document).svg)
        #expect(
            picture.arrows == [
                "Step 0 → Step 1: success", "Step 1 → Step 1: again (labelled Try again)", "Step 1 → nobody: gone",
            ])
        #expect(picture.texts.contains("Leads to no step"))
    }

    @Test func opposedArrowsAreTwoLines() throws {
        var document = steps(2) { FlowBounds(x: Double($0) * 300, y: 0) }
        document.steps[1].transitions = [FlowTransition(response: "back", name: "back", destination: "s0")]
        let graph = DrawingGraph(document, limits: ContentLimits())
        let layout = DrawingLayout(graph, limits: ContentLimits())
        let middles = layout.curves.map { $0?.point(of: 0, at: 0.5).y ?? 0 }
        #expect(middles.count == 2 && abs(middles[0] - middles[1]) > 20)
    }

    @Test func operationsAndEmptyFlowsSayThatThereIsNothing() throws {
        let picture = try Picture(FlowDrawing(steps(0) { _ in nil }).svg)
        #expect(picture.texts.contains("There are no steps to draw."))
        var document = steps(1) { _ in nil }
        document.startStep = nil
        #expect(try Picture(FlowDrawing(document).svg).texts.contains("It has no start step."))
    }

    // MARK: What comes from outside

    static let hostileNames = [
        "<script>alert(1)</script>", "]]>", "\"'><svg onload=x>", "&lt;&amp;", "line\nbreak\ttab\u{0}nul\u{1B}[31m",
        "\u{202E}desrever\u{2066}x\u{2069}\u{200F}", "\u{FFFE}\u{FFFF}\u{1FFFE}", "\u{FEFF}\u{2028}\u{2029}",
        "\u{E0041}\u{E007F}", "漢字かな한글", "👩‍👩‍👧‍👦🇩🇪", "e" + String(repeating: "\u{301}", count: 500), "",
        String(repeating: "x", count: 10_000), "../../../etc/passwd", "url(http://h/)", "ﷺ שלום",
    ]

    @Test(arguments: hostileNames)
    func namesAreShownAndHarmless(name: String) throws {
        var document = steps(3) { FlowBounds(x: Double($0) * 150, y: 0) }
        document.name = name
        document.id = name
        document.path = name
        document.steps[0].name = name
        document.steps[0].called = name
        document.steps[0].transitions[0].response = name
        document.steps[0].transitions[0].name = name + "2"
        document.steps[1].returnType = name
        document.steps[1].transitions = [FlowTransition(response: "x", name: "x", destination: name)]
        for kind in [PackFlow.Kind.flow, .cloudSlangFlow] {
            document.kind = kind
            let svg = FlowDrawing(document).svg
            let picture = try Picture(svg)
            #expect(picture.nodes[0].title == (name.isEmpty ? "(no name)" : DrawnText.plain(name)))
            let known = ["svg", "title", "desc", "g", "rect", "path", "circle", "text"]
            for element in picture.elements {
                #expect(known.contains(element.name))
                #expect(!element.attributes.contains { $0.key.hasPrefix("on") || $0.key.contains("href") })
                #expect(!element.attributes.contains { $0.value.contains("url(") || $0.value.contains("script") })
            }
            #expect(!svg.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            #expect(!svg.unicodeScalars.contains { (0x202A...0x202E).contains($0.value) || $0 == "\u{200F}" })
            #expect(!svg.contains("]]>") && !svg.contains("<!"))
        }
    }

    @Test func noValueOfAnInputIsShown() throws {
        let inputs = GatingFixtures.inputs(GatingFixtures.input("host", value: "hunter2"))
        #expect(!(try FlowDrawing(document(GatingFixtures.flow(inputs: inputs))).svg.contains("hunter2")))
    }

    @Test(arguments: [1e300, -1e300, Double.greatestFiniteMagnitude, 1e7])
    func placesOutOfAllBoundsAreNoPlaces(place: Double) throws {
        var document = steps(4) { FlowBounds(x: Double($0) * -150, y: -1000) }
        document.steps[3].bounds = FlowBounds(x: place, y: -place, width: place, height: -place)
        let picture = try Picture(FlowDrawing(document).svg)
        #expect(picture.nodes.count == 4)
        #expect(picture.width < 2000 && picture.height < 2000)
    }

    // MARK: Many

    @Test(.timeLimit(.minutes(10)), arguments: [(true, 2000), (false, 10_000)])
    func drawsManySteps(isPlaced: Bool, count: Int) throws {
        var document = steps(count) {
            isPlaced ? FlowBounds(x: Double($0 % 100) * 150, y: Double($0 / 100) * -150) : nil
        }
        for number in document.steps.indices {
            document.steps[number].transitions.append(
                FlowTransition(response: "failure", name: "failure", destination: "s\(count - 1)"))
        }
        let svg = FlowDrawing(document).svg
        #expect(svg.components(separatedBy: "graphics-symbol").count == count + 1)
        #expect(svg.utf8.count < 20 << 20)
    }

    @Test func saysWhatIsLeftOut() throws {
        var limits = ContentLimits()
        limits.drawingStepCountMax = 3
        let picture = try Picture(FlowDrawing(steps(5) { _ in nil }, limits: limits).svg)
        #expect(picture.nodes.count == 3 && picture.arrows.count == 2)
        #expect(picture.texts.contains("Only the first 3 steps are drawn; 2 are not."))
        limits = ContentLimits()
        limits.drawingTransitionCountMax = 2
        let other = try Picture(FlowDrawing(steps(5) { _ in nil }, limits: limits).svg)
        #expect(other.arrows.count == 2 && other.texts.contains("2 transitions are not drawn."))
    }

    @Test func isTheSameEachTime() throws {
        let document = try gated(GatingFixtures.flow())
        let first = FlowDrawing(document).svg
        for _ in 0..<5 { #expect(FlowDrawing(document).svg == first) }
    }
}
