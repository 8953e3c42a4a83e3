import Foundation
import Testing

@testable import SluiceContent

/// The pictures in `docs/pictures/` are what the program draws today.
@Suite struct PictureFileTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardized

    /// Writes them instead of comparing: `SLUICE_WRITE_PICTURES=1 swift test --filter PictureFileTests`.
    private static let isWriting = ProcessInfo.processInfo.environment["SLUICE_WRITE_PICTURES"] == "1"

    private func expectPicture(_ document: FlowDocument?, _ name: String) throws {
        let file = Self.root.appendingPathComponent("docs/pictures/\(name).svg")
        let svg = FlowDrawing(try #require(document)).svg
        if Self.isWriting { try Data(svg.utf8).write(to: file) }
        #expect(
            try String(contentsOf: file, encoding: .utf8) == svg,
            "docs/pictures/\(name).svg is old: SLUICE_WRITE_PICTURES=1 swift test --filter PictureFileTests")
    }

    @Test(arguments: [
        (PackGate.cloudSlangName, "gate-cloudslang"), ("e3a251b6-b7aa-509e-b604-536d511e6239", "gated-entry"),
    ])
    func drawsTheGatePackAsCommitted(id: String, name: String) throws {
        var found: FlowDocument?
        _ = ContentPackReader().documents(path: Self.root.appendingPathComponent("ContentPack").path) {
            if $0.id == id { found = $0 }
        }
        try expectPicture(found, name)
    }

    @Test func drawsAFlowBeforeAndAfterGatingAsCommitted() throws {
        let path = "Content/Library/Backup/Nightly Backup.xml"
        let bytes = Array(Self.nightly.utf8)
        let reader = FlowDocumentReader()
        try expectPicture(reader.read(bytes: bytes, path: path, file: "own").document, "nightly-backup")
        let outcome = FlowGating().gate(bytes, path: path, file: "own") { GatePlan.proposed(for: $0, isCalled: false) }
        guard case .gated(let gated, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        try expectPicture(reader.read(bytes: gated, path: path, file: "own").document, "nightly-backup-gated")
    }

    // MARK: The example

    private static func step(_ id: String, _ name: String, x: Int, y: Int, _ ways: [(String, String)]) -> String {
        let transitions = ways.map { FlowXML.transition($0.0, to: $0.1) }.joined()
        return """
            <step id="\(id)"><name>\(name)</name><bounds><x>\(x)</x><y>\(y)</y></bounds>
            <transitions>\(transitions)</transitions><opRef><refId>00000000-0000-4000-8000-00000000000\(x % 9)</refId>
            </opRef></step>
            """
    }

    private static func end(_ id: String, _ name: String, type: String, x: Int, y: Int) -> String {
        """
        <returnStep id="\(id)"><name>\(name)</name><bounds><x>\(x)</x><y>\(y)</y></bounds>
        <returnStepType>\(type)</returnStepType></returnStep>
        """
    }

    private static let nightly = """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="5d2c7a10-3b1e-4f6a-9c55-0a4e7d1b2c01">
        <name>Nightly Backup</name>
        \(GatingFixtures.inputs(GatingFixtures.input("host"), GatingFixtures.input("folder")))
        \(GatingFixtures.responses)
        <steps>
        \(step("a", "Stop the service", x: 0, y: 0, [("success", "b"), ("failure", "g")]))
        \(step("b", "Copy the files", x: 170, y: 0, [("success", "c"), ("failure", "d")]))
        \(step("c", "Start the service", x: 340, y: 0, [("success", "e"), ("failure", "f")]))
        \(step("d", "Start it again", x: 170, y: 150, [("success", "f"), ("failure", "f")]))
        \(end("e", "Resolved : success", type: "RESOLVED", x: 510, y: 0))
        \(end("f", "Error : failure", type: "ERROR", x: 340, y: 150))
        \(end("g", "Error : failure", type: "ERROR", x: 0, y: 150))
        </steps>
        <startSteps>a</startSteps>
        </flow>

        """
}
