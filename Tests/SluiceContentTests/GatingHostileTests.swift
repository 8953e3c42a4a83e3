import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Flows that a hostile hand made: gating and ungating end with an answer, soon, and change nothing that they must not.
@Suite struct GatingHostileTests {
    private static let path = "Content/Library/Nightly.xml"

    private func gate(
        _ bytes: [UInt8], secrets: GatePlan.Secrets = .wait, onHold: GatePlan.OnHold? = nil
    )
        -> FlowGating.Outcome
    {
        FlowGating().gate(bytes, path: Self.path, file: "f") { document in
            var plan = GatePlan.proposed(for: document, isCalled: false, secrets: secrets)
            plan.onHold = onHold ?? plan.onHold
            return plan
        }
    }

    private func gated(_ text: String) throws -> String {
        guard case .gated(let bytes, _) = gate(Array(text.utf8)) else {
            Issue.record("\(gate(Array(text.utf8)))")
            throw CancellationError()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func ungate(_ text: String) -> FlowGating.Outcome {
        FlowGating().ungate(Array(text.utf8), path: Self.path, file: "f")
    }

    private func why(_ outcome: FlowGating.Outcome) -> Diagnostic? {
        if case .refused(let why) = outcome { why } else { nil }
    }

    @Test func takesOutNothingInsideWhatItTakesOut() throws {
        let text = try gated(GatingFixtures.flow())
        let parts = text.components(separatedBy: "51c0e")
        let mark = "51c0e" + (parts.count > 1 ? parts[1].prefix(31) : "")
        let inner = """
            <parallelMultiStep id="\(mark)"><name>x</name><steps><step id="own"><name>y</name><bindings>
            <staticBinding id="\(mark)"><inputSymbol>z</inputSymbol></staticBinding></bindings><transitions/></step>
            </steps><bindings><staticBinding id="\(mark)"><bindings><staticBinding id="\(mark)"/></bindings>
            </staticBinding></bindings></parallelMultiStep></steps>
            """
        guard let end = text.range(of: "</steps>", options: .backwards) else { throw CancellationError() }
        let outcome = ungate(text.replacingCharacters(in: end, with: inner))
        guard case .removed(let rest) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!String(decoding: rest, as: UTF8.self).contains("51c0e"))
    }

    @Test(.timeLimit(.minutes(10))) func takesFortyThousandPartsOut() throws {
        let text = try gated(GatingFixtures.flow())
        let parts = text.components(separatedBy: "51c0e")
        let mark = "51c0e" + (parts.count > 1 ? parts[1].prefix(31) : "")
        let binding = "<staticBinding id=\"\(mark)\"/>"
        let many = "<inputs>" + String(repeating: binding, count: 40_000) + "</inputs >"
        let start = try #require(text.range(of: "<inputs>"))
        let end = try #require(text.range(of: "</inputs >"))
        let outcome = ungate(text.replacingCharacters(in: start.lowerBound..<end.upperBound, with: many))
        guard case .restored(let rest) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(rest == Array(GatingFixtures.flow().utf8))
    }

    @Test func refusesAnotherEncoding() throws {
        let text = GatingFixtures.flow().replacingOccurrences(of: "UTF-8", with: "ISO-8859-1")
        let bytes = Array(try #require(text.replacingOccurrences(of: "Ask", with: "Frag ü").data(using: .isoLatin1)))
        let refusal = try #require(why(gate(bytes)))
        #expect(refusal.code == "pack-not-editable" && refusal.message.contains("ISO-8859-1"), "\(refusal)")
        // ASCII is UTF-8, but what is put in need not be ASCII.
        let plain = Array(GatingFixtures.flow().replacingOccurrences(of: "UTF-8", with: "ISO-8859-1").utf8)
        #expect(why(gate(plain))?.code == "pack-not-editable")
    }

    @Test func saysWhatToDoAboutAHalfGatedFlow() throws {
        let text = try gated(GatingFixtures.flow())
        let range = try #require(text.range(of: "<startSteps>[^<]*</startSteps>", options: .regularExpression))
        let half = text.replacingCharacters(in: range, with: "<startSteps>s1</startSteps>")
        let refusal = try #require(why(gate(Array(half.utf8))))
        #expect(refusal.code == "pack-gate-parts-left" && refusal.message.contains("pack ungate"), "\(refusal)")
        guard case .restored(let rest) = ungate(half) else {
            Issue.record("\(ungate(half))")
            return
        }
        #expect(rest == Array(GatingFixtures.flow().utf8))
    }

    @Test func saysWhatToDoAboutAnEndTagLikeOurs() throws {
        let text = GatingFixtures.flow(inputs: "<inputs>\n  </inputs >")
        let refusal = try #require(why(gate(Array(text.utf8))))
        #expect(refusal.code == "pack-gate-end-tag" && refusal.message.contains("inputs"), "\(refusal)")
    }

    @Test func sendsNoSecretOfARunThatWaits() throws {
        let text = GatingFixtures.flow(
            inputs: GatingFixtures.inputs(GatingFixtures.input("password", type: "ENCRYPTED")))
        guard case .gated(let bytes, _) = gate(Array(text.utf8), secrets: .send, onHold: .wait) else {
            throw CancellationError()
        }
        let result = String(decoding: bytes, as: UTF8.self)
        #expect(!result.contains("member(\"password\"") && !result.contains("sensitiveInputs"))
    }

    @Test(arguments: ["123", "null", "yes", "1e5", "Off"])
    func quotesAStepNameThatYAMLTakesForSomethingElse(name: String) throws {
        let text = """
            namespace: own
            flow:
              name: odd
              workflow:
                - '\(name)':
                    do:
                      other.thing: []
                    navigate:
                      - SUCCESS: SUCCESS
                      - FAILURE: FAILURE
              results:
                - SUCCESS
                - FAILURE

            """
        let path = "Content/Library/own/odd.sl"
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "f") {
            .proposed(for: $0, isCalled: false)
        }
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).contains("- PROCEED: \"\(name)\""))
        #expect(FlowGating().ungate(bytes, path: path, file: "f") == .restored(Array(text.utf8)))
    }

    @Test func leavesOutWhatASystemPropertyGives() throws {
        let folder = try TemporaryFolder()
        let binding = { (name: String, from: String?, value: String) in
            "<staticBinding id=\"b-\(name)\"><inputSymbol>\(name)</inputSymbol><inputType>STRING</inputType>"
                + "<assignFromContext>\(from != nil)</assignFromContext>"
                + (from.map { "<fromContextKey>\($0)</fromContextKey>" } ?? "")
                + "<assignToContext>true</assignToContext><value>\(value)</value></staticBinding>"
        }
        let inputs = [
            binding("conn", "Users/Default Password", ""), binding("url", nil, "https://u:${Users/Default Password}@h"),
            binding("root", "sec prop", ""), binding("host", nil, "db"),
        ]
        try folder.write(Documents.properties, to: "contentpack.properties")
        for place in ["Users/Default Password", "Sec Prop"] {
            let name = place.split(separator: "/").last.map(String.init) ?? place
            try folder.write(
                "<systemProperty id=\"\(name)\"><name>\(name)</name><value>{OBFUSCATED}x</value></systemProperty>",
                to: "Content/Configuration/System Properties/\(place).xml")
        }
        try folder.write(
            GatingFixtures.flow(inputs: GatingFixtures.inputs(inputs.joined(separator: "\n"))),
            to: "Content/Library/Nightly.xml")
        let out = try TemporaryFolder()
        let report = PackGating().gate(path: folder.path, output: out.path + "/o", options: .init())
        #expect(report.changes.map(\.outcome) == ["gated"], "\(report.diagnostics)")
        let text = try String(contentsOfFile: out.path + "/o/Content/Library/Nightly.xml", encoding: .utf8)
        let members = text.components(separatedBy: "member(\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(members == ["host"])
    }

    @Test(arguments: [
        "${get_sp('a.' + 'pw')}", "${get_sp(name)}", "${get(name)}", "${get('p' 'w')}", "${get('\\x70w')}",
        "${globals()['pw']}", "${get( name , 'x')}", "${PASSWORD}",
    ])
    func leavesOutAnInputThatMayBeAnySecret(expression: String) throws {
        let quoted = expression.replacingOccurrences(of: "\\", with: "\\\\")
        let text = """
            namespace: a
            flow:
              name: s
              inputs:
                - host
                - password: {sensitive: true, required: false}
                - plain: "${get('host', 'x') + get_sp('a.port') + forget('host')}"
                - odd: "\(quoted)"
              workflow:
                - work:
                    do:
                      other.thing: []

            """
        let outcome = FlowGating().gate(Array(text.utf8), path: "Content/Library/a/s.sl", file: "f") {
            .proposed(for: $0, isCalled: false)
        }
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let packed = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.contains("- packed:") }
        #expect(packed?.contains("'plain='") == true && packed?.contains("'odd='") == false, "\(packed ?? "")")
    }

    @Test func leavesOutWhatASensitivePropertyGives() throws {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(
            "namespace: a\nproperties:\n  - sec: {value: 'x', sensitive: true}\n  - open: 'y'\n",
            to: "Content/Configuration/System Properties/a/p.prop.sl")
        try folder.write(
            """
            namespace: a
            flow:
              name: s
              inputs:
                - conn: "${get_sp('a.sec')}"
                - made: "${'Basic ' + conn}"
                - host: "${get_sp('a.open')}"
              workflow:
                - work:
                    do:
                      other.thing: []
                    navigate:
                      - SUCCESS: SUCCESS
                      - FAILURE: FAILURE

            """, to: "Content/Library/a/s.sl")
        let report = PackGating().gate(path: folder.path, output: folder.path + "-out", options: .init())
        defer { try? FileManager.default.removeItem(atPath: folder.path + "-out") }
        #expect(report.changes.map { $0.plan?.onHold } == [.wait], "\(report.diagnostics)")
        let text = try String(contentsOfFile: folder.path + "-out/Content/Library/a/s.sl", encoding: .utf8)
        let packed = try #require(text.split(separator: "\n").first { $0.contains("- packed:") })
        #expect(packed.contains("'host='") && !packed.contains("conn") && !packed.contains("made"), "\(packed)")
    }
}
