import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Real CloudSlang files; those that its compiler's tests break on purpose are the only ones that may fail.
@Suite struct CloudSlangSampleTests {
    static let hint: Comment = "needs ../shared/samples/content"
    /// Broken on purpose, or empty, outside the folder `corrupted`.
    private static let broken: Set<String> = [
        "flow_with_external_steps_and_errors.sl", "step_description_04.sl", "invalid_missing_properties_tag.prop.sl",
    ]

    @Test(.enabled(if: SharedFiles.hasContent, hint))
    func readsEveryRealFile() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/Content", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: SharedFiles.samples + "/content", toPath: folder.path + "/Content/Library")
        let pack = ContentPackReader().read(path: folder.path)
        let errors = pack.diagnostics.filter { $0.severity == .error }
        for error in errors where !error.file.contains("/corrupted/") {
            #expect(Self.broken.contains { error.file.hasSuffix("/" + $0) }, "\(error)")
        }
        let fileCount = SharedFiles.files(below: folder.path, suffix: ".sl").count
        #expect(fileCount == 786)
        #expect(pack.flows.count + pack.items.count + errors.count == fileCount)
    }

    @Test(.enabled(if: SharedFiles.hasContent, hint))
    func readsAnAssembledPack() throws {
        let path = SharedFiles.samples + "/content/assembled/cs-base-ASSEMBLED-HERE-cp.jar"
        let pack = ContentPackReader().read(path: path)
        #expect(!pack.hasErrors, "\(pack.diagnostics.map(\.description))")
        #expect(pack.name != nil && pack.version != nil)
        let post = try #require(pack.flows.first { $0.id == "io.cloudslang.base.http.http_client_post" })
        #expect(post.kind == .cloudSlangFlow)
        #expect(post.inputs.first == PackInput(name: "url", isRequired: true, type: "string", binding: "input"))
        let password = try #require(post.inputs.first { $0.name == "password" })
        #expect(password.isSecret && !password.isRequired)
        #expect(post.responses.map(\.name) == ["SUCCESS", "FAILURE"])
        #expect(post.counts.steps == 1)
        #expect(
            post.references == [
                PackReference(id: "io.cloudslang.base.http.http_client_action", isResolved: true, count: 1)
            ])
    }
}
