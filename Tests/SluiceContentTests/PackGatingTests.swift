import Foundation
import SluiceContent
import SluiceModel
import Testing

/// A whole pack is gated into a new one, and ungated into what it was.
@Suite struct PackGatingTests {
    private static let pom = """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <groupId>DEFAULT</groupId>
          <dependencies>
            <dependency>
              <artifactId>Base</artifactId>
            </dependency>
          </dependencies>
        </project>
        """

    /// `a` and `c` are entry flows, `b` is called by `a`, `u` is unfinished.
    private static func files() -> [(String, String)] {
        let flow = { (id: String, called: String) in
            GatingFixtures.flow(called: called).replacingOccurrences(of: GatingFixtures.id, with: id)
        }
        return [
            ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n"), ("contentpack.properties", Documents.properties),
            ("pom.xml", pom), ("Content/Library/c.xml", flow("c", "x")), ("Content/Library/a.xml", flow("a", "B")),
            ("Content/Library/b.xml", flow("b", "x")),
            (
                "Content/Library/u.xml",
                GatingFixtures.flow(start: "").replacingOccurrences(of: GatingFixtures.id, with: "u")
            ),
            ("Content/Configuration/System Properties/p.xml", "<systemProperty id='p'><name>p</name></systemProperty>"),
            ("Lib/x.jar", "not looked into"),
        ]
    }

