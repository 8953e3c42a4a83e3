import Foundation
import SluiceContent
import SluiceModel
import Testing

/// The gate asks with the content of others; a gate put into that would ask itself for ever.
@Suite struct GateCalleeTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../ContentPack").standardized.path

    private static let post = """
        namespace: io.cloudslang.base.http
        flow:
          name: http_client_post
          workflow:
            - act:
                do:
                  io.cloudslang.base.http.act: []
        """
    private static let act = post.replacingOccurrences(of: "name: http_client_post", with: "name: act")
        .replacingOccurrences(of: "http.act: []", with: "http.other: []")
    private static let mine = post.replacingOccurrences(of: "io.cloudslang.base.http\n", with: "mine\n")
        .replacingOccurrences(of: "http_client_post", with: "other")

    private func pack(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/pack.jar"
        let files = [
            ("contentpack.properties", Documents.properties),
            ("Content/Library/io/cloudslang/base/http/http_client_post.sl", Self.post),
            ("Content/Library/io/cloudslang/base/http/act.sl", Self.act), ("Content/Library/mine/other.sl", Self.mine),
        ]
        try Data(TestZip(files.map { TestZip.Entry($0.0, $0.1) }).bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func knowsAllThatOurGateCalls() {
        let graph = PackGraph([ContentPackReader().read(path: Self.project)])
        let called = graph.missing.map(\.id).filter { !PackGate.isGate($0) }
        #expect(!called.isEmpty && Set(called.map { $0.lowercased() }) == Set(PackGate.callees))
    }

    @Test(arguments: [false, true])
    func leavesWhatTheGateCallsAsItIs(all: Bool) throws {
        let folder = try TemporaryFolder()
        var options = PackGating.Options()
        options.all = all
        let report = PackGating().gate(path: try pack(in: folder), output: folder.path + "/g.jar", options: options)
        #expect(report.changes.map(\.id) == ["mine.other"], "\(report.diagnostics)")
        let codes = report.diagnostics.map(\.code)
        #expect(!codes.isEmpty && Set(codes) == ["pack-gate-part"] && !report.hasErrors)
    }

    @Test(arguments: ["http_client_post", "act"])
    func refusesToGateItByName(name: String) throws {
        let folder = try TemporaryFolder()
        var options = PackGating.Options()
        options.flows = ["io.cloudslang.base.http." + name]
        let report = PackGating().gate(path: try pack(in: folder), output: folder.path + "/g.jar", options: options)
        #expect(report.diagnostics.map(\.code) == ["pack-gate-part"] && report.hasErrors)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/g.jar"))
    }

    @Test func lintAsksForNoGateInIt() throws {
        let folder = try TemporaryFolder()
        let pack = ContentPackReader().read(path: try pack(in: folder))
        let documents = [Self.post, Self.mine].enumerated().compactMap { number, text in
            CloudSlangDocumentReader().read(
                bytes: Array(text.utf8), path: "Content/Library/\(number).sl", file: "f", limits: ContentLimits()
            ).document
        }
        let report = LintRun().report(on: LintInput(packs: [LintPack(pack: pack, documents: documents)]))
        #expect(report.findings.filter { $0.rule == "OO101" }.map(\.file) == [pack.path + "!/Content/Library/1.sl"])
    }
}
