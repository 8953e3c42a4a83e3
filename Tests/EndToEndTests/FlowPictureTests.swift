import Foundation
import SluiceJSON
import Testing

/// `sluice pack inspect --svg` as scripts see it.
@Suite struct FlowPictureTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../ContentPack").standardized.path

    private static func draw(
        _ flow: String, of path: String = project, _ more: [String] = []
    ) async throws -> ProgramRun {
        try await ProgramRun(["pack", "inspect", path, "--svg", flow] + more)
    }

    /// A project with two flows of one name, one flow of its own name, and a file that cannot be read.
    private static func pack() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("content.pack.name=own\ncontent.pack.version=1\n", to: "contentpack.properties")
        let flow = { (space: String, name: String) in
            """
            namespace: \(space)
            flow:
              name: \(name)
              workflow:
                - one:
                    do: {own.call: []}
                    navigate: [{SUCCESS: SUCCESS}]
              results: [SUCCESS]

            """
        }
        try folder.write(flow("a", "same"), to: "Content/Library/a/same.sl")
        try folder.write(flow("b", "same"), to: "Content/Library/b/same.sl")
        try folder.write(flow("a", "alone"), to: "Content/Library/a/alone.sl")
        try folder.write("flow: [", to: "Content/Library/a/broken.sl")
        return folder
    }

    @Test(arguments: [
        "Gated Entry", "e3a251b6-b7aa-509e-b604-536d511e6239", "Content/Library/Sluice/Gated Entry.xml",
        "Library/Sluice/Gated Entry", "sluice.maintenance_gate",
    ])
    func printsThePictureAlone(flow: String) async throws {
        let run = try await Self.draw(flow)
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
        #expect(run.output.hasSuffix("\n</svg>\n"))
        #expect(try await Self.draw(flow).output == run.output)
    }

    @Test func writesAFileWhole() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("old", to: "picture.svg")
        let run = try await Self.draw("Gated Entry", of: Self.project, ["--out", file.path])
        #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty)
        #expect(try await String(contentsOf: file, encoding: .utf8) == Self.draw("Gated Entry").output)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["picture.svg"])
        let lost = try await Self.draw(
            "Gated Entry", of: Self.project, ["--out", folder.url.path + "/none/picture.svg"])
        #expect(lost.status == 1 && lost.errors.contains("cannot be made: No such file or directory"))
    }

    @Test func saysWhichFlowsItCouldBe() async throws {
        let folder = try Self.pack()
        defer { folder.remove() }
        let run = try await Self.draw("same", of: folder.url.path)
        #expect(run.status == 64 && run.output.isEmpty)
        #expect(run.errors.hasPrefix("Error: 2 flows are called same:\n Content/Library/a/same.sl (a.same)\n"))
        #expect(run.errors.contains("name one by its path or id"))
        #expect(try await Self.draw("b.same", of: folder.url.path).status == 0)
        let json = try await Self.draw("same", of: folder.url.path, ["--json"])
        #expect(try json.problem["exitCode"] == 64)
    }

    @Test func drawsAFlowOfAPackWithFaults() async throws {
        let folder = try Self.pack()
        defer { folder.remove() }
        let run = try await Self.draw("alone", of: folder.url.path)
        #expect(run.status == 0 && run.output.contains("alone"))
        // The one that is meant may be the one that cannot be read.
        let none = try await Self.draw("broken", of: folder.url.path)
        #expect(none.status == 1 && none.errors.contains("broken.sl") && none.output.isEmpty)
        #expect(none.errors.contains("no flow has the id, path or name broken"))
    }

    @Test func saysWhatIsNoFlow() async throws {
        let unknown = try await Self.draw("gate")
        #expect(unknown.status == 64 && unknown.output.isEmpty)
        #expect(unknown.errors.contains("there are:\n Content/Library/Sluice/Gated Entry.xml\n Content/"))
        let operation = try await Self.draw("sluice.encode_inputs")
        #expect(
            operation.status == 64 && operation.errors.contains("is a cloudslang-operation: it has no graph to draw"))
        let missing = try await Self.draw("x", of: "/nonexistent")
        #expect(missing.status == 1 && missing.errors.contains("cannot read the content pack"))
    }

    @Test(arguments: [["--out", "x.svg"], ["--svg", "x", "--graph"]])
    func refusesOptionsThatDoNotGoTogether(options: [String]) async throws {
        #expect(try await ProgramRun(["pack", "inspect", Self.project] + options).status == 64)
    }
}
