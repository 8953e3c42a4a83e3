import Foundation
import SluiceModel
import Testing

@testable import SluiceContent

/// Where things stand in a picture.
@Suite struct DrawingLayoutTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../ContentPack").standardized.path

    private func layout(_ document: FlowDocument) -> (graph: DrawingGraph, layout: DrawingLayout) {
        let graph = DrawingGraph(document, limits: ContentLimits())
        return (graph, DrawingLayout(graph, limits: ContentLimits()))
    }

    /// A flow with these arrows between its steps; without places.
    private func flow(
        _ count: Int, arrows: [(from: Int, to: Int)], kind: PackFlow.Kind = .cloudSlangFlow,
        at place: (Int) -> FlowBounds? = { _ in nil }
    ) -> FlowDocument {
        var document = FlowDocument(id: "own.flow", name: "flow", path: "Content/Library/flow.sl", kind: kind)
        document.responses = [FlowResponse(name: "SUCCESS", type: ""), FlowResponse(name: "FAILURE", type: "")]
        document.steps = (0..<count).map { number in
            var step = FlowStep(id: "s\(number)", name: "step_with_a_name_\(number)", kind: .step)
            step.bounds = place(number)
            step.transitions = arrows.filter { $0.from == number }.enumerated().map { index, arrow in
                let name = arrow.to < count ? "s\(arrow.to)" : arrow.to == count ? "SUCCESS" : "FAILURE"
                return FlowTransition(response: "R\(index)", name: "R\(index)", destination: name)
            }
            return step
        }
        document.startStep = "s0"
        return document
    }

    private func expectApart(_ boxes: [DrawnBox], sourceLocation: SourceLocation = #_sourceLocation) {
        for (number, box) in boxes.enumerated() {
            for other in boxes[..<number] {
                #expect(!box.overlaps(other), "\(box) \(other)", sourceLocation: sourceLocation)
            }
        }
    }

    /// But for errors of rounding.
    private func isIn(_ inner: DrawnBox, _ outer: DrawnBox) -> Bool {
        let all = inner.union(outer)
        return abs(all.width - outer.width) < 0.01 && abs(all.height - outer.height) < 0.01
    }

    // MARK: Layers

    @Test(arguments: 1...40)
    func cardsNeverOverlap(seed: Int) {
        var state = UInt64(seed)
        let random = { (below: Int) -> Int in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        let count = 1 + random(40)
        let arrows = (0..<count * 2).map { _ in (from: random(count), to: random(count + 2)) }
        let (graph, layout) = layout(flow(count, arrows: arrows))
        #expect(layout.isCard.allSatisfy { $0 })
        expectApart(layout.frames)
        for (number, arrow) in graph.arrows.enumerated() {
            guard let curve = layout.curves[number] else {
                Issue.record("no line from \(arrow.source)")
                continue
            }
            #expect(layout.frames[arrow.source].grown(by: 6).contains(curve.start))
            if layout.hasHead[number] { #expect(layout.frames[arrow.destination].grown(by: 6).contains(curve.end)) }
        }
        for destination in Set(graph.arrows.map(\.destination)) {
            let heads = graph.arrows.indices.filter {
                graph.arrows[$0].destination == destination && layout.hasHead[$0]
            }
            #expect(!heads.isEmpty)
        }
    }

    @Test func theMainWayIsAStraightLineDown() {
        let arrows = (0..<6).flatMap { [(from: $0, to: $0 + 1), (from: $0, to: 7)] }
        let (graph, layout) = layout(flow(6, arrows: arrows))
        let main = Array(0..<6) + graph.nodes.indices.filter { graph.nodes[$0].name == "SUCCESS" }
        let middles = main.map { layout.frames[$0].centre }
        #expect(middles.allSatisfy { abs($0.x - middles[0].x) < 2 }, "\(middles.map(\.x))")
        #expect(zip(middles, middles.dropFirst()).allSatisfy { $0.y < $1.y })
    }

    @Test func waysToOneStepAreOneLine() {
        let arrows = (0..<30).flatMap { [(from: $0, to: $0 + 1), (from: $0, to: 31)] }
        let (graph, layout) = layout(flow(30, arrows: arrows))
        let failures = graph.arrows.indices.filter { graph.nodes[graph.arrows[$0].destination].name == "FAILURE" }
        #expect(failures.count == 30)
        let heads = failures.filter { layout.hasHead[$0] }
        #expect(heads.count <= 2)
        let xs = Set(failures.compactMap { layout.curves[$0]?.pieces.last?.end.x.rounded() })
        #expect(xs.count <= 3, "\(xs)")
    }

    @Test func aCircleIsDrawnUpwards() {
        let (graph, layout) = layout(flow(3, arrows: [(0, 1), (1, 2), (2, 0), (2, 3)]))
        let back = graph.arrows.firstIndex { $0.destination == 0 }
        let curve = back.flatMap { layout.curves[$0] }
        #expect((curve?.start.y ?? 0) > (curve?.end.y ?? 0))
        #expect(back.map { layout.hasHead[$0] } == true)
    }

    @Test func ourOwnCloudSlangHasNoOverlap() {
        var seen = 0
        _ = ContentPackReader().documents(path: Self.project) { document in
            guard document.kind == .cloudSlangFlow else { return }
            seen += 1
            let (graph, layout) = layout(document)
            expectApart(layout.frames)
            #expect(
                graph.nodes.filter { $0.step == nil }.map(\.name).sorted()
                    == ["HELD", "PROCEED", "REJECTED", "UNREACHABLE"])
            expectApart(ArrowLabels(graph, layout, limits: ContentLimits()).labels.compactMap { $0?.box })
        }
        #expect(seen == 1)
    }

    // MARK: The canvas

    @Test func stepsStandAsTheirAuthorPutThem() {
        let places = [(-300.0, -80.0), (-150, -80), (-150, 70), (0, 70), (9000, 70)]
        let (_, layout) = layout(
            flow(5, arrows: [(0, 1), (1, 2), (2, 3), (3, 4)], kind: .flow) {
                FlowBounds(x: places[$0].0, y: places[$0].1)
            })
        let frames = layout.frames
        #expect(frames.allSatisfy { $0.width == 60 && $0.height == 60 } && !layout.isCard.contains(true))
        #expect(frames[0].y == frames[1].y && frames[1].x == frames[2].x && frames[2].y == frames[3].y)
        #expect(frames[0].x < frames[1].x && frames[1].y < frames[2].y && frames[2].x < frames[3].x)
        // An empty strip is narrowed.
        #expect(frames[4].x > frames[3].maxX && frames[4].x - frames[3].maxX < 700)
        expectApart(frames)
    }

    @Test func stepsThatShareAPlaceAreLaidOut() {
        let arrows = [(from: 0, to: 1), (from: 1, to: 2)]
        let (_, all) = layout(flow(3, arrows: arrows, kind: .flow) { _ in FlowBounds(x: 7, y: 7) })
        #expect(all.isCard == [true, true, true])
        expectApart(all.frames)
        let (_, one) = layout(
            flow(4, arrows: arrows, kind: .flow) { FlowBounds(x: $0 == 3 ? 0 : Double($0) * 150, y: 0) })
        #expect(!one.isCard.contains(true))
        expectApart(one.frames)
    }

    @Test func anArrowGoesRoundAStepThatIsInItsWay() {
        let (_, layout) = layout(
            flow(3, arrows: [(0, 2)], kind: .flow) { FlowBounds(x: Double($0) * 150, y: 0) })
        let curve = layout.curves[0]
        for sample in 0...20 {
            let point = curve?.point(of: 0, at: Double(sample) / 20) ?? DrawnPoint(x: 0, y: 0)
            #expect(!layout.frames[1].contains(point))
        }
    }

    // MARK: Containers

    private func container(_ kind: FlowStep.Kind, childrenAt places: [FlowBounds?]) -> FlowDocument {
        var document = flow(3, arrows: [(0, 1), (1, 2)], kind: .flow) { FlowBounds(x: Double($0) * 150, y: 0) }
        document.steps[1].kind = kind
        var children = places.enumerated().map { number, place in
            var step = FlowStep(id: "c\(number)", name: "Child \(number)", kind: .step)
            step.bounds = place
            step.transitions = [FlowTransition(response: "success", name: "success", destination: "end")]
            return step
        }
        var end = FlowStep(id: "end", name: "Resolved : success", kind: .endBranchStep)
        end.bounds = FlowBounds(x: 0, y: 0)
        end.transitions = [FlowTransition(response: "success", name: "success", destination: "end")]
        children.append(end)
        document.steps[1].steps = children
        document.steps[1].startSteps = places.indices.map { "c\($0)" }
        return document
    }

    @Test(arguments: [FlowStep.Kind.parallelMultiStep, .multiInstanceStep], [true, false])
    func containersAreBoxesAroundTheirSteps(kind: FlowStep.Kind, isPlaced: Bool) throws {
        let places = (0..<3).map { isPlaced ? FlowBounds(x: 400, y: 50 + Double($0) * 120) : nil }
        let document = container(kind, childrenAt: places)
        let (graph, layout) = layout(document)
        let box = layout.frames[1]
        for node in graph.nodes.indices where graph.nodes[node].parent == 1 {
            #expect(isIn(layout.footprint(node), box), "\(node)")
        }
        expectApart([0, 1, 6].map { layout.frames[$0] })
        let done = graph.arrows.firstIndex { $0.source == 1 }.flatMap { layout.curves[$0] }
        for sample in 0...20 {
            #expect(!box.contains(done?.point(of: 0, at: Double(sample) / 20) ?? box.centre))
        }
        expectApart(graph.nodes.indices.filter { $0 != 1 }.map { layout.footprint($0) })
        let picture = try Picture(FlowDrawing(document).svg)
        #expect(picture.boxes.map(\.title) == ["step_with_a_name_1"] && picture.nodes.count == 6)
        #expect(picture.texts.count { $0 == (kind == .parallelMultiStep ? "BRANCH" : "EACH") } == 3)
        #expect(picture.arrows.count == 5)
    }

    @Test func containersInContainersAreInThem() {
        var document = container(.parallelMultiStep, childrenAt: [FlowBounds(x: 0, y: 0), nil])
        for _ in 0..<60 {
            var outer = container(.parallelMultiStep, childrenAt: [FlowBounds(x: 0, y: 0), nil])
            outer.steps[1].steps.append(document.steps[1])
            document = outer
        }
        let (graph, layout) = layout(document)
        for node in graph.nodes.indices {
            guard let parent = graph.nodes[node].parent else { continue }
            #expect(isIn(layout.frames[node], layout.frames[parent]))
        }
    }

    @Test func everythingIsInsideThePicture() throws {
        let document = container(.parallelMultiStep, childrenAt: [nil, nil, nil])
        let picture = try Picture(FlowDrawing(document).svg)
        let (graph, layout) = layout(document)
        let extent = layout.extent
        #expect(graph.nodes.indices.allSatisfy { isIn(layout.footprint($0), extent) })
        #expect(picture.width >= extent.width && picture.height >= extent.height)
    }
}
