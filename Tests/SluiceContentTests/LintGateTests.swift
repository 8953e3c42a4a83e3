import SluiceContent
import SluiceModel
import Testing

/// What lint says of gate steps: those that do not stop a start, and those that gating puts in.
@Suite struct LintGateTests {
    private static func report(_ change: (inout LintInput) -> Void) -> LintReport {
        var input = LintFixtures.clean()
        change(&input)
        return LintRun().report(on: input)
    }

    private static func findings(_ change: @escaping (inout FlowDocument) -> Void) -> [LintFinding] {
        report { change(&$0.packs[0].documents[3]) }.findings
    }

    // MARK: Gates that do not stop

    @Test func findsWorkThatIsOnlyPartlySkipped() {
        let found = Self.findings { flow in
            flow.steps[1].transitions = [LintFixtures.arrow("success", "more")]
            flow.steps.append(LintFixtures.step("more", line: 30, calls: "op-1", LintFixtures.arrow("success", "end")))
            flow.steps[0].transitions[2] = LintFixtures.arrow("rejected", "more", line: 13)
        }
        // It may as well be a step that tells somebody, on both ways.
        #expect(found.map { "\($0.rule) \($0.line) \($0.severity.rawValue)" } == ["OO106 13 warning"])
    }

    @Test func findsWorkBehindAnotherStep() {
        let found = Self.findings { flow in
            flow.steps.append(LintFixtures.step("log", line: 30, calls: "op-1", LintFixtures.arrow("success", "work")))
            flow.steps[0].transitions[3] = LintFixtures.arrow("unreachable", "log", line: 14)
        }
        #expect(found.map { "\($0.rule) \($0.line) \($0.severity.rawValue)" } == ["OO106 14 error"])
        #expect(found.allSatisfy { $0.message.contains("'work'") })
    }

    @Test func findsAGateWhoseAnswersWereMixedUp() {
        let found = Self.findings { flow in
            flow.steps[0].transitions[0] = LintFixtures.arrow("proceed", "end")
            flow.steps[0].transitions[1] = LintFixtures.arrow("held", "work", line: 13)
        }
        #expect(found.map { "\($0.rule) \($0.line)" } == ["OO106 13"])
    }

    @Test func letsAHeldRunTellSomebodyAndAskAgain() {
        let found = Self.findings { flow in
            flow.steps[1].transitions = [LintFixtures.arrow("success", "gate")]
            flow.steps.append(LintFixtures.step("log", line: 30, calls: "op-1", LintFixtures.arrow("success", "end")))
            flow.steps.append(LintFixtures.step("rest", line: 31, calls: "op-1", LintFixtures.arrow("success", "gate")))
            flow.steps[0].transitions[1] = LintFixtures.arrow("held", "log")
            flow.steps[0].transitions[3] = LintFixtures.arrow("unreachable", "rest")
        }
        #expect(found == [])
    }

    @Test func letsARejectedRunGoToOnFailure() {
        let report = Self.report { input in
            var mail = LintFixtures.step("mail", line: 50, calls: "my.space.look")
            mail.transitions = ["SUCCESS", "FAILURE"].map { LintFixtures.arrow($0, "FAILURE", line: 50) }
            input.packs[0].documents[4].steps.append(mail)
            input.packs[0].documents[4].steps[0].transitions[2] = LintFixtures.arrow("REJECTED", "mail")
            input.packs[0].documents[4].steps[1].transitions[1] = LintFixtures.arrow("FAILURE", "mail")
        }
        #expect(report.findings == [])
    }

    @Test func knowsTheGatesAnswersWithoutItsPack() {
        let report = Self.report { input in
            input.packs[0].documents[3].steps[0].transitions.removeLast()
            input.packs[0].documents[4].steps[0].transitions.removeLast()
            input.packs[0].documents.removeFirst(2)
        }
        let found = report.findings.filter { $0.severity == .error }
        #expect(found.map { "\($0.rule) \($0.line)" } == ["OO205 10", "OO403 30", "OO405 30"], "\(report.text)")
        #expect(found[0].message.contains("'unreachable'") && found[1].message.contains("'UNREACHABLE'"))
    }

    @Test func readsANonBlockingStep() throws {
        let step = try FlowXML.step(
            "<step id=\"s\"><name>S</name><isNonBlocking>true</isNonBlocking><transitions/></step>")
        #expect(step.isNonBlocking && !step.isSingleResponse)
    }

    // MARK: The pass

    @Test func wantsAVariableThatTheFlowHasInCloudSlang() {
        let found = { (variable: String) in
            Self.report { input in
                input.packs[0].documents[4].steps[0].bindings = [
                    FlowBinding(name: "sluice_pass", kind: "argument", fromVariable: variable, line: 31)
                ]
            }.findings.map(\.rule)
        }
        #expect(found("sluice_pass") == ["OO107"] && found("sluicePass") == [])
    }

    @Test(arguments: [
        ("staticBinding", nil, "error"), ("userInputBinding", "other", "warning"),
    ])
    func judgesAnInputThatCannotCarryThePass(kind: String, kept: String?, severity: String) {
        let found = Self.findings { flow in
            flow.inputs[0] = FlowBinding(
                name: "sluicePass", kind: kind, type: "ENCRYPTED", toVariable: kept ?? "sluicePass", line: 4)
        }
        #expect(found.map { [$0.rule, $0.severity.rawValue] } == [["OO107", severity]])
    }

    // MARK: What gating writes

    /// Findings about gates in a pack that gating has written.
    private func findings(_ text: String, name: String, _ options: PackGating.Options) throws -> [LintFinding] {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "pack/contentpack.properties")
        try folder.write(text, to: "pack/Content/Library/own/\(name)")
        let output = folder.path + "/gated"
        let gating = PackGating().gate(path: folder.path + "/pack", output: output, options: options)
        #expect(gating.changes.count == 1 && !gating.hasErrors, "\(gating.diagnostics)")
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: output) { documents.append($0) }
        let report = LintRun().report(on: LintInput(packs: [LintPack(pack: pack, documents: documents)]))
        return report.findings.filter { $0.rule.hasPrefix("OO1") || $0.severity == .error }
    }

    @Test(arguments: [GatePlan.OnHold.end, .wait, nil], [false, true])
    func findsNothingInWhatGatingWrites(onHold: GatePlan.OnHold?, hasSecret: Bool) throws {
        var options = PackGating.Options()
        options.onHold = onHold
        options.secrets = .send
        let inputs = GatingFixtures.inputs(
            GatingFixtures.input("a"), GatingFixtures.input("b", type: hasSecret ? "ENCRYPTED" : "STRING"))
        #expect(try findings(GatingFixtures.flow(inputs: inputs), name: "Nightly.xml", options) == [])
        let slang = """
            namespace: own
            flow:
              name: nightly
              inputs:
                - a
                - b: {required: false, sensitive: \(hasSecret)}
              workflow:
                - go:
                    do:
                      far.away: []
            """
        #expect(try findings(slang, name: "nightly.sl", options) == [])
    }
}
