import Foundation
import SluiceContent
import SluiceModel
import Testing

@Suite struct CloudSlangReaderTests {
    private func read(_ text: String, limits: ContentLimits = ContentLimits()) throws -> ContentPack {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(text, to: "Content/Library/own/flow.sl")
        return ContentPackReader(limits: limits).read(path: folder.path)
    }

    private func flow(first: String) -> String {
        """
        namespace: own.space
        imports:
          ops: other.space
          s: sluice
        flow:
          name: night
          inputs:
            - plain
            - with_default: '1'
            - hidden: {default: 'x', private: true}
            - maybe: {required: false}
            - secret: {sensitive: true}
          workflow:
            - \(first)
            - again:
                do:
                  ops.deep.call: []
                navigate:
                  - SUCCESS: done
                  - FAILURE: FAILURE
            - each:
                parallel_loop:
                  for: x in xs
                  do:
                    call: []
            - looped:
                loop:
                  for: x in xs
                  do:
                    own.space.call: []
            - on_failure:
                - mail:
                    do:
                      far.away.mail: []
          results:
            - SUCCESS
            - PARTLY: ${x == 1}
        """
    }

    static let givenInputs: [(input: String, mustBeGiven: Bool, isTaken: Bool)] = [
        ("x", true, true), ("x: '1'", false, true), ("x: ''", true, true), ("x: {default: '1'}", false, true),
        ("x: {default: ''}", true, true), ("x: {default: null}", true, true), ("x: {default: '${y}'}", false, true),
        ("x: {required: false}", false, true), ("x: {required: false, default: '1'}", false, true),
        ("x: {private: true, default: '1'}", false, false), ("x: {private: true, required: false}", false, false),
        ("x: {prompt: {type: text, message: Which}}", false, true), ("x: {sensitive: true}", true, true),
    ]

    @Test(arguments: givenInputs)
    func saysWhetherWhoeverStartsTheFlowMustGiveAnInput(
        input: String, mustBeGiven: Bool, isTaken: Bool
    ) throws {
        let text = flow(first: "one: {do: {ops.deep.call: []}}").replacingOccurrences(of: "- plain", with: "- \(input)")
        let read = try #require(try self.read(text).flows.first?.inputs.first)
        #expect(read.name == "x")
        #expect(read.mustBeGiven == mustBeGiven && read.takesGivenValue == isTaken, "\(read)")
    }

    /// YAML 1.1 has more words for true than one.
    @Test(arguments: [("true", "false"), ("yes", "no"), ("On", "Off"), ("TRUE", "No")])
    func takesEveryTruthValue(yes: String, no: String) throws {
        for (word, isIt) in [(yes, true), (no, false)] {
            let input = "x: {sensitive: \(word), required: \(word), private: \(word), default: 'd'}"
            let text = flow(first: "one: {do: {ops.deep.call: []}}").replacingOccurrences(
                of: "- plain", with: "- \(input)")
            let read = try #require(try self.read(text).flows.first?.inputs.first)
            #expect(read.isSecret == isIt && read.isRequired == isIt && (read.binding == "private") == isIt, "\(read)")
            let item = try self.read("namespace: a\nproperties:\n  - p: {value: 'v', sensitive: \(word)}\n").items.first
            #expect(item?.sensitiveProperties == (isIt ? ["a.p"] : []))
        }
    }