    private func archive(_ files: [(String, String)], in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/pack.jar"
        try Data(TestZip(files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func contents(_ path: String) throws -> [(name: String, text: String)] {
        var problems: [Diagnostic] = []
        let reader = try #require(ZipArchiveReader(path: path, diagnostics: &problems))
        #expect(problems.isEmpty && reader.diagnostics.isEmpty)
        return reader.entries.map { entry in
            var bytes: [UInt8] = []
            #expect(
                reader.read(entry) {
                    bytes += $0; return true
                } == nil)
            return (entry.name, String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func gatesTheEntryFlowsAndNothingElse() throws {
        let folder = try TemporaryFolder()
        let path = try archive(Self.files(), in: folder)
        let report = PackGating().gate(path: path, output: folder.path + "/gated.jar", options: .init())
        #expect(!report.hasErrors, "\(report.diagnostics)")
        #expect(report.changes.map(\.path) == ["Content/Library/c.xml", "Content/Library/a.xml"])
        #expect(report.changes.allSatisfy { $0.outcome == "gated" && $0.plan?.onHold == .end })
        #expect(report.diagnostics.map(\.code) == ["pack-gate-no-start"])
        let pack = ContentPackReader().read(path: folder.path + "/gated.jar")
        #expect(pack.flows.filter(\.isGated).map(\.id) == ["a", "c"])
        #expect(pack.dependencies.map(\.artifactID) == ["Base", "Sluice Gate"])
        let before = Dictionary(uniqueKeysWithValues: Self.files())
        let after = try contents(folder.path + "/gated.jar")
        #expect(after.map(\.name) == Self.files().map(\.0))
        for (name, text) in after where !["pom.xml", "Content/Library/a.xml", "Content/Library/c.xml"].contains(name) {
            #expect(text == before[name], "\(name)")
        }
        // Back again, and once more over itself.
        for _ in 0..<2 {
            let back = PackGating().ungate(path: folder.path + "/gated.jar", output: folder.path + "/back.jar")
            #expect(!back.hasErrors && back.changes.map(\.outcome) == ["restored", "restored"])
            #expect(try contents(folder.path + "/back.jar").map(\.text) == Self.files().map(\.1))
        }
        let twice = PackGating().gate(
            path: folder.path + "/gated.jar", output: folder.path + "/twice.jar", options: .init())
        #expect(twice.changes.map(\.outcome) == ["already-gated", "already-gated"])
        #expect(try contents(folder.path + "/twice.jar").map(\.text) == after.map(\.text))
    }

    @Test func gatesATreeIntoANewFolder() throws {
        let folder = try TemporaryFolder()
        for (name, text) in Self.files() { try folder.write(text, to: "project/" + name) }
        let gated = folder.path + "/gated"
        let report = PackGating().gate(path: folder.path + "/project", output: gated, options: .init())
        #expect(!report.hasErrors && report.changes.count == 2)
        #expect(ContentPackReader().read(path: gated).flows.filter(\.isGated).map(\.id) == ["a", "c"])
        let back = PackGating().ungate(path: gated, output: folder.path + "/back")
        #expect(back.changes.map(\.outcome) == ["restored", "restored"])
        for (name, text) in Self.files() {
            #expect(try String(contentsOfFile: folder.path + "/back/" + name, encoding: .utf8) == text)
        }
        // A folder that is there is never written into.
        let again = PackGating().gate(path: folder.path + "/project", output: gated, options: .init())
        #expect(again.diagnostics.map(\.code).contains("file-exists"))
    }

    @Test func gatesTheFlowsItIsTold() throws {
        let folder = try TemporaryFolder()
        let path = try archive(Self.files(), in: folder)
        var options = PackGating.Options()
        options.flows = ["B"]
        let report = PackGating().gate(path: path, output: folder.path + "/out.jar", options: options)
        // Another flow calls it: it waits, and has no new response.
        #expect(report.changes.map(\.id) == ["b"] && report.changes.first?.plan?.onHold == .wait)
        let flow = ContentPackReader().read(path: folder.path + "/out.jar").flows.first { $0.id == "b" }
        #expect(flow?.isGated == true && flow?.responses.map(\.name) == ["success", "failure"])
        options.flows = ["nowhere"]
        let unknown = PackGating().gate(path: path, output: folder.path + "/none.jar", options: options)
        #expect(unknown.diagnostics.map(\.code) == ["pack-gate-unknown-flow"])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none.jar"))
    }

    @Test func takesCallsFromOtherPacksIntoAccount() throws {
        let folder = try TemporaryFolder()
        let path = try archive(Self.files(), in: folder)
        try folder.write(
            GatingFixtures.flow(called: "a").replacingOccurrences(of: GatingFixtures.id, with: "z"),
            to: "other/Content/Library/z.xml")
        var options = PackGating.Options()
        options.callers = [folder.path + "/other"]
        let report = PackGating().gate(path: path, output: folder.path + "/out.jar", options: options)
        #expect(report.changes.map(\.id) == ["c"])
    }

    @Test func touchesASignedPackOnlyWhenTold() throws {
        let folder = try TemporaryFolder()
        let signed: [(String, String)] = [
            (
                "META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\r\nCreated-By: us\r\n\r\nName: Content/Library/a.xml\r\n"
                    + "SHA-256-Digest: xyz\r\n\r\n"
            ),
            ("META-INF/KEY.SF", "Signature-Version: 1.0\r\n"), ("META-INF/KEY.RSA", "bytes"),
        ]
        let path = try archive(signed + Self.files().dropFirst(), in: folder)
        let refused = PackGating().gate(path: path, output: folder.path + "/out.jar", options: .init())
        #expect(refused.diagnostics.map(\.code).contains("pack-signed") && refused.changes.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.jar"))
        var options = PackGating.Options()
        options.dropsSignature = true
        let report = PackGating().gate(path: path, output: folder.path + "/out.jar", options: options)
        #expect(report.diagnostics.map(\.code).contains("pack-signature-dropped") && report.changes.count == 2)
        let entries = try contents(folder.path + "/out.jar")
        #expect(!entries.contains { $0.name.hasSuffix(".SF") || $0.name.hasSuffix(".RSA") })
        #expect(entries[0].text == "Manifest-Version: 1.0\r\nCreated-By: us\r\n\r\n")
        #expect(!ContentPackReader().read(path: folder.path + "/out.jar").isSigned)
    }

    @Test func writesNothingWhenAFlowIsRefused() throws {
        let folder = try TemporaryFolder()
        var files = Self.files()
        files[3].1 = GatingFixtures.flow(inputs: "").replacingOccurrences(of: GatingFixtures.id, with: "c")
        let path = try archive(files, in: folder)
        let report = PackGating().gate(path: path, output: folder.path + "/out.jar", options: .init())
        #expect(report.hasErrors)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pack.jar"])
    }

    @Test(arguments: [
        "<project>\n  <dependencies/>\n</project>", "<project>\n  <dependencies />\n</project>",
        "<project>\r\n\t<name>x</name>\r\n</project>\r\n", "<project/>", pom,
    ])
    func takesTheDependencyOutByteForByte(pom: String) throws {
        let folder = try TemporaryFolder()
        var files = Self.files()
        files[2].1 = pom
        let path = try archive(files, in: folder)
        let report = PackGating().gate(path: path, output: folder.path + "/out.jar", options: .init())
        #expect(!report.hasErrors, "\(report.diagnostics)")
        #expect(ContentPackReader().read(path: folder.path + "/out.jar").dependencies.last?.version == "[1.0.0,)")
        _ = PackGating().ungate(path: folder.path + "/out.jar", output: folder.path + "/back.jar")
        #expect(try contents(folder.path + "/back.jar").map(\.text) == files.map(\.1))
    }

    @Test func leavesADependencyThatAPersonWrote() throws {
        let folder = try TemporaryFolder()
        var files = Self.files()
        files[2].1 = Self.pom.replacingOccurrences(of: "Base", with: "Sluice Gate")
        let path = try archive(files, in: folder)
        _ = PackGating().gate(path: path, output: folder.path + "/out.jar", options: .init())
        #expect(try contents(folder.path + "/out.jar")[2].text == files[2].1)
        _ = PackGating().ungate(path: folder.path + "/out.jar", output: folder.path + "/back.jar")
        #expect(try contents(folder.path + "/back.jar")[2].text == files[2].1)
    }
}
