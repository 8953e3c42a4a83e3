import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Which flow a scheduler's job launches.
@Suite struct JobFlowRuleTests {
    private func job(_ name: String, _ data: [(key: String, value: String?)] = []) -> JobFlowRule.Job {
        JobFlowRule.Job(group: "g", name: name, jobClass: "x.Y", data: data)
    }

    @Test(
        arguments: [
            ("*", "abc", ["abc"]), ("a*", "abc", ["bc"]), ("*c", "abc", ["ab"]), ("a*c", "abc", ["b"]),
            ("abc", "abc", []),
            ("a?c", "abc", []), ("g.*", "abc", ["abc"]), ("*b*", "abc", ["a", "c"]),
            ("*-*-*", "1-2-3-4", ["1", "2", "3-4"]),
            ("a*a", "a", nil), ("ab", "abc", nil), ("b*", "abc", nil), ("A*", "abc", nil), ("*x*", "abc", nil),
            ("**", "abc", ["", "abc"]), ("a*b?", "aXbbY", ["Xb"]),
        ] as [(String, String, [String]?)])
    func matchesNames(pattern: String, name: String, parts: [String]?) throws {
        let pattern = try #require(JobNamePattern(pattern))
        #expect((pattern.match(name) ?? pattern.match("g." + name)) == parts)
    }

    @Test func takesTheFirstRuleThatGivesAFlow() throws {
        let rules: [JobFlowRule] = [
            .dataKey("flowUuid"), .name(try #require(JobNamePattern("run *")), flow: "f-$1$2$"),
            .jobClass("x.Y", flow: FlowID("by-class")),
        ]
        #expect(rules.flow(of: job("run 7", [("flowUuid", "a"), ("flowUuid", "b")])) == FlowID("b"))
        #expect(rules.flow(of: job("run 7", [("flowUuid", nil)])) == FlowID("f-7$"))
        #expect(rules.flow(of: job("walk")) == FlowID("by-class"))
        #expect([JobFlowRule.dataKey("k")].flow(of: job("walk")) == nil)
    }

    @Test func staysLinearOnHostilePatterns() throws {
        let pattern = try #require(JobNamePattern(String(repeating: "a*", count: 200) + "b"))
        #expect(pattern.match(String(repeating: "a", count: 512)) == nil)
        #expect(JobNamePattern("") == nil && JobNamePattern(String(repeating: "a", count: 513)) == nil)
    }

    @Test("R33: each trigger of a file is planned with the flow it launches, or without one")
    func plansSchedulesOfAFile() throws {
        let map = "<job-data-map><entry><key>flowUuid</key><value>of-trigger</value></entry></job-data-map>"
        let file = ScheduleReader().read(
            bytes: Array(
                Documents.schedule(
                    Documents.cron("t", map + "<cron-expression>0 0 3 * * ?</cron-expression>") + Documents.cron("u")
                        + Documents.cron(
                            "z", "<cron-expression>0 0 3 * * ?</cron-expression><time-zone>Asia/Tokyo</time-zone>")
                ).utf8), file: "s.xml", now: .zero, defaultZone: .utc)
        let planned = file.plannedSchedules(by: [.dataKey("flowUuid")], defaultZone: .utc) { $0 == "UTC" ? .utc : nil }
        #expect(planned.map(\.id) == [ScheduleID("DEFAULT.t"), ScheduleID("DEFAULT.u")])
        #expect(planned.map(\.flow) == [FlowID("of-trigger"), nil])
        #expect(planned.allSatisfy { $0.origin == .file("s.xml") && $0.isEnabled && $0.policy == .latest })
        let named = file.plannedSchedules(by: [], defaultZone: .utc, namesUnmapped: true) { _ in .utc }
        #expect(named.map(\.flow) == Array(repeating: FlowID("DEFAULT.a"), count: 3))
    }
}
