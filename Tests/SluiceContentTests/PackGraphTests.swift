import Foundation
import SluiceContent
import Testing

@Suite struct PackGraphTests {
    private static func flow(_ id: String, calls called: [String] = [], kind: PackFlow.Kind = .flow) -> PackFlow {
        PackFlow(
            id: id, name: id, path: "Content/Library/\(id).xml", kind: kind,
            references: called.map { PackReference(id: $0, isResolved: false, count: 2) }, startStep: "s")
    }

    private static let graph = PackGraph([
        ContentPack(
            path: "a.jar",
            flows: [flow("a1", calls: ["A2", "b1"]), flow("a2", calls: ["gone"]), flow("a3", calls: ["a3"])]),
        ContentPack(
            path: "b.jar",
            flows: [
                flow("b1", calls: ["b2", "gone", "lost"]), flow("b2", kind: .operation),
                flow("ns.B", kind: .cloudSlangFlow),
                flow("x", calls: ["ns.b"]),
            ]),
    ])

    @Test func findsEntryFlowsAcrossPacks() {
        // b1 is called from the other pack, b2 is an operation, a3 only calls itself.
        #expect(Self.graph.entryFlows.map(\.flow.id) == ["a1", "a3", "ns.B", "x"])
    }

    @Test func findsCallersWithoutCase() {
        #expect(Self.graph.callers(of: "a2").map(\.flow.id) == ["a1"])
        #expect(Self.graph.callers(of: "B1").map(\.flow.id) == ["a1"])
        #expect(Self.graph.callers(of: "a1").isEmpty)
    }

    @Test func keepsTheCaseOfCloudSlangNames() {
        #expect(Self.graph["ns.B"] != nil)
        #expect(Self.graph["ns.b"] == nil)
    }

    @Test func listsWhatIsMissingMostUsedFirst() {
        #expect(Self.graph.missing.map(\.id) == ["gone", "lost", "ns.b"])
        #expect(Self.graph.missing.map(\.count) == [4, 2, 2])
        #expect(Self.graph.missing[0].callers == ["Content/Library/a2.xml", "Content/Library/b1.xml"])
    }

    @Test func reportsEntryFlowsCallersAndWhatIsMissing() throws {
        let packs = [ContentPack(path: "a.jar", name: "A"), ContentPack(path: "b.jar")]
        let text = PackGraphReport.text(Self.graph, packs: packs)
        #expect(text.contains("  ungated  a1  Content/Library/a1.xml\n"))
        #expect(text.contains("can start ungated: 4;"))
        #expect(text.contains("  b1  Content/Library/b1.xml\n    by Content/Library/a1.xml\n"))
        #expect(text.contains("  gone  4 steps, in Content/Library/a2.xml, Content/Library/b1.xml\n"))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(PackGraphReport.json(Self.graph, packs: packs).utf8))
                as? [String: Any])
        let flows = try #require(object["flows"] as? [[String: Any]])
        #expect(flows.filter { $0["entry"] as? Bool == true }.map { $0["id"] as? String } == ["a1", "a3", "ns.B", "x"])
        #expect(flows[3]["callers"] as? [String] == ["a1"])
        #expect((object["missing"] as? [[String: Any]])?.count == 3)
    }

    @Test func countsNoFlowWithoutAStartStepAsOneThatCanStart() {
        var unfinished = Self.flow("u1")
        unfinished.startStep = nil
        let packs = [ContentPack(path: "a", flows: [unfinished])]
        let text = PackGraphReport.text(PackGraph(packs), packs: packs)
        #expect(text.contains("  unfinished  u1  Content/Library/u1.xml\n") && !text.contains("can start ungated"))
    }

    @Test(arguments: [false, true])
    func namesCirclesThatNobodyElseCalls(isGated: Bool) throws {
        var first = Self.flow("f", calls: ["g"])
        first.isGated = isGated
        let packs = [ContentPack(path: "a", flows: [first, Self.flow("g", calls: ["F", "h"]), Self.flow("h")])]
        let graph = PackGraph(packs)
        let text = PackGraphReport.text(graph, packs: packs)
        #expect(text.contains("calls them): 0\ncircle of 2 flows that nobody else calls"))
        #expect(text.contains("  ungated  g  Content/Library/g.xml\n"))
        #expect(text.contains("can start ungated: 2;") == !isGated, "\(text)")
        let json = PackGraphReport.json(graph, packs: packs)
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["circles"] as? [[String]] == [["f", "g"]])
    }

    @Test func namesWhatIsKnownOfTheBasePack() {
        let calls = ["C62EEB58-F329-4AE3-B336-54BDC5C9F3D6", PackGate.flowID, "0000"]
        let packs = [ContentPack(path: "a", flows: [Self.flow("a", calls: calls)])]
        let graph = PackGraph(packs)
        #expect(Set(graph.missing.map(\.name)) == ["Counter (Base)", "the gate", nil])
        #expect(PackGraphReport.text(graph, packs: packs).contains("  Counter (Base)  2 steps, in "))
    }

    @Test func takesTheFirstPackWhereTwoHaveOneID() {
        let graph = PackGraph([
            ContentPack(path: "1", flows: [Self.flow("same")]), ContentPack(path: "2", flows: [Self.flow("SAME")]),
        ])
        #expect(graph["same"]?.pack == 0)
        #expect(graph.nodes.count == 2)
    }
}
