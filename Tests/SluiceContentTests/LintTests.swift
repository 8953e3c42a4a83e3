import Foundation
import SluiceContent
import SluiceModel
import Testing

@Suite struct LintTests {
    private static func report(_ change: (inout LintInput) -> Void = { _ in }) -> LintReport {
        var input = LintFixtures.clean()
        change(&input)
        return LintRun().report(on: input)
    }

    @Test func findsNothingInCleanPacks() {
        #expect(Self.report().findings == [])
    }

    @Test(arguments: PlantedFault.all)
    func findsThePlantedFaultAtItsLine(_ fault: PlantedFault) throws {
        let report = Self.report(fault.plant)
        let found = report.findings.filter { $0.rule == fault.code }
        #expect(found.map(\.line) == [fault.line], "\(report.text)")
        let disabled = LintRun(disabled: [fault.code.lowercased()])
        var input = LintFixtures.clean()
        fault.plant(&input)
        #expect(!disabled.report(on: input).findings.contains { $0.rule == fault.code })
    }

    @Test func everyRuleHasACodeOfItsOwnASentenceAFixAndAPlantedFault() {
        let codes = LintRun.allRules.map(\.code)
        #expect(codes == codes.sorted() && Set(codes).count == codes.count)
        #expect(Set(PlantedFault.all.map(\.code)) == Set(codes))
        for rule in LintRun.allRules {
            #expect(rule.summary.hasSuffix(".") && rule.fix.hasSuffix("."), "\(rule.code)")
        }
        #expect(LintRun.unknown(["oo101", "OO999"]) == ["OO999"])
    }

    @Test(arguments: ["{OBFUSCATED}abc", "${password}", "", " ", "false", "None", "null", "{}", " [ ] "])
    func takesNoExpressionObfuscatedOrEmptyValueForASecret(_ value: String) {
        let report = Self.report { input in
            input.packs[0].documents[3].inputs += ["STRING", "ENCRYPTED"].map {
                FlowBinding(name: "password", kind: "staticBinding", type: $0, value: FlowValue(value))
            }
        }
        #expect(report.findings == [])
    }

    @Test func showsNoSecretInAnyReport() {
        let report = Self.report { input in
            for fault in PlantedFault.all where ["OO501", "OO502"].contains(fault.code) { fault.plant(&input) }
        }
        #expect(report.findings.count == 2)
        for text in [report.text, report.json, report.sarif, "\(report.findings)"] {
            #expect(!text.contains(LintFixtures.secret))
        }
    }