    @Test func readsTheFactsOfAFlow() throws {
        let pack = try read(flow(first: "one: {do: {ops.deep.call: []}}"))
        let flow = try #require(pack.flows.first)
        #expect(pack.diagnostics.isEmpty)
        #expect(flow.id == "own.space.night" && flow.name == "night" && flow.kind == .cloudSlangFlow)
        #expect(flow.path == "Content/Library/own/flow.sl" && flow.startStep == "one")
        #expect(flow.inputs.map(\.name) == ["plain", "with_default", "hidden", "maybe", "secret"])
        #expect(flow.inputs.map(\.isRequired) == [true, true, true, false, true])
        #expect(flow.inputs.map(\.binding) == ["input", "default", "private", "input", "input"])
        #expect(flow.inputs.map(\.isSecret) == [false, false, false, false, true])
        #expect(flow.responses.map(\.name) == ["SUCCESS", "PARTLY"])
        #expect(flow.counts.steps == 5 && flow.counts.transitions == 2 && flow.counts.parallelSteps == 1)
        #expect(
            flow.references == [
                PackReference(id: "other.space.deep.call", isResolved: false, count: 2),
                PackReference(id: "own.space.call", isResolved: false, count: 2),
                PackReference(id: "far.away.mail", isResolved: false, count: 1),
            ])
    }

    @Test(arguments: [
        ("gate: {do: {sluice.maintenance_gate: []}}", true), ("gate: {do: {s.maintenance_gate: []}}", true),
        ("gate: {do: {maintenance_gate: []}}", false), ("gate: {do: {ops.maintenance_gate: []}}", false),
        ("gate: {loop: {for: x in y, do: {sluice.maintenance_gate: []}}}", false),
    ])
    func isGatedWhenTheFirstStepCallsTheGate(first: String, expected: Bool) throws {
        #expect(try read(flow(first: first)).flows.map(\.isGated) == [expected])
    }

    @Test(arguments: [
        ("operation", PackFlow.Kind.cloudSlangOperation, ["SUCCESS"]),
        ("decision", .cloudSlangDecision, []), ("flow", .cloudSlangFlow, ["SUCCESS", "FAILURE"]),
    ])
    func suppliesTheResultsThatAreNotWritten(key: String, kind: PackFlow.Kind, results: [String]) throws {
        let flow = try #require(read("namespace: a\n\(key):\n  name: x\n").flows.first)
        #expect(flow.kind == kind && flow.responses.map(\.name) == results)
    }

    static let bomb =
        "namespace: a\na0: &a0 [x]\n"
        + (1...30).map { "a\($0): &a\($0) [*a\($0 - 1),*a\($0 - 1)]\n" }.joined() + "flow: {name: x}\n"

    static let badFiles: [(code: String, text: String)] = {
        let opened = String(repeating: "[", count: 200)
        let closed = String(repeating: "]", count: 200)
        return [
            ("yaml-alias", bomb), ("yaml-alias", "namespace: &n a\nflow: {name: *n}\n"),
            ("yaml-depth", "namespace: a\nflow: {name: x}\nx: \(opened)\(closed)"),
            ("yaml-syntax", "namespace: a\nx: \(String(repeating: "[", count: 100_000))"),
            ("yaml-syntax", "x: \(String(repeating: "- ", count: 100_000))"),
            ("yaml-syntax", "x:\n\(String(repeating: "- ", count: 100_000))"),
            ("yaml-syntax", "namespace: 'a\n"), ("yaml-duplicate-key", "namespace: a\nnamespace: b\n"),
            ("yaml-empty", "# nothing\n"), ("cloudslang-root", "- a\n"),
            ("cloudslang-namespace", "flow: {name: x}\n"), ("cloudslang-kind", "namespace: a\n"),
            ("cloudslang-name", "namespace: a\nflow: {}\n"),
            ("file-size", "namespace: a\n#\(String(repeating: "x", count: 1 << 20))"),
        ]
    }()

    @Test(arguments: badFiles)
    func refusesABadFile(code: String, text: String) throws {
        let pack = try read(text)
        #expect(pack.flows.isEmpty)
        #expect(pack.diagnostics.map(\.code) == [code])
        #expect(pack.diagnostics.first?.file.hasSuffix("flow.sl") == true)
    }

    @Test func keepsAStarThatIsNoAlias() throws {
        let pack = try read("namespace: a\nflow: {name: x}\nscript: 'a &b; c *d; e*b'\n")
        #expect(pack.flows.count == 1)
    }

    @Test func refusesBytesThatAreNotUTF8() throws {
        let folder = try TemporaryFolder()
        try folder.write([0x61, 0x3A, 0x20, 0xFF], to: "Content/Library/x.sl")
        #expect(ContentPackReader().read(path: folder.path).diagnostics.contains { $0.code == "yaml-encoding" })
    }

    @Test func holdsItsNodeLimit() throws {
        var limits = ContentLimits()
        limits.yamlNodeCountMax = 20
        #expect(try read(flow(first: "one: {do: {x: []}}"), limits: limits).diagnostics.map(\.code) == ["yaml-size"])
    }
}
