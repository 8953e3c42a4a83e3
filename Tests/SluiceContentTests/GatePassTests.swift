import Foundation
import SluiceContent
import SluiceModel
import Testing

/// The pass of a gated flow reaches the gates of the flows that it calls: none of them holds a run that was admitted.
@Suite struct GatePassTests {
    private static func flow(_ id: String, calls: String, bindings: String = "<bindings/>") -> String {
        GatingFixtures.flow(called: calls).replacingOccurrences(of: GatingFixtures.id, with: id)
            .replacingOccurrences(of: "<bindings/>", with: bindings)
    }

    private static func slang(_ name: String, _ call: String) -> String {
        """
        namespace: own
        flow:
          name: \(name)
          workflow:
            - work:
                do:
        \(call)
                navigate:
                  - SUCCESS: SUCCESS
                  - FAILURE: FAILURE
          results:
            - SUCCESS
            - FAILURE

        """
    }

    private static let files = [
        ("contentpack.properties", Documents.properties), ("Content/Library/a.xml", flow("a", calls: "B")),
        ("Content/Library/b.xml", flow("b", calls: "c", bindings: "<bindings>\n      </bindings>")),
        ("Content/Library/c.xml", flow("c", calls: "c")),
        ("Content/Library/d.xml", flow("d", calls: "aaaa")),
        ("Content/Library/own/e.sl", slang("e", "          own.f:\n            - host: 'x'")),
        (
            "Content/Library/own/f.sl",
            slang("f", "          g:\n            # why\n            - host: 'x'\n            - port: '1'")
        ),
        ("Content/Library/own/g.sl", slang("g", "          other.thing:\n            - host: 'x'")),
        ("Content/Library/own/h.sl", slang("h", "          own.g: []")),
    ]

    private func archive(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/pack.jar"
        try Data(TestZip(Self.files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func gated(_ path: String, _ out: String, all: Bool = true) -> PackGating.Report {
        var options = PackGating.Options()
        options.all = all
        return PackGating().gate(path: path, output: out, options: options)
    }

    private func documents(_ path: String) throws -> [FlowDocument] {
        var problems: [Diagnostic] = []
        let reader = try #require(ZipArchiveReader(path: path, diagnostics: &problems))
        return reader.entries.compactMap { entry in
            var bytes: [UInt8] = []
            _ = reader.read(entry) {
                bytes += $0
                return true
            }
            return entry.name.hasSuffix(".sl")
                ? CloudSlangDocumentReader().read(bytes: bytes, path: entry.name, file: entry.name).document
                : entry.name.hasSuffix(".xml")
                    ? FlowDocumentReader().read(bytes: bytes, path: entry.name, file: entry.name).document : nil
        }
    }

    @Test func isHandedToEveryGatedFlowThatAGatedOneCalls() throws {
        let folder = try TemporaryFolder()
        let report = gated(try archive(in: folder), folder.path + "/g.jar")
        #expect(!report.hasErrors, "\(report.diagnostics)")
        for document in try documents(folder.path + "/g.jar") {
            for step in document.allSteps where step.kind == .step && step.called.map(PackGate.isGate) != true {
                let pass = step.bindings.filter { $0.name == "sluicePass" }
                let isNested = ["b", "c", "own.f", "own.g"].contains(step.called?.lowercased())
                // `own.h` hands over nothing on lines of its own: lint says so.
                #expect(pass.count == (isNested && document.id != "own.h" ? 1 : 0), "\(document.id) \(step.name)")
                #expect(pass.allSatisfy { $0.isSecret })
                guard document.kind == .flow else { continue }
                #expect(pass.allSatisfy { $0.fromVariable == "sluicePass" })
            }
        }
        let back = PackGating().ungate(path: folder.path + "/g.jar", output: folder.path + "/b.jar")
        #expect(back.changes.count == 8 && back.changes.allSatisfy { $0.outcome == "restored" })
        let again = gated(folder.path + "/b.jar", folder.path + "/g2.jar")
        #expect(again.changes == report.changes)
    }

    @Test func goesToNoFlowWithoutAGate() throws {
        let folder = try TemporaryFolder()
        let report = gated(try archive(in: folder), folder.path + "/g.jar", all: false)
        #expect(report.changes.map(\.id) == ["a", "d", "own.e", "own.h"], "\(report.diagnostics)")
        for document in try documents(folder.path + "/g.jar") {
            let steps = document.allSteps.filter { $0.called.map(PackGate.isGate) != true }
            #expect(steps.allSatisfy { step in !step.bindings.contains { $0.name == "sluicePass" } })
        }
    }

    @Test func aFlowThatCallsItselfGetsNoNewResponse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/pack.jar"
        let files = [Self.files[0], Self.files[3]]
        try Data(TestZip(files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        let report = gated(path, folder.path + "/g.jar", all: false)
        #expect(report.changes.first?.plan?.onHold == .wait, "\(report.diagnostics)")
        let flow = try #require(try documents(folder.path + "/g.jar").first)
        #expect(flow.responses.map(\.name) == ["success", "failure"])
        #expect(flow.allSteps.first { $0.id == "s1" }?.bindings.contains { $0.name == "sluicePass" } == true)
    }

    @Test func aCircleThatNobodyCallsIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/pack.jar"
        let files = [
            Self.files[0], ("Content/Library/x.xml", Self.flow("x", calls: "Y")),
            ("Content/Library/y.xml", Self.flow("y", calls: "x")),
            ("Content/Library/z.xml", Self.flow("z", calls: "w")),
            ("Content/Library/w.xml", Self.flow("w", calls: "v")),
            ("Content/Library/v.xml", Self.flow("v", calls: "w")),
        ]
        try Data(TestZip(files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        let report = gated(path, folder.path + "/g.jar", all: false)
        #expect(report.changes.map(\.id) == ["z"])
        let named = report.diagnostics.filter { $0.code == "pack-gate-circle" }
        #expect(named.map(\.file) == ["Content/Library/x.xml"] && !report.hasErrors, "\(report.diagnostics)")
        #expect(gated(path, folder.path + "/g2.jar").diagnostics.isEmpty)
    }
}
