import Foundation
import SluiceContent
import SluiceModel
import Testing

/// CloudSlang flows are gated by whole lines, still compile by the language's rules, and come back byte for byte.
@Suite struct CloudSlangGatingTests {
    private static let path = "Content/Library/own/nightly.sl"

    private static func flow(
        inputs: String = "", results: String = "", outputs: String = "", imports: String = "", first: String = "ask"
    ) -> String {
        """
        #   A comment of ours
        namespace: own
        \(imports)
        flow:
          name: nightly
        \(inputs)  workflow:
            - \(first):
                do:
                  other.thing:
                    - host: 'x'
                navigate:
                  - SUCCESS: SUCCESS
                  - FAILURE: on_failure   # as ever
            - on_failure:
                - tell:
                    do:
                      other.tell: []
        \(outputs)\(results)
        """
    }

    struct Shape: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
    }

    static let shapes = [
        Shape(testDescription: "plain", text: flow()),
        Shape(
            testDescription: "byte order mark",
            text: "\u{FEFF}" + flow().replacingOccurrences(of: "#   A comment of ours\n", with: "")),
        Shape(testDescription: "CRLF", text: flow().replacingOccurrences(of: "\n", with: "\r\n")),
        Shape(
            testDescription: "no line break at the end", text: flow(results: "  results:\n    - SUCCESS\n    - FAILURE")
        ),
        Shape(
            testDescription: "inputs", text: flow(inputs: "  inputs:\n    - host\n    - port: '22'   # default\n")),
        Shape(testDescription: "inputs as far out as their key", text: flow(inputs: "  inputs:\n  - host\n")),
        Shape(
            testDescription: "own results",
            text: flow(results: "  results:\n    - FAILURE\n    - SUCCESS\n")),
        Shape(testDescription: "outputs behind", text: flow(outputs: "  outputs:\n    - a: '1'\n")),
    ]

    private func gate(_ text: String, _ plan: ((FlowDocument) -> GatePlan)? = nil) -> FlowGating.Outcome {
        FlowGating().gate(Array(text.utf8), path: Self.path, file: "f") {
            plan?($0) ?? .proposed(for: $0, isCalled: false)
        }
    }

    private func gated(_ text: String, _ plan: ((FlowDocument) -> GatePlan)? = nil) throws -> String {
        guard case .gated(let bytes, _) = gate(text, plan) else {
            Issue.record("not gated: \(gate(text, plan))")
            throw CancellationError()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: shapes)
    func isTakenOutByteForByte(shape: Shape) throws {
        let result = try gated(shape.text)
        let outcome = FlowGating().ungate(Array(result.utf8), path: Self.path, file: "f")
        #expect(outcome == .restored(Array(shape.text.utf8)))
        #expect(gate(result) == .alreadyGated)
        // Only whole lines were added.
        var rest = result.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        for line in shape.text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let found = try #require(rest.firstIndex { $0.elementsEqual(line) })
            rest = rest[(found + 1)...]
        }
    }

    @Test(arguments: shapes)
    func leadsToTheOldFirstStepOnlyByProceed(shape: Shape) throws {
        let result = try gated(shape.text)
        let read = CloudSlangDocumentReader().read(bytes: Array(result.utf8), path: Self.path, file: "f")
        #expect(read.diagnostics.filter { $0.severity == .error }.isEmpty)
        let document = try #require(read.document)
        let step = try #require(document.gateStep)
        let ways = Dictionary(uniqueKeysWithValues: step.transitions.map { ($0.response, $0.destination) })
        #expect(ways["PROCEED"] == "ask" && ways["HELD"] == "DEFERRED")
        #expect(ways["REJECTED"] == "FAILURE" && ways["UNREACHABLE"] == "FAILURE")
        let others = document.allSteps.filter { $0.id != step.id }.flatMap(\.transitions).filter {
            $0.destination == "ask"
        }
        #expect(others.isEmpty)
        #expect(document.responses.map(\.name).sorted() == ["DEFERRED", "FAILURE", "SUCCESS"])
        #expect(document.inputs.contains { $0.name == "sluicePass" && $0.isSecret && !$0.isRequired })
        // The short form sees it too.
        let folder = try TemporaryFolder()
        try folder.write(result, to: Self.path)
        #expect(ContentPackReader().read(path: folder.path).flows.map(\.isGated) == [true])
    }

    @Test func givesACalledFlowNoNewResult() throws {
        let result = try gated(Self.flow()) { .proposed(for: $0, isCalled: true) }
        let document = try #require(
            CloudSlangDocumentReader().read(bytes: Array(result.utf8), path: Self.path, file: "f").document)
        #expect(document.responses.map(\.name) == ["SUCCESS", "FAILURE"])
        #expect(result.contains("- on_hold: wait") && result.contains("- HELD: FAILURE"))
    }

    @Test func keepsWhatAPersonChangedSince() throws {
        let changed = try gated(Self.flow()).replacingOccurrences(of: "host: 'x'", with: "host: 'y'")
        let outcome = FlowGating().ungate(Array(changed.utf8), path: Self.path, file: "f")
        #expect(outcome == .removed(Array(Self.flow().replacingOccurrences(of: "host: 'x'", with: "host: 'y'").utf8)))
    }

    @Test func refusesWhatItCannotGate() throws {
        let secret = "  inputs:\n    - password: {sensitive: true}\n"
        let cases: [(String, FlowGating.Outcome)] = [
            ("pack-gate-layout", gate(Self.flow(inputs: "  inputs: [host]\n"))),
            ("pack-gate-layout", gate(Self.flow(results: "  results: [SUCCESS, FAILURE]\n"))),
            ("pack-gate-alias", gate(Self.flow(imports: "imports:\n  sluice: mine"))),
            ("pack-gate-secret", gate(Self.flow(inputs: secret)) { _ in GatePlan(onHold: .end, reason: "by hand") }),
            ("cloudslang-file-name", gate(Self.flow().replacingOccurrences(of: "name: nightly", with: "name: other"))),
        ]
        for (code, outcome) in cases {
            guard case .refused(let why) = outcome else {
                Issue.record("\(code): not refused")
                continue
            }
            #expect(why.code == code, "\(why)")
        }
        let broken = try gated(Self.flow()).replacingOccurrences(of: "# sluice gate, end mark", with: "# gone")
        guard case .refused(let why) = FlowGating().ungate(Array(broken.utf8), path: Self.path, file: "f") else {
            Issue.record("not refused")
            return
        }
        #expect(why.code == "pack-ungate-marks")
    }

    /// Evaluates the generated expression, and runs the gate pack's own operation on what it gives.
    private func encoded(_ result: String, _ values: [String: String]) throws -> [String: String] {
        let start = try #require(result.range(of: "packed: {value: \""))
        let end = try #require(result.range(of: "\", sensitive: true}", range: start.upperBound..<result.endIndex))
        let expression = result[start.upperBound..<end.lowerBound].dropFirst(2).dropLast()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let operation = try String(
            contentsOf: root.appending(path: "ContentPack/Content/Library/Sluice/cloudslang/encode_inputs.sl"),
            encoding: .utf8)
        let body = try #require(operation.range(of: "script: |\n"))
        let tail = try #require(operation.range(of: "  outputs:"))
        let folder = try TemporaryFolder()
        try folder.write(
            operation[body.upperBound..<tail.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.dropFirst(6) }.joined(separator: "\n"), to: "operation.py")
        try folder.write(String(expression), to: "expression")
        try folder.write(String(decoding: try JSONEncoder().encode(values), as: UTF8.self), to: "values.json")
        try folder.write(
            """
            load, argv, stdout = __import__('json').load, __import__('sys').argv, __import__('sys').stdout
            values = load(open(argv[1] + '/values.json', encoding='utf-8'))
            get = lambda key, default=None: values.get(key) if values.get(key) is not None else default
            exec(open(argv[1] + '/operation.py').read())
            packed = eval(open(argv[1] + '/expression', encoding='utf-8').read())
            stdout.write(execute(packed)['encoded_inputs'])
            """, to: "run.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", folder.path + "/run.py", folder.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try #require(JSONSerialization.jsonObject(with: output) as? [String: String])
    }

    @Test(arguments: GatingInputsTests.values + ["a=1&b=2%26%", "%25"])
    func carriesAnyValue(value: String) throws {
        let result = try gated(Self.flow(inputs: "  inputs:\n    - host\n    - port: {required: false}\n    - name\n"))
        let inputs = try encoded(result, ["host": value, "name": "n"])
        #expect(inputs == ["host": value, "name": "n"])
    }

    @Test func neverSendsASecretUnlessToldTo() throws {
        let text = Self.flow(inputs: "  inputs:\n    - host\n    - password: {sensitive: true}\n")
        let waiting = try gated(text)
        #expect(waiting.contains("- on_hold: wait") && !waiting.contains("get('password')"))
        let sending = try gated(text) { .proposed(for: $0, isCalled: false, secrets: .send) }
        #expect(sending.contains("- on_hold: end") && sending.contains("get('password')"))
        #expect(sending.contains(#"- sensitive_inputs: "[\"password\"]""#))
        for line in sending.components(separatedBy: "\n")
        where line.contains("packed:") || line.contains("encoded_inputs") {
            #expect(line.contains("sensitive: true") || line.contains("sluice.encode_inputs"))
        }
    }

    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples"))
    func gatesEveryFlowOfARealPackAndTakesTheGateOut() throws {
        let folder = try TemporaryFolder()
        let path = SharedFiles.samples + "/content/assembled/cs-base-ASSEMBLED-HERE-cp.jar"
        var options = PackGating.Options()
        options.all = true
        let report = PackGating().gate(path: path, output: folder.path + "/gated.jar", options: options)
        #expect(!report.hasErrors, "\(report.diagnostics.map(\.description).joined(separator: "\n"))")
        #expect(report.changes.count > 10 && report.changes.allSatisfy { $0.outcome == "gated" })
        // What cannot be gated is said and left; nothing of a flow that others call has a new result.
        #expect(report.diagnostics.allSatisfy { ["pack-gate-called", "pack-gate-part"].contains($0.code) })
        let back = PackGating().ungate(path: folder.path + "/gated.jar", output: folder.path + "/back.jar")
        #expect(back.changes.allSatisfy { $0.outcome == "restored" } && back.changes.count == report.changes.count)
        #expect(try contents(folder.path + "/back.jar") == contents(path))
    }

    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples"))
    func gatesEveryValidSampleFlowAndTakesTheGateOut() throws {
        var gatedCount = 0
        var refusals: [String: [String]] = [:]
        for place in SharedFiles.files(below: SharedFiles.samples + "/content", suffix: ".sl") {
            let original = Array(try Data(contentsOf: URL(fileURLWithPath: place)))
            let read = CloudSlangDocumentReader().read(bytes: original, path: place, file: place)
            guard let flow = read.document, flow.kind == .cloudSlangFlow,
                !read.diagnostics.contains(where: { $0.severity == .error })
            else { continue }
            switch FlowGating().gate(original, path: place, file: place, plan: { .proposed(for: $0, isCalled: false) })
            {
            case .gated(let result, _):
                gatedCount += 1
                #expect(FlowGating().ungate(result, path: place, file: place) == .restored(original), "\(place)")
            case .refused(let why): refusals[why.code, default: []].append("\(why)")
            case let other: Issue.record("\(place): \(other)")
            }
        }
        #expect(gatedCount == 243)
        #expect(refusals.isEmpty, "\(refusals)")
    }

    private func contents(_ path: String) throws -> [String: [UInt8]] {
        var problems: [Diagnostic] = []
        let reader = try #require(ZipArchiveReader(path: path, diagnostics: &problems))
        var contents: [String: [UInt8]] = [:]
        for entry in reader.entries {
            var bytes: [UInt8] = []
            #expect(
                reader.read(entry) {
                    bytes += $0; return true
                } == nil)
            contents[entry.name] = bytes
        }
        return contents
    }
}
