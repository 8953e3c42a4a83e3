import Foundation
import SluiceContent
import SluiceModel
import Testing

/// No secret leaves a run in clear by way of the gate, and nothing of the flow's own is overwritten.
@Suite struct GateSecretTests {
    private static let slangPath = "Content/Library/own/nightly.sl"

    private func gate(_ text: String, _ path: String, secrets: GatePlan.Secrets = .wait) -> FlowGating.Outcome {
        FlowGating().gate(Array(text.utf8), path: path, file: "f") {
            .proposed(for: $0, isCalled: false, secrets: secrets)
        }
    }

    private func gated(_ text: String, _ path: String, secrets: GatePlan.Secrets = .wait) throws -> String {
        let outcome = gate(text, path, secrets: secrets)
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("not gated: \(outcome)")
            throw CancellationError()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func xml(_ inputs: String) -> String { GatingFixtures.flow(inputs: GatingFixtures.inputs(inputs)) }

    private func slang(_ inputs: String...) -> String {
        """
        namespace: own
        flow:
          name: nightly
          inputs:
        \(inputs.map { "    - " + $0 }.joined(separator: "\n"))
          workflow:
            - work:
                do:
                  other.thing: []
                publish:
                  - sluice_inputs_2: 'x'
        """
    }

    private func binding(_ tag: String, _ name: String, _ type: String, from: Bool, _ rest: String = "") -> String {
        "<\(tag) id=\"b-\(name)\"><inputSymbol>\(name)</inputSymbol><inputType>\(type)</inputType>"
            + "<assignFromContext>\(from)</assignFromContext><assignToContext>true</assignToContext>\(rest)</\(tag)>"
    }

    @Test(arguments: [GatePlan.Secrets.wait, .send])
    func leavesOutWhatTheFlowMakesOfASecret(secrets: GatePlan.Secrets) throws {
        let inputs = [
            GatingFixtures.input("made", value: "Basic ${encoded}"), GatingFixtures.input("host"),
            GatingFixtures.input("encoded", value: "user:${password}"),
            GatingFixtures.input("password", type: "ENCRYPTED"), GatingFixtures.input("url", value: "https://${host}"),
        ]
        let text = try gated(xml(inputs.joined()), "Content/Library/Nightly.xml", secrets: secrets)
        let members = text.components(separatedBy: "member(\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(members == (secrets == .send ? ["host", "password", "url"] : ["host", "url"]))

        let own = slang(
            "made: \"${'Basic ' + encoded}\"", "host", "encoded: \"${'user:' + password}\"",
            "password: {sensitive: true}", "passwords: \"${host + 'password'[:0]}\"", "url: \"${'https://' + host}\"")
        let packed = try gated(own, Self.slangPath, secrets: secrets).split(separator: "\n").first {
            $0.contains("- packed:")
        }
        let names = ["made", "host", "encoded", "password", "url"].filter {
            packed?.contains("'\($0)=' + get('\($0)')") == true
        }
        #expect(names == (secrets == .send ? ["host", "password", "url"] : ["host", "url"]))
    }

    @Test func leavesOutWhatSharesAVariableWithASecret() throws {
        let key = { (name: String) in "<fromContextKey>\(name)</fromContextKey>" }
        let keep = { (name: String) in "<toContextKey>\(name)</toContextKey>" }
        let inputs = [
            binding("identityBinding", "pw", "STRING", from: false),
            binding("staticBinding", "copy", "STRING", from: true, key("pw")),
            binding("staticBinding", "made", "STRING", from: false, "<value>x${ copy }</value>"),
            binding("staticBinding", "key", "ENCRYPTED", from: true, key("shared")),
            binding("staticBinding", "beside", "STRING", from: true, key("shared")),
            binding("staticBinding", "token", "ENCRYPTED", from: false, keep("kept") + "<value>{OBFUSCATED}a</value>"),
            binding("staticBinding", "last", "STRING", from: false, keep("kept")),
            binding("staticBinding", "hidden", "STRING", from: false, "<value>{OBFUSCATED}b</value>"),
            binding("staticBinding", "other", "STRING", from: true, key("PW")),
            GatingFixtures.input("host"),
            binding("staticBinding", "both", "STRING", from: false, "<value>${pw}@${host}</value>"),
        ]
        let text = try gated(xml(inputs.joined()), "Content/Library/Nightly.xml", secrets: .send)
        let members = text.components(separatedBy: "member(\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(members == ["key", "host"])
    }

    @Test func leavesASystemAccountToCentral() throws {
        let inputs = binding("identityBinding", "account", "STRING", from: false) + GatingFixtures.input("host")
        let text = try gated(xml(inputs), "Content/Library/Nightly.xml")
        #expect(!text.contains("member(\"account\"") && text.contains("<value>end</value>"))
        // What a caller may give in its place is a secret given at the start.
        let given = try gated(
            xml(binding("identityBinding", "account", "STRING", from: true)), "Content/Library/Nightly.xml")
        #expect(given.contains("<value>wait</value>") && !given.contains("member(\"account\""))
    }

    @Test func takesAnOwnVariableOfTheNameForNothingOfOurs() throws {
        let text = try gated(xml(GatingFixtures.input("sluiceInputs")), "Content/Library/Nightly.xml")
        #expect(text.contains("member(\"sluiceInputs\", \"sluiceInputs\");"))
        #expect(text.contains("scriptletContext.put(\"sluiceInputsOwn\""))
        #expect(text.contains("<fromContextKey>sluiceInputsOwn</fromContextKey>"))
        let own = try gated(slang("sluice_inputs"), Self.slangPath)
        #expect(own.contains("- sluice_inputs_3: {value: '${encoded_inputs}'"))
        #expect(own.contains("- encoded_inputs: {value: '${sluice_inputs_3}'"))
    }

    @Test func refusesAnInputThatCannotCarryThePass() throws {
        let key = "<fromContextKey>other</fromContextKey>"
        let faults = [
            binding("staticBinding", "sluicePass", "STRING", from: true),
            binding("staticBinding", "sluicePass", "ENCRYPTED", from: false, "<value>x</value>"),
            binding("staticBinding", "sluicePass", "ENCRYPTED", from: true, key),
            binding("staticBinding", "sluicePass", "ENCRYPTED", from: true, "<toContextKey>other</toContextKey>"),
            binding("staticBinding", "sluicePass", "ENCRYPTED", from: true, "<required>true</required>"),
        ]
        var outcomes = faults.map { gate(xml($0), "Content/Library/Nightly.xml") }
        for own in ["sluicePass: {required: false}", "sluicePass: {sensitive: true}"] {
            outcomes.append(gate(slang(own), Self.slangPath))
        }
        outcomes.append(gate(slang("sluicePass: {sensitive: true, private: true, default: 'x'}"), Self.slangPath))
        for (number, outcome) in outcomes.enumerated() {
            guard case .refused(let why) = outcome else {
                Issue.record("\(number): not refused")
                continue
            }
            #expect(why.code == "pack-gate-pass", "\(number): \(why)")
        }
    }

    @Test func takesAnInputThatCanCarryThePass() throws {
        let good = binding("staticBinding", "sluicePass", "ENCRYPTED", from: true)
        let text = try gated(xml(good), "Content/Library/Nightly.xml")
        #expect(text.components(separatedBy: "<inputSymbol>sluicePass</inputSymbol>").count == 3)
        // It is no secret that somebody has to give: the run may end.
        #expect(text.contains("<value>end</value>"))
        let own = try gated(slang("sluicePass: {required: false, sensitive: true}"), Self.slangPath)
        #expect(own.contains("- on_hold: end"))
    }
}
