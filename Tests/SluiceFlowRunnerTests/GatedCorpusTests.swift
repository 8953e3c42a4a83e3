import Foundation
import SluiceContent
import SluiceFlowRunner
import Testing

/// Every real flow that is gated comes to its old start step if and only if the gate says proceed, and then does what
/// it did before.
@Suite struct GatedCorpusTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let shared = root.appending(path: "../shared/samples/content").standardizedFileURL.path
    static let areSamplesHere = FileManager.default.fileExists(atPath: shared)

    /// A flow's text before and after, read as graphs.
    private func pair(_ bytes: [UInt8], path: String, isCalled: Bool = false) -> (old: FlowDocument, new: FlowDocument)?
    {
        let read = { (bytes: [UInt8]) -> FlowDocument? in
            path.hasSuffix(".sl")
                ? CloudSlangDocumentReader().read(bytes: bytes, path: path, file: path).document
                : FlowDocumentReader().read(bytes: bytes, path: path, file: path).document
        }
        let outcome = FlowGating().gate(bytes, path: path, file: path) { .proposed(for: $0, isCalled: isCalled) }
        guard case .gated(let result, _) = outcome, let old = read(bytes), let new = read(result) else { return nil }
        return (old, new)
    }

    /// Runs a flow along its first arrows, the gate answering as told.
    private func run(_ flow: FlowDocument, gate response: String) async -> FlowRun {
        var table = BaseOperations.table { "00000000-0000-4000-8000-000000000000" }.answeringSuccess()
        // Operations of the corpus are answered by their first arrow, real ones too: only the graph is looked at.
        table.fallback = { OperationAnswer($0.responses.first ?? "success") }
        let answer = { @Sendable (_: OperationCall) in OperationAnswer(response) }
        table[PackGate.flowID] = answer
        table[PackGate.cloudSlangName] = answer
        table["sluice.encode_inputs"] = { _ in OperationAnswer("SUCCESS", results: ["encoded_inputs": "{}"]) }
        var runner = FlowRunner(library: FlowLibrary([flow]), operations: table)
        runner.unscripted = .skip
        runner.expressions = { _, _ in "" }
        runner.limits.stepCountMax = 2_000
        let inputs = flow.inputs.filter { $0.kind != "private" }.map { ($0.name, "1") }
        for step in flow.allSteps {
            for binding in step.bindings { runner.supplied[FlowPlace(step.id, binding.name)] = FlowValue("1") }
        }
        return await runner.run(flow.id, inputs: Dictionary(inputs, uniquingKeysWith: { first, _ in first }))
    }

    private func check(_ old: FlowDocument, _ new: FlowDocument, _ place: String) async throws {
        let start = try #require(old.startStep)
        let gate = try #require(new.gateStep)
        let isXML = old.kind == .flow
        let before = await run(old, gate: "proceed")
        for response in isXML
            ? ["proceed", "held", "rejected", "unreachable"] : ["PROCEED", "HELD", "REJECTED", "UNREACHABLE"]
        {
            let after = await run(new, gate: response)
            #expect(after.visited(gate.id), "\(place)")
            let proceeds = response.lowercased() == "proceed"
            #expect(after.visited(start) == proceeds, "\(place): \(response)")
            guard proceeds else {
                // It ended right behind the gate, and nothing of the flow ran.
                #expect(after.response != nil, "\(place): \(response): \(String(describing: after.error))")
                let known = Set(old.allSteps.map(\.id))
                #expect(!after.trace.contains { known.contains($0.step) }, "\(place): \(response)")
                continue
            }
            // From the old start on it is the old flow, step by step, and ends as that does; a loop that the first
            // arrows never leave is compared as far as both were run.
            let known = Set(old.allSteps.map(\.id))
            let path = { (run: FlowRun) in
                run.trace.filter { known.contains($0.step) }.map { "\($0.step) \($0.response ?? "?")" }
            }
            let count = before.error == nil ? path(before).count : min(path(before).count, path(after).count) - 1
            #expect(path(after).prefix(count).elementsEqual(path(before).prefix(count)), "\(place)")
            #expect(before.error != nil || path(after).count == count, "\(place)")
            #expect(after.response == before.response, "\(place)")
        }
    }

    @Test(.enabled(if: areSamplesHere, "needs ../shared/samples/content"))
    func comesToTheOldStartOfACloudSlangFlowOnlyByProceed() async throws {
        let enumerator = try #require(FileManager.default.enumerator(atPath: Self.shared))
        var count = 0
        for case let name as String in enumerator where name.hasSuffix(".sl") {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.shared + "/" + name)))
            let read = CloudSlangDocumentReader().read(bytes: bytes, path: name, file: name)
            guard read.document?.kind == .cloudSlangFlow, let (old, new) = pair(bytes, path: name) else { continue }
            try await check(old, new, name)
            count += 1
        }
        #expect(count == 245)
    }

    /// Where the four public projects were fetched to.
    static let mirror = root.appending(path: "../.mirror").standardizedFileURL.path
    static let repositories = [
        "gilleslabs+learn-chef-hpoo-content-pack", "Razvan-Morar+OO", "KonradSchieban+OO-Content", "smexp+test",
    ]
    static let areMirrorsHere = repositories.allSatisfy {
        FileManager.default.fileExists(atPath: "\(mirror)/\($0)/repo")
    }

    @Test(.enabled(if: areMirrorsHere, "needs the four repositories in ../.mirror"), arguments: repositories)
    func comesToTheOldStartOfAnXMLFlowOnlyByProceed(repository: String) async throws {
        let git = ["\(Self.mirror)/\(repository)/repo/.git", "\(Self.mirror)/\(repository)/repo"]
            .first { FileManager.default.fileExists(atPath: $0 + "/HEAD") }
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "git --git-dir \"$1\" archive HEAD | tar -x -C \"$2\"", "sh", try #require(git), folder.path,
        ]
        try process.run()
        process.waitUntilExit()
        var count = 0
        let enumerator = try #require(FileManager.default.enumerator(atPath: folder.path))
        for case let name as String in enumerator where name.hasSuffix(".xml") && name.contains("Library") {
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            guard let (old, new) = pair(bytes, path: name) else { continue }
            try await check(old, new, name)
            count += 1
        }
        #expect(count > 0)
    }
}
