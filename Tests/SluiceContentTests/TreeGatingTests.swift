import Foundation
import SluiceContent
import SluiceModel
import Testing

/// A project folder is copied with all that is in it, and never onto itself.
@Suite struct TreeGatingTests {
    private func project(in folder: TemporaryFolder) throws -> String {
        try folder.write(Documents.properties, to: "p/contentpack.properties")
        try folder.write(GatingFixtures.flow(), to: "p/Content/Library/Nightly.xml")
        return folder.path + "/p"
    }

    private func gate(
        _ path: String, _ out: String, _ change: (inout PackGating.Options) -> Void = { _ in }
    )
        -> PackGating.Report
    {
        var options = PackGating.Options()
        change(&options)
        return PackGating().gate(path: path, output: out, options: options)
    }

    private func rights(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func keepsRightsLinksAndEmptyFolders() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        try folder.write("#!/bin/sh\n", to: "p/tool.sh")
        try folder.write("secret\n", to: "p/Lib/own.jar")
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path + "/tool.sh")
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + "/Lib/own.jar")
        try files.createDirectory(
            atPath: path + "/Content/Configuration/Categories", withIntermediateDirectories: true)
        try folder.write("x", to: "p/sealed/deep/file")
        try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path + "/sealed/deep")
        try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: path + "/sealed")
        try files.setAttributes([.posixPermissions: 0o775], ofItemAtPath: path + "/Lib")
        try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        try files.createSymbolicLink(atPath: path + "/latest", withDestinationPath: "Lib/own.jar")
        try folder.write("[core]\n", to: "p/.git/config")
        let out = folder.path + "/out"
        let report = gate(path, out)
        #expect(report.changes.map(\.outcome) == ["gated"], "\(report.diagnostics)")
        #expect(try rights(out + "/tool.sh") == 0o755 && rights(out + "/Lib/own.jar") == 0o600)
        #expect(try files.contentsOfDirectory(atPath: out + "/Content/Configuration/Categories") == [])
        #expect(try files.destinationOfSymbolicLink(atPath: out + "/latest") == "Lib/own.jar")
        #expect(try rights(out) == 0o700 && rights(out + "/Lib") == 0o775)
        #expect(try rights(out + "/sealed") == 0o500 && rights(out + "/sealed/deep") == 0o555)
        // What is a tool's own is left out, and that is said.
        #expect(!files.fileExists(atPath: out + "/.git"))
        #expect(report.diagnostics.map(\.code) == ["tree-private"])
        let back = PackGating().ungate(path: out, output: folder.path + "/back")
        #expect(back.changes.map(\.outcome) == ["restored"] && back.diagnostics.isEmpty)
        #expect(
            files.contents(atPath: folder.path + "/back/Content/Library/Nightly.xml")
                == Data(GatingFixtures.flow().utf8))
    }

    @Test func copiesTheLongestName() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        let name = String(repeating: "n", count: 251) + ".txt"
        try folder.write("x", to: "p/\(name)")
        #expect(!gate(path, folder.path + "/out").hasErrors)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/out/\(name)"))
    }

    @Test func refusesANameThatIsNoText() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        let name: [CChar] = Array((path + "/Content/Library/Gr").utf8CString.dropLast()) + [-4, 0x65, 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o644)
        try #require(descriptor >= 0)
        close(descriptor)
        #expect(ContentPackReader().read(path: path).diagnostics.map(\.code) == ["tree-name"])
        let report = gate(path, folder.path + "/out")
        #expect(report.diagnostics.map(\.code) == ["tree-name"])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
    }

    @Test func writesNeitherOverThePackNorIntoIt() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        let jar = folder.path + "/pack.jar"
        try Data(
            TestZip([
                TestZip.Entry("contentpack.properties", Documents.properties),
                TestZip.Entry("Content/Library/Nightly.xml", GatingFixtures.flow()),
            ]).bytes
        ).write(to: URL(fileURLWithPath: jar))
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link.jar", withDestinationPath: jar)
        let before = try Data(contentsOf: URL(fileURLWithPath: jar))
        for (source, out) in [
            (jar, jar), (jar, folder.path + "/link.jar"), (jar, folder.path + "/./pack.jar"), (path, path),
            (path, path + "/inside"), (path, path + "/Content/inside/"),
        ] {
            let report = gate(source, out)
            #expect(report.diagnostics.map(\.code) == ["file-exists"], "\(out): \(report.diagnostics)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: jar)) == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["Content", "contentpack.properties"])
    }

    @Test func goesOnPastWhatCannotBeReadOnlyWhenAsked() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        try folder.write("<flow id='x'><name>", to: "p/Content/Library/broken.xml")
        try folder.write("flow: {a: 1, a: 2}\n", to: "p/Content/Library/twice.sl")
        let refused = gate(path, folder.path + "/out")
        #expect(refused.hasErrors && refused.diagnostics.count == 2)
        #expect(refused.diagnostics.allSatisfy { $0.message.contains("--leave-unreadable") })
        let report = gate(path, folder.path + "/out") { $0.leavesUnreadable = true }
        #expect(!report.hasErrors && report.changes.map(\.outcome) == ["gated"])
        #expect(report.diagnostics.allSatisfy { $0.severity == .warning } && report.diagnostics.count == 2)
        #expect(
            FileManager.default.contents(atPath: folder.path + "/out/Content/Library/broken.xml")
                == Data("<flow id='x'><name>".utf8))
        let back = PackGating().ungate(
            path: folder.path + "/out", output: folder.path + "/back", leavesUnreadable: true)
        #expect(back.changes.map(\.outcome) == ["restored"])
    }

    @Test func takesWhatAnUnreadDocumentMayCallForCalled() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        let slang = { (name: String) in
            "namespace: own\nflow:\n  name: \(name)\n  workflow:\n    - go:\n        do:\n          far.away: []\n"
        }
        try folder.write(slang("called"), to: "p/Content/Library/own/called.sl")
        try folder.write(slang("free"), to: "p/Content/Library/own/free.sl")
        try folder.write("do: {ops.Called: []}\ndo: {x: 1}\n", to: "p/Content/Library/own/twice.sl")
        try folder.write("<flow id='x'><refId>\(GatingFixtures.id.uppercased())", to: "p/Content/Library/cut.xml")
        let report = gate(path, folder.path + "/1") { $0.leavesUnreadable = true }
        #expect(report.changes.map(\.id) == ["own.free"], "\(report.diagnostics)")
        let all = gate(path, folder.path + "/2") {
            $0.leavesUnreadable = true
            $0.all = true
        }
        let called = all.changes.filter { $0.plan?.isCalled == true }
        #expect(called.map(\.id) == [GatingFixtures.id, "own.called"], "\(all)")
    }

    @Test func takesFlowsByIDPathOrNameAndLeavesOthers() throws {
        let folder = try TemporaryFolder()
        let path = try project(in: folder)
        for (id, name) in [("b-1", "Backup"), ("b-2", "Backup"), ("c-1", "Clean")] {
            let flow = GatingFixtures.flow().replacingOccurrences(of: GatingFixtures.id, with: id)
                .replacingOccurrences(of: "<name>Nightly</name>", with: "<name>\(name)</name>")
            try folder.write(flow, to: "p/Content/Library/\(id)/\(name).xml")
        }
        let named = gate(path, folder.path + "/1") {
            $0.flows = ["Clean", "B-1", "Content/Library/Nightly.xml", "Library/b-2/Backup"]
            $0.excepted = ["nightly", GatingFixtures.id]
        }
        #expect(named.diagnostics.map(\.code) == ["pack-gate-unknown-flow"], "nightly is no name: case counts")
        let again = gate(path, folder.path + "/1") {
            $0.flows = ["Clean", "B-1", "Content/Library/Nightly.xml", "Library/b-2/Backup"]
            $0.excepted = [GatingFixtures.id]
        }
        #expect(again.changes.map(\.id) == ["b-1", "b-2", "c-1"], "\(again.diagnostics)")
        let unclear = gate(path, folder.path + "/2") { $0.flows = ["Backup"] }
        #expect(unclear.diagnostics.first?.message.contains("b-1, b-2") == true, "\(unclear.diagnostics)")
        let all = gate(path, folder.path + "/3") { $0.excepted = ["Clean"] }
        #expect(all.changes.map(\.id) == [GatingFixtures.id, "b-1", "b-2"])
    }
}
