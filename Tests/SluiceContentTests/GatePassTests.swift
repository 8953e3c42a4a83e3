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
                // The step of `own.h` has no line for it: that is said.
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

    @Test func isHandedOnLaterToFlowsThatAreGatedLater() throws {
        let folder = try TemporaryFolder()
        let first = folder.path + "/1.jar"
        var options = PackGating.Options()
        options.flows = ["a", "b", "own.e"]
        let start = PackGating().gate(path: try archive(in: folder), output: first, options: options)
        #expect(!start.hasErrors, "\(start.diagnostics)")
        options.flows = ["C", "own.f", "own.g", "a", "b", "own.e"]
        let second = PackGating().gate(path: first, output: folder.path + "/2.jar", options: options)
        #expect(!second.hasErrors, "\(second.diagnostics)")
        let outcomes = Dictionary(uniqueKeysWithValues: second.changes.map { ($0.id, $0.outcome) })
        #expect(
            outcomes == [
                "a": "already-gated", "b": "pass-added", "c": "gated", "own.e": "pass-added", "own.f": "gated",
                "own.g": "gated",
            ])
        for document in try documents(folder.path + "/2.jar") where ["b", "own.e"].contains(document.id) {
            let called = document.allSteps.filter { ["c", "own.f"].contains($0.called) }
            #expect(called.allSatisfy { step in step.bindings.count { $0.name == "sluicePass" } == 1 })
        }
        let third = PackGating().gate(path: folder.path + "/2.jar", output: folder.path + "/3.jar", options: options)
        #expect(third.changes.allSatisfy { $0.outcome == "already-gated" } && !third.hasErrors)
        // A flow that was gated before, and has no place for the pass, is told of each time.
        options.flows = ["own.h"]
        let alone = PackGating().gate(path: try archive(in: folder), output: folder.path + "/h1.jar", options: options)
        #expect(!alone.hasErrors)
        options.flows = ["own.g", "own.h"]
        let beside = PackGating().gate(path: folder.path + "/h1.jar", output: folder.path + "/h2.jar", options: options)
        #expect(beside.changes.map(\.outcome) == ["gated", "already-gated"], "\(beside.diagnostics)")
        #expect(beside.diagnostics.map(\.code) == ["pack-gate-no-pass"])
        let back = PackGating().ungate(path: folder.path + "/2.jar", output: folder.path + "/b.jar")
        #expect(back.changes.count == 6 && back.changes.allSatisfy { $0.outcome == "restored" })
    }

    @Test func saysWhereItEnds() throws {
        let folder = try TemporaryFolder()
        var options = PackGating.Options()
        options.flows = ["a", "c", "own.g", "own.h"]
        let path = try archive(in: folder)
        let report = PackGating().gate(path: path, output: folder.path + "/g.jar", options: options)
        let lost = report.diagnostics.filter { $0.code == "pack-gate-no-pass" }
        // `b` stands between `a` and `c`; the step of `own.h` has its arguments on the callee's line.
        #expect(lost.map(\.file) == ["Content/Library/b.xml", "Content/Library/own/h.sl"], "\(report.diagnostics)")
        #expect(lost.allSatisfy { $0.severity == .warning })
    }

    @Test func isTheFirstArgumentWhereThereIsNone() throws {
        let text = Self.slang("h", "          own.g: # nothing")
        let outcome = FlowGating().gate(Array(text.utf8), path: "Content/Library/own/h.sl", file: "h.sl") { _ in
            var plan = GatePlan(onHold: .end, reason: "")
            plan.passesTo = ["own.g"]
            return plan
        }
        guard case .gated(let bytes, let plan) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(plan.stepsWithoutPass.isEmpty)
        let read = CloudSlangDocumentReader().read(bytes: bytes, path: "Content/Library/own/h.sl", file: "h.sl")
        let step = try #require(read.document?.allSteps.first { $0.called == "own.g" })
        #expect(step.bindings.map(\.name) == ["sluicePass"])
        #expect(
            FlowGating().ungate(bytes, path: "Content/Library/own/h.sl", file: "h.sl") == .restored(Array(text.utf8)))
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
