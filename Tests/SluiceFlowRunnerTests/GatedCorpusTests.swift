import Foundation
import SluiceContent
import SluiceFlowRunner
import Synchronization
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

    /// What gating put into a flow.
    private struct Generated {
        /// Ids of the new steps.
        var steps: Set<String> = []
        /// Without `${` and `}`.
        var expressions: Set<String> = []
        /// Names of the inputs that the encoder step carries.
        var carried: Set<String> = []

        init() {}

        init(_ old: FlowDocument, _ new: FlowDocument) {
            let known = Set(old.allSteps.map(\.id))
            let added = new.allSteps.filter { !known.contains($0.id) }
            steps = Set(added.map(\.id))
            let texts = added.flatMap { step in
                step.bindings.compactMap(\.value?.exposed) + step.assignments.map(\.expression.field)
            }
            expressions = Set(texts.filter { $0.hasPrefix("${") }.map { String($0.dropFirst(2).dropLast()) })
            let encoder = (texts + added.compactMap(\.script?.exposed)).joined(separator: "\n")
            let names = new.inputs.map(\.name).filter { $0 != "sluicePass" }
            carried = Set(names.filter { encoder.contains("get('\($0)')") || encoder.contains("member(\"\($0)\",") })
        }
    }

    /// A value for every input but the private ones, or with nil only for those that need one.
    private func inputs(of flow: FlowDocument, _ value: String?) -> [String: String] {
        let given = flow.inputs.filter { input in
            let isMade = input.value.map { $0.exposed.isEmpty || $0.exposed.contains("${") } ?? true
            return input.kind != "private" && (value != nil || input.isRequired && isMade)
        }
        return Dictionary(given.map { ($0.name, value ?? "1") }, uniquingKeysWith: { first, _ in first })
    }

    /// What the gate's steps of a flow were called with.
    private final class Calls: Sendable {
        private let seen = Mutex<[OperationCall]>([])

        var all: [OperationCall] { seen.withLock { $0 } }

        func answer(_ response: String) -> OperationTable.Operation {
            { call in
                self.seen.withLock { $0.append(call) }
                return OperationAnswer(response)
            }
        }
    }

    /// Runs a flow along its first arrows, the gate answering as told.
    ///
    /// - Parameters:
    ///   - generated: What gating wrote: this must be run and evaluated, no answer is made up for it.
    ///   - value: Of every input but the private ones; nil: only those that must have one get one.
    private func run(
        _ flow: FlowDocument, gate response: String, generated: Generated = Generated(), value: String? = "1",
        calls: Calls = Calls()
    ) async throws -> FlowRun {
        let isXML = flow.kind == .flow
        var runner =
            isXML
            ? GatePackUnderTest.runner(with: [flow], http: ScriptedHTTP([]))
            : try GatePackUnderTest.slangRunner(with: [flow], http: ScriptedHTTP([]))
        // Operations of the corpus are answered by their first arrow, real ones too: only the graph is looked at.
        var table = isXML ? BaseOperations.table { "00000000-0000-4000-8000-000000000000" } : OperationTable()
        table.fallback = { OperationAnswer($0.responses.first ?? "success") }
        table[isXML ? PackGate.flowID : PackGate.cloudSlangName] = calls.answer(response)
        runner.operations = table
        runner.unscripted = .skip
        runner.scripts = runner.scripts.filter { generated.steps.contains($0.key) }
        runner.expressions = { body, _ in generated.expressions.contains(body) ? nil : "" }
        runner.limits.stepCountMax = 2_000
        for step in flow.allSteps {
            for binding in step.bindings { runner.supplied[FlowPlace(step.id, binding.name)] = FlowValue("1") }
        }
        return await runner.run(flow.id, inputs: inputs(of: flow, value))
    }

    /// The inputs come to the gate, whatever is in them and whichever are given.
    private func checkInputs(_ new: FlowDocument, _ generated: Generated, _ place: String) async throws {
        let isXML = new.kind == .flow
        for value in ["50% of \"a=b&c\"\nü😀\\", nil] {
            let calls = Calls()
            let run = try await run(
                new, gate: isXML ? "held" : "HELD", generated: generated, value: value, calls: calls)
            #expect(run.response != nil, "\(place): \(String(describing: run.error))")
            let call = try #require(calls.all.first, "\(place)")
            guard !generated.carried.isEmpty else { continue }
            let text = call[isXML ? "encodedInputs" : "encoded_inputs"]
            let encoded = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String] ?? ["": ""]
            let given = inputs(of: new, value).filter { generated.carried.contains($0.key) }
            #expect(given.allSatisfy { encoded[$0.key] == $0.value }, "\(place)")
            #expect(Set(encoded.keys).isSubset(of: generated.carried), "\(place)")
        }
    }

    private func check(_ old: FlowDocument, _ new: FlowDocument, _ place: String) async throws {
        let start = try #require(old.startStep)
        let gate = try #require(new.gateStep)
        let isXML = old.kind == .flow
        let generated = Generated(old, new)
        try await checkInputs(new, generated, place)
        let before = try await run(old, gate: "proceed")
        for response in isXML
            ? ["proceed", "held", "rejected", "unreachable"] : ["PROCEED", "HELD", "REJECTED", "UNREACHABLE"]
        {
            let after = try await run(new, gate: response, generated: generated)
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
        #expect(count == 243)
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
