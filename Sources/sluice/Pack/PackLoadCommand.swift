import ArgumentParser
import FoundationEssentials
import SluiceContent
import SluiceJSON
import SluiceModel

/// `sluice pack load`: tells a running server of content packs.
struct PackLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load content packs into a running server, or replace those that it has by another revision.",
        discussion: """
            A path is a .jar or .zip, or the folder of a project, which is built first. Load the packs that Central \
            has, and load them before the gate is opened. It says what changed, and how many waiting holds would no \
            longer be launched but await the operator, because their flow is gone or takes other inputs.

            Exits 1 when one of the packs was not loaded; the others are loaded all the same.

            Example:
              sluice pack load base-cp-1.21.0.jar backup-1.4.0.jar
            """)

    @Argument(help: ArgumentHelp("Content packs.", valueName: "path"), completion: .file())
    var paths: [String]

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// What a slow line carries in a second, at least: an upload may take that much longer.
    private static let bytesPerSecond = 1 << 20

    /// Goes on after a pack that cannot be loaded. Stops when the server is gone or the token may not: the others
    /// would fail alike.
    func run() async throws {
        let console = output.console
        var results: [JSONValue] = []
        var failures: [CommandFailure] = []
        try await client.withClient(console) { client in
            for path in paths {
                do {
                    let object = try await load(path, client, console)
                    results.append(["path": .string(path), "ok": true, "pack": .object(object)])
                    if !output.json { console.print(PackView(object: object).loadLines) }
                    // With JSON it is among the results; stderr is for the problem alone.
                    if !output.json, let warning = PackView(object: object).warning { console.warn(warning) }
                } catch let failure as CommandFailure {
                    failures.append(failure)
                    results.append(["path": .string(path), "ok": false, "problem": .object(failure.json)])
                    if !output.json { console.report(failure) }
                    guard failure.status == .failed else { break }
                }
            }
        }
        if output.json { console.print(["results": .array(results)]) }
        guard let last = failures.last else { return }
        let leftCount = paths.count - results.count
        throw CommandFailure(
            last.status,
            "\(failures.count) of \(paths.count) content packs not loaded"
                + (leftCount > 0 ? "; \(leftCount) not tried" : ""),
            advice: leftCount > 0 ? "repeat the command with those that are left" : nil, problem: last.problem,
            diagnostics: failures.flatMap(\.diagnostics))
    }

    private func load(_ path: String, _ client: APIClient, _ console: Console) async throws -> JSONObject {
        var jar = path
        var isDirectory = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory {
            jar = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString).jar").path
        }
        defer { if isDirectory { try? FileManager.default.removeItem(atPath: jar) } }
        if isDirectory {
            let remarks = PackBuilder.build(project: path, output: jar)
            if !output.json { console.note(remarks) }
            try Inspection.end(remarks, of: "content pack")
        }
        let file = try FileUpload(path: jar)
        let pack = ContentPackReader().read(path: jar)
        let errors = pack.diagnostics.filter { $0.severity == .error }
        if !output.json { console.note(errors) }
        try Inspection.end(errors, of: "content pack")
        guard let name = pack.name, NameArgument(argument: name) != nil else {
            throw CommandFailure(
                .failed, "the content pack \(path.printable) has no name that can be used",
                advice: "its contentpack.properties must give it a content.pack.name")
        }
        var request = APIRequest("PUT", ["packs", name])
        request.file = file
        return try await client.object(
            request, within: self.client.timeout.duration + .seconds(file.byteCount / Self.bytesPerSecond),
            doing: "load the content pack \(path.printable)")
    }
}
