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
        let file = Self.root.appendingPathComponent("Examples/nightly/\(path)")
        let bytes = [UInt8](try Data(contentsOf: file))
        let reader = FlowDocumentReader()
        try expectPicture(reader.read(bytes: bytes, path: path, file: "own").document, "nightly-backup")
        let outcome = FlowGating().gate(bytes, path: path, file: "own") { GatePlan.proposed(for: $0, isCalled: false) }
        guard case .gated(let gated, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        try expectPicture(reader.read(bytes: gated, path: path, file: "own").document, "nightly-backup-gated")
    }
}
