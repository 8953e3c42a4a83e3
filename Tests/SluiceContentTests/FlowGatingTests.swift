import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Gating changes what it must, leaves every other byte, and can be taken back to the byte.
@Suite struct FlowGatingTests {
    private let path = "Content/Library/Backup & Co/Nightly.xml"

    struct Shape: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
    }

    static let shapes: [Shape] = {
        let plain = GatingFixtures.flow()
        let input = GatingFixtures.input("host")
        return [
            Shape(testDescription: "Studio's layout", text: plain),
            Shape(testDescription: "CRLF", text: plain.replacingOccurrences(of: "\n", with: "\r\n")),
            Shape(testDescription: "tabs", text: plain.replacingOccurrences(of: "  ", with: "\t")),
            Shape(testDescription: "one line", text: GatingFixtures.onOneLine(plain)),
            Shape(testDescription: "byte order mark", text: "\u{FEFF}" + plain),
            Shape(testDescription: "<inputs />", text: GatingFixtures.flow(inputs: "<inputs />")),
            Shape(testDescription: "<inputs></inputs>", text: GatingFixtures.flow(inputs: "<inputs></inputs>")),
            Shape(
                testDescription: "empty inputs on two lines", text: GatingFixtures.flow(inputs: "<inputs>\n  </inputs>")
            ),
            Shape(
                testDescription: "only a comment in inputs",
                text: GatingFixtures.flow(inputs: "<inputs><!-- none --></inputs >")),
            Shape(testDescription: "an input", text: GatingFixtures.flow(inputs: GatingFixtures.inputs(input))),
            Shape(testDescription: "white space around the start", text: GatingFixtures.flow(start: "\n    s1 \n  ")),
            Shape(
                testDescription: "no ERROR response", text: GatingFixtures.flow(responses: GatingFixtures.successOnly)),
            Shape(
                testDescription: "<possibleResponses/>", text: GatingFixtures.flow(responses: "<possibleResponses/>")),
            Shape(
                testDescription: "escapes in ids",
                text: GatingFixtures.flow(start: "a&amp;b&lt;c\"d").replacingOccurrences(
                    of: "\"s1\"", with: "\"a&amp;b&lt;c&quot;d\"")),
            Shape(testDescription: "no line break at the end", text: String(plain.dropLast())),
            Shape(
                testDescription: "an element that nobody knows", text: GatingFixtures.flow(extra: "<odd at='>'>x</odd>")
            ),
        ]
    }()

    private func gated(
        _ text: String, plan: (FlowDocument) -> GatePlan = { .proposed(for: $0, isCalled: false) }
    ) throws -> [UInt8] {
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "f", plan: plan)
        guard case .gated(let result, _) = outcome else {
            Issue.record("not gated: \(outcome)")
            throw CancellationError()
        }
        return result
    }

    private func document(_ bytes: [UInt8]) throws -> FlowDocument {
        let read = FlowDocumentReader().read(bytes: bytes, path: path, file: "f")
        #expect(read.diagnostics.filter { $0.severity == .error }.isEmpty)
        return try #require(read.document)
    }

    @Test(arguments: shapes)
    func isTakenOutByteForByte(shape: Shape) throws {
        let original = Array(shape.text.utf8)
        let result = try gated(shape.text)
        #expect(result != original)
        #expect(FlowGating().ungate(result, path: path, file: "f") == .restored(original))
    }

    @Test(arguments: shapes)
    func leavesEveryByteButItsOwn(shape: Shape) throws {
        // Taking every inserted run out of the result leaves the original, in order: it is a subsequence, but for the
        // start step's id and the `/` of an element that had to be opened.
        let result = try gated(shape.text)
        var place = result.startIndex
        var missing = 0
        for byte in shape.text.utf8 {
            guard let found = result[place...].firstIndex(of: byte) else {
                missing += 1
                continue
            }
            place = found + 1
        }
        #expect(missing == 0)
        #expect(result.count > shape.text.utf8.count)
        let crlf = shape.text.contains("\r\n")
        let text = String(decoding: result, as: UTF8.self)
        #expect(text.replacingOccurrences(of: "\r\n", with: "").contains("\n") == (!crlf && shape.text.contains("\n")))
    }

    @Test(arguments: shapes)
    func readsAsAFlowWhoseInvariantsHold(shape: Shape) throws {
        let before = try document(Array(shape.text.utf8))
        let after = try document(try gated(shape.text))
        let gate = try #require(after.gateStep)
        let steps = after.allSteps
        let ids = Set(steps.map(\.id))
        #expect(ids.count == steps.count)
        for step in steps {
            #expect(step.transitions.allSatisfy { ids.contains($0.destination) })
            guard step.kind == .returnStep else { continue }
            let name = try #require(step.transitions.first).response
            // Two of the fixtures have return steps whose responses they do not declare.
            guard let response = after.responses.first(where: { $0.name == name }) else {
                #expect(before.allSteps.contains { $0.id == step.id })
                continue
            }
            #expect(response.type == step.returnType)
        }
        #expect(gate.transitions.map(\.response) == ["proceed", "held", "rejected", "unreachable"])
        #expect(gate.transitions[0].destination == before.startStep)
        let types = gate.transitions.dropFirst().map { way in steps.first { $0.id == way.destination }?.returnType }
        #expect(types == ["RESOLVED", "ERROR", "ERROR"])
        #expect(after.inputs.last?.name == "sluicePass" && after.inputs.last?.isSecret == true)
        #expect(after.inputs.last?.isRequired == false && after.inputs.last?.toVariable == "sluicePass")
        // What was there is there as it was.
        for step in before.allSteps {
            var kept = try #require(steps.first { $0.id == step.id })
            kept.line = step.line
            #expect(kept.transitions.map(\.destination) == step.transitions.map(\.destination))
            #expect(kept.called == step.called && kept.bounds == step.bounds && kept.name == step.name)
        }
    }

    @Test func gatingTwiceChangesNothing() throws {
        let once = try gated(GatingFixtures.flow())
        let outcome = FlowGating().gate(once, path: path, file: "f") { .proposed(for: $0, isCalled: false) }
        #expect(outcome == .alreadyGated)
        let byHand = GatingFixtures.flow(called: PackGate.flowID)
        let other = FlowGating().gate(Array(byHand.utf8), path: path, file: "f") { .proposed(for: $0, isCalled: false) }
        #expect(other == .alreadyGated)
        #expect(FlowGating().ungate(Array(byHand.utf8), path: path, file: "f") == .notGated)
    }

    @Test func placesItsStepsWhereNothingStands() throws {
        let original = try document(Array(GatingFixtures.flow().utf8))
        let after = try document(
            try gated(GatingFixtures.flow(inputs: GatingFixtures.inputs(GatingFixtures.input("a")))))
        let old = Set(original.allSteps.map(\.id))
        let new = after.allSteps.filter { !old.contains($0.id) }
        #expect(new.count == 4)
        let places = try new.map { try #require($0.bounds) }
        #expect(places.allSatisfy { $0.y <= -40 - 100 })
        for (index, place) in places.enumerated() {
            for other in places[..<index] { #expect(abs(place.x - other.x) >= 100 || abs(place.y - other.y) >= 100) }
        }
    }

    @Test func keepsWhatAPersonChangedSince() throws {
        let result = try gated(GatingFixtures.flow())
        let changed = String(decoding: result, as: UTF8.self)
            .replacingOccurrences(of: "<name>Nightly</name>", with: "<name>Nightly, better</name>")
        let expected = GatingFixtures.flow()
            .replacingOccurrences(of: "<name>Nightly</name>", with: "<name>Nightly, better</name>")
        let outcome = FlowGating().ungate(Array(changed.utf8), path: path, file: "f")
        #expect(outcome == .removed(Array(expected.utf8)))
    }

    @Test func refusesToTakeOutAGateThatTheFlowLeadsTo() throws {
        let result = String(decoding: try gated(GatingFixtures.flow()), as: UTF8.self)
        let gate = try #require(try document(Array(result.utf8)).gateStep)
        let changed = result.replacingOccurrences(
            of: "<destination><refId>r1</refId></destination>\n          <source>",
            with: "<destination><refId>\(gate.id)</refId></destination>\n          <source>")
        #expect(changed != result)
        guard case .refused(let why) = FlowGating().ungate(Array(changed.utf8), path: path, file: "f") else {
            Issue.record("not refused")
            return
        }
        #expect(why.code == "pack-ungate-in-use" && why.message.contains("Ask & see"))
    }

    @Test(arguments: [
        ("pack-gate-no-start", GatingFixtures.flow(start: "")),
        ("pack-gate-no-start", GatingFixtures.flow(start: "gone")),
        ("pack-gate-start-text", GatingFixtures.flow(start: "<!-- first -->s1")),
        ("pack-gate-start-text", GatingFixtures.flow(start: "<![CDATA[s1]]>")),
        ("pack-gate-start-text", GatingFixtures.flow(start: "&#115;1")),
        ("pack-gate-start-text", GatingFixtures.flow(start: "r1</startSteps><startSteps>s1")),
        ("pack-gate-no-flow", "<systemProperty id='x'><name>x</name></systemProperty>"),
        ("xml-not-well-formed", "<flow id='x'><steps>"),
        ("pack-oo9-document", "<root version='14'/>"),
        ("pack-gate-parts", GatingFixtures.flow(inputs: "")),
    ])
    func refusesWhatItCannotGate(code: String, text: String) {
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "f") { .proposed(for: $0, isCalled: false) }
        guard case .refused(let why) = outcome else {
            Issue.record("not refused: \(outcome)")
            return
        }
        #expect(why.code == code && why.file == "f")
    }

    @Test func givesACalledFlowNoNewResponse() throws {
        let result = try gated(GatingFixtures.flow()) { .proposed(for: $0, isCalled: true) }
        let after = try document(result)
        #expect(after.responses.map(\.name) == ["success", "failure"])
        let gate = try #require(after.gateStep)
        #expect(gate.bindings.first { $0.name == "onHold" }?.value?.exposed == "wait")
        let types = gate.transitions.dropFirst().map { way in
            after.allSteps.first { $0.id == way.destination }?.returnType
        }
        #expect(types == ["ERROR", "ERROR", "ERROR"])
        let refused = FlowGating().gate(
            Array(GatingFixtures.flow(responses: GatingFixtures.successOnly).utf8), path: path, file: "f"
        ) { .proposed(for: $0, isCalled: true) }
        guard case .refused(let why) = refused else {
            Issue.record("not refused")
            return
        }
        #expect(why.code == "pack-gate-called")
    }
}
