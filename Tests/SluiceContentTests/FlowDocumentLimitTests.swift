import SluiceContent
import SluiceModel
import Testing

/// What a hostile document may not do to the graph reader.
@Suite struct FlowDocumentLimitTests {
    /// A small part of each kind, without its number, inside what it must stand in.
    private static let parts: [(part: String, around: (before: String, after: String))] = [
        ("<step/>", ("<steps>", "</steps>")), ("<returnStep/>", ("<steps>", "</steps>")),
        ("<endBranchStep/>", ("<steps>", "</steps>")), ("<parallelMultiStep/>", ("<steps>", "</steps>")),
        ("<staticBinding/>", ("<inputs>", "</inputs>")),
        ("<staticBinding/>", ("<steps><step><bindings>", "</bindings></step></steps>")),
        ("<transition/>", ("<steps><step><transitions>", "</transitions></step></steps>")),
        ("<flowVariableAssignment/>", ("<steps><step><assignments>", "</assignments></step></steps>")),
        ("<opResponse/>", ("<possibleResponses>", "</possibleResponses>")),
        ("<expression/>", ("<availableResultExpressions>", "</availableResultExpressions>")),
        (
            "<x/>",
            (
                "<availableResultExpressions><expression><filters>",
                "</filters></expression></availableResultExpressions>"
            )
        ),
        ("<refId>a</refId>", ("<steps><multiInstanceStep><startSteps>", "</startSteps></multiInstanceStep></steps>")),
    ]

    @Test(arguments: parts.indices)
    func holdsNoMorePartsThanItsLimit(index: Int) {
        let (part, around) = Self.parts[index]
        var limits = ContentLimits()
        limits.documentGraphPartCountMax = 40
        limits.documentPartCountMax = 40
        let text = { (count: Int) in
            FlowXML.flow("\n" + around.before + String(repeating: part, count: count) + around.after)
        }
        #expect(FlowXML.read(text(30), limits: limits).document != nil)
        let result = FlowXML.read(text(60), limits: limits)
        #expect(result.document == nil && result.diagnostics.map(\.code) == ["pack-too-many-parts"])
        #expect(result.diagnostics.first?.line == 4 && result.diagnostics.first?.column != nil)
    }

    @Test func countsStepsAtEveryDepth() {
        var limits = ContentLimits()
        limits.documentPartCountMax = 5
        let inner = String(repeating: "<step/>", count: 4)
        let nested = "<parallelMultiStep><steps>\(inner)</steps></parallelMultiStep>"
        #expect(FlowXML.read(FlowXML.steps(nested), limits: limits).document != nil)
        #expect(FlowXML.read(FlowXML.steps(nested + nested), limits: limits).document == nil)
    }

    /// Parts inside a part of their own kind, and what the outer one keeps.
    @Test func keepsTheOuterPartWhereOneStandsInsideAnother() throws {
        let step = try FlowXML.step(
            """
            <step id="s"><transitions><transition><responseSymbol>outer</responseSymbol><destination><refId>a</refId>
            </destination><annotation><transitions><transition><responseSymbol>inner</responseSymbol><destination>
            <refId>b</refId></destination></transition></transitions></annotation><name>after</name></transition>
            </transitions><assignments><flowVariableAssignment><contextKey>outer</contextKey><annotation><assignments>
            <flowVariableAssignment><contextKey>inner</contextKey></flowVariableAssignment></assignments></annotation>
            <action>APPEND</action></flowVariableAssignment></assignments></step>
            """)
        #expect(step.transitions.map(\.response) == ["outer"] && step.transitions.map(\.destination) == ["a"])
        #expect(step.transitions.map(\.name) == ["after"])
        #expect(step.assignments.map(\.target) == ["outer"] && step.assignments.map(\.appends) == [true])
    }

    @Test func readsAContainerInsideContainersToTheDepthOfTheParser() throws {
        let depth = 60
        let text =
            (0..<depth).map { "<multiInstanceStep id=\"m\($0)\"><steps>" }.joined()
            + String(repeating: "</steps></multiInstanceStep>", count: depth)
        #expect(try FlowXML.graph(FlowXML.steps(text)).allSteps.map(\.id) == (0..<depth).map { "m\($0)" })
        let deeper = String(repeating: "<multiInstanceStep><steps>", count: 400)
        #expect(FlowXML.read(FlowXML.steps(deeper)).diagnostics.map(\.code) == ["xml-depth"])
    }
}
