import Foundation
import SluiceContent
import SluiceModel
import Testing

/// A flow that was edited after it was gated: the gate comes out whole, or not at all.
@Suite struct GateRemovalTests {
    private static let xml = "Content/Library/Nightly.xml"
    private static let slang = "Content/Library/own/nightly.sl"
    private static let slangText = """
        namespace: own
        flow:
          name: nightly
          inputs:
            - host
          workflow:
            - work:
                do:
                  other.thing: []
                navigate:
                  - SUCCESS: SUCCESS
                  - FAILURE: FAILURE
          results:
            - SUCCESS
            - FAILURE
        """

    private func gated(_ text: String, path: String) throws -> String {
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "f") { .proposed(for: $0, isCalled: false) }
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("not gated: \(outcome)")
            throw CancellationError()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func refusal(_ text: String, path: String) -> Diagnostic? {
        let outcome = FlowGating().ungate(Array(text.utf8), path: path, file: "f")
        guard case .refused(let why) = outcome else {
            Issue.record("not refused: \(outcome)")
            return nil
        }
        return why
    }

    private func gatedXML() throws -> (text: String, gate: FlowStep) {
        let input = GatingFixtures.inputs(GatingFixtures.input("host"))
        let text = try gated(GatingFixtures.flow(inputs: input), path: Self.xml)
        let read = FlowDocumentReader().read(bytes: Array(text.utf8), path: Self.xml, file: "f")
        return (text, try #require(read.document?.gateStep))
    }

    @Test func refusesAResponseOfTheGateThatTheFlowEndsAs() throws {
        let text = try gatedXML().text.replacingOccurrences(
            of: "<name>return</name><responseSymbol>success", with: "<name>return</name><responseSymbol>deferred")
        let why = refusal(text, path: Self.xml)
        #expect(why?.code == "pack-ungate-in-use" && why?.message.contains("deferred") == true, "\(why as Any)")
        #expect(why?.line != nil)
    }

    @Test func refusesACalloutThatPointsAtTheGate() throws {
        let (text, gate) = try gatedXML()
        let callout = "<callouts><callout id='c'><step><refId>\(gate.id)</refId></step></callout></callouts>"
        let changed = text.replacingOccurrences(of: "<categories/>", with: "<categories/>" + callout)
        #expect(refusal(changed, path: Self.xml)?.code == "pack-ungate-in-use")
    }

    @Test func takesOutTheRestOfAGateWhoseStepSomebodyDeleted() throws {
        let (text, gate) = try gatedXML()
        let read = FlowDocumentReader().read(bytes: Array(text.utf8), path: Self.xml, file: "f")
        let start = try #require(read.document?.startStep)
        let from = try #require(text.range(of: "<step id=\"\(gate.id)\">"))
        let end = try #require(text.range(of: "</step>", range: from.upperBound..<text.endIndex))
        let without = text.replacingCharacters(in: from.lowerBound..<end.upperBound, with: "")
        // The old start is not known any more, until somebody sets it.
        #expect(refusal(without, path: Self.xml)?.code == "pack-ungate-no-start")
        let changed = without.replacingOccurrences(
            of: "<startSteps>\(start)</startSteps>", with: "<startSteps>s1</startSteps>")
        let input = GatingFixtures.inputs(GatingFixtures.input("host"))
        let original = GatingFixtures.flow(inputs: input)
        #expect(
            FlowGating().ungate(Array(changed.utf8), path: Self.xml, file: "f") == .restored(Array(original.utf8)))
    }

    @Test(arguments: [
        ("- FAILURE: FAILURE", "- FAILURE: sluice_gate", "pack-ungate-in-use"),
        ("- FAILURE: FAILURE", "- FAILURE: DEFERRED", "pack-ungate-in-use"),
        ("- sluicePass: {req", "- port\nINDENT- sluicePass: {req", "pack-ungate-own"),
        ("- DEFERRED\n", "- DEFERRED\nINDENT- ODD\n", "pack-ungate-own"),
        ("- sluice_gate:", "- own:\nINDENT    do: {other.thing: []}\nINDENT- sluice_gate:", "pack-ungate-own"),
    ])
    func refusesACloudSlangFlowThatWouldNotBeWhole(of: String, with: String, code: String) throws {
        var text = try gated(Self.slangText, path: Self.slang)
        if with.contains("own:") { text = text.replacingOccurrences(of: "SUCCESS: sluice_gate", with: "SUCCESS: own") }
        if with.contains("ODD") { text = text.replacingOccurrences(of: "REJECTED: FAILURE", with: "REJECTED: ODD") }
        let line = try #require(text.split(separator: "\n").first { $0.contains(of.dropLast()) })
        let indent = String(line.prefix { $0 == " " })
        let changed = text.replacingOccurrences(of: of, with: with.replacingOccurrences(of: "INDENT", with: indent))
        #expect(changed != text)
        let why = refusal(changed, path: Self.slang)
        #expect(why?.code == code, "\(why as Any)")
        #expect(why?.line != nil)
    }

    @Test func refusesACloudSlangFlowWhoseGateStepHasLostItsComments() throws {
        let lines = try gated(Self.slangText, path: Self.slang).split(separator: "\n")
        let changed = lines.filter { !$0.contains("51c0e001-0003") && !$0.contains("51c0e001-0002") }
        #expect(lines.count - changed.count == 4)
        let why = refusal(changed.joined(separator: "\n"), path: Self.slang)
        #expect(why?.code == "pack-ungate-marks", "\(why as Any)")
    }

    @Test func saysThatAGateWithoutMarksIsLeft() throws {
        let folder = try TemporaryFolder()
        let text = try gated(Self.slangText, path: Self.slang).split(separator: "\n").filter { !$0.contains("#") }
        let files = [("contentpack.properties", Documents.properties), (Self.slang, text.joined(separator: "\n"))]
        let path = folder.path + "/pack.jar"
        try Data(TestZip(files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        let report = PackGating().ungate(path: path, output: folder.path + "/out.jar")
        #expect(report.diagnostics.map(\.code) == ["pack-ungate-foreign"] && report.changes.isEmpty)
    }
}