    @Test func namesKnownOperationsOfTheBasePackAsNotes() throws {
        let report = Self.report { input in
            input.packs[0].documents[3].steps[1].called = LintFixtures.sleep
            input.packs[0].documents[3].steps[1].isSingleResponse = true
        }
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1 && finding.severity == .note && finding.message.contains("'Sleep'"))
    }

    @Test(arguments: [[], [3], [4], [3, 4]])
    func findsACircleThatNobodyElseCallsAndNoneOfWhichIsGated(gated: [Int]) {
        let report = Self.report { input in
            for place in [3, 4] {
                input.packs[0].documents[place].steps[1].called = ["my.space.tidy", "flow-1"][place - 3]
            }
            for place in [3, 4] where !gated.contains(place) {
                input.packs[0].documents[place].steps[0].called = "op-far"
            }
        }
        let found = report.findings.filter { $0.rule == "OO101" }
        #expect(found.map(\.message.isEmpty) == (gated.isEmpty ? [false] : []), "\(report.text)")
        #expect(found.allSatisfy { $0.message.contains("'Clean', 'tidy'") && $0.line == 2 })
    }

    @Test func exemptsTheGateAndNothingElse() {
        for (id, rules) in [(PackGate.flowID.uppercased(), []), ("flow-2", ["OO101"])] {
            let report = Self.report { input in
                var flow = LintFixtures.flow(id: id)
                flow.steps[0].called = "op-1"
                flow.steps[0].transitions = [LintFixtures.arrow("success", "work")]
                input.packs[0].documents = [flow, LintFixtures.operation(id: "op-1", responses: "success")]
            }
            #expect(report.findings.map(\.rule) == rules)
        }
    }

    @Test func seesAPathPastAGateInsideAContainer() {
        let report = Self.report { input in
            var container = FlowStep(id: "each", name: "each", kind: .multiInstanceStep, line: 33)
            container.steps = [input.packs[0].documents[3].steps[0]]
            container.steps[0].transitions = PackGate.responses.map { LintFixtures.arrow($0, "branch-end") }
            var branchEnd = FlowStep(id: "branch-end", name: "branch end", kind: .endBranchStep, line: 36)
            branchEnd.transitions = [LintFixtures.arrow("success", "branch-end")]
            container.steps.append(branchEnd)
            container.startSteps = ["gate"]
            container.transitions = [LintFixtures.arrow("done", "work")]
            input.packs[0].documents[3].steps[0] = container
            input.packs[0].documents[3].startStep = "each"
        }
        #expect(report.findings.map(\.rule).sorted() == ["OO102", "OO103"], "\(report.text)")
    }

    @Test(arguments: ["FLOW-1", " flow-1 ", "${own}"])
    func takesTheFlowsOwnIdForNoOther(_ id: String) {
        let report = Self.report { input in
            input.packs[0].documents[3].steps[0].bindings.append(
                FlowBinding(name: "flowId", kind: "staticBinding", value: FlowValue(id), line: 12))
        }
        #expect(report.findings == [])
    }

    @Test func writesSARIFThatCodeScannersRead() throws {
        let report = Self.report { input in
            input.packs[0].pack.path = "a pack.jar"
            for fault in PlantedFault.all where fault.code == "OO205" { fault.plant(&input) }
        }
        let root = try #require(try JSONSerialization.jsonObject(with: Data(report.sarif.utf8)) as? [String: Any])
        #expect(root["version"] as? String == "2.1.0")
        let run = try #require((root["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let ids = (driver["rules"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
        #expect(ids == LintRun.allRules.map(\.code))
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == report.findings.count && !results.isEmpty)
        let result = try #require(results.first { $0["ruleId"] as? String == "OO205" })
        #expect(result["level"] as? String == "warning")
        let location = (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any]
        let artifact = location?["artifactLocation"] as? [String: Any]
        #expect(artifact?["uri"] as? String == "a%20pack.jar!/Content/Library/Clean.xml")
        #expect((location?["region"] as? [String: Any])?["startLine"] as? Int == 20)
    }

    @Test func saysInEveryReportThatSomethingCouldNotBeRead() throws {
        let report = Self.report { input in
            input.packs[0].pack.diagnostics = [
                Diagnostic(
                    severity: .error, code: "xml-not-well-formed", message: "ends too early", file: "a b", line: 3)
            ]
        }
        #expect(report.findings.isEmpty && !report.isComplete)
        #expect(report.text.hasPrefix("Not everything could be read: 1 error"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(json["complete"] as? Bool == false)
        let remark = try #require((json["diagnostics"] as? [[String: Any]])?.first)
        #expect(remark["code"] as? String == "xml-not-well-formed" && remark["line"] as? Int == 3)
        let root = try #require(try JSONSerialization.jsonObject(with: Data(report.sarif.utf8)) as? [String: Any])
        let run = try #require((root["runs"] as? [[String: Any]])?.first)
        let invocation = try #require((run["invocations"] as? [[String: Any]])?.first)
        #expect(invocation["executionSuccessful"] as? Bool == false)
        let notes = try #require(invocation["toolExecutionNotifications"] as? [[String: Any]])
        #expect(notes.map { $0["level"] as? String } == ["error"])
        #expect((notes[0]["descriptor"] as? [String: Any])?["id"] as? String == "xml-not-well-formed")
        let location = (notes[0]["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any]
        #expect((location?["artifactLocation"] as? [String: Any])?["uri"] as? String == "a%20b")
        #expect((location?["region"] as? [String: Any])?["startLine"] as? Int == 3)
    }

    @Test func saysInEveryReportThatAllWasRead() throws {
        let report = Self.report { input in
            input.packs[0].pack.diagnostics = [Diagnostic(severity: .warning, code: "c", message: "m")]
        }
        #expect(report.isComplete && report.json.contains("\"complete\":true"))
        #expect(report.sarif.contains("\"executionSuccessful\":true") && report.sarif.contains("\"level\":\"warning\""))
    }

    @Test func countsBySeverityInJSON() throws {
        let report = Self.report { input in
            for fault in PlantedFault.all where ["OO601", "OO501"].contains(fault.code) { fault.plant(&input) }
        }
        let root = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(root["format"] as? Int == 1)
        #expect(root["counts"] as? [String: Int] == ["error": 1, "warning": 0, "note": 1])
        #expect((root["findings"] as? [[String: Any]])?.count == 2)
        #expect(report.count(atLeast: .warning) == 1 && report.count(atLeast: .note) == 2)
    }

    @Test func judgesTenThousandStepsAtOnce() {
        let count = 10_000
        let clock = ContinuousClock()
        let duration = clock.measure {
            let report = Self.report { input in
                let chain = (0..<count).map { place in
                    LintFixtures.step(
                        "s\(place)", line: 100 + place, calls: "op-1",
                        LintFixtures.arrow("success", place + 1 < count ? "s\(place + 1)" : "s0"))
                }
                input.packs[0].documents[3].steps[1].transitions = [LintFixtures.arrow("success", "s0")]
                input.packs[0].documents[3].steps += chain
            }
            #expect(report.findings.map(\.rule) == ["OO206"])
        }
        #expect(duration < .seconds(5))
    }
}
